"""All checks within a given time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import nativecnn
from nativecnn._kernels import runtime
from nativecnn.datasets import Samples

from . import report
from .cases import Circumstance, Difference, Family, circumstances, compare, draw_case, thread_counts
from .families import FAMILIES
from .published import LENET5, X_OR_O, Published
from .shrinking import REPEATED, shrink
from .snippet import snippet, training_snippet
from .training import short_training

# Parts of the whole time.
_FOR_A_TRAINING = 0.05
_FOR_MNIST = 0.5
_FOR_SHRINKING = 0.5  # which only a failure takes, on top

_MEASURED_BATCHES = 8
_MANY_VALUES = 1_000_000  # of a family


@dataclass
class _Count:
    """What became of a family."""

    family: Family
    cases: int = 0
    values: int = 0
    compared: int = 0
    differing: int = 0
    seconds: float = 0.0


def verify(
    seconds: float = 60,
    seed: int = 0,
    data: str | os.PathLike[str] | None = None,
    print_fn: Callable[[str], object] = print,
) -> bool:
    """Compare native kernels and reference, over instruction sets and numbers of threads, and print what came of it.

    Parameters
    ----------
    seconds : float
        How long, about. The families of operations share what the trainings leave in equal parts, until they have a
        million values.
    seed : int
        Chooses the cases. A case depends on the seed and its number alone, the number of cases on the time.
    data : path, optional
        A folder with MNIST's four files, for the published hash that needs them.
    print_fn : callable
        Gets the lines.

    Returns
    -------
    bool
        Whether everything had the same bits.

    Raises
    ------
    FileNotFoundError, DataFileError
        If the data are not there, or broken.
    """
    begun = time.perf_counter()
    samples = None if data is None else LENET5.load(data)
    print_fn(report.header(seed, seconds) + "\n")

    trainings = [
        _check_short_training(seconds, print_fn),
        _check_published(X_OR_O, X_OR_O.load(None), _ways(seconds), print_fn),
        _check_mnist(data, samples, begun + seconds, print_fn),
    ]
    counts, smallest = _compare_families(seed, begun + seconds)
    rows = [(count.family.name, count.cases, count.values, count.compared, count.differing) for count in counts]
    print_fn("\n" + report.table(rows) + "\n")

    same = all(trainings) and smallest is None
    verdict = "no difference" if same else "there are differences"
    print_fn(f"{verdict}, {time.perf_counter() - begun:.1f} s")
    if smallest is not None:
        _tell(smallest, seconds, print_fn)
    return same


# Trainings


def _ways(seconds: float) -> Iterator[Circumstance]:
    """Yield circumstances to train in: every instruction set for certain, the others as long as time allows."""
    deadline = time.perf_counter() + _FOR_A_TRAINING * seconds
    names = runtime.supported_instruction_sets()
    for place in range(len(names) * len(thread_counts())):
        if place >= len(names) and time.perf_counter() > deadline:
            return
        # The counts take turns among the first ones, too.
        counts = thread_counts()
        yield Circumstance(names[place % len(names)], counts[(place + place // len(names)) % len(counts)])


def _check_short_training(seconds: float, print_fn: Callable[[str], object]) -> bool:
    with nativecnn.use_backend("reference"):
        expected = short_training()
    program = partial(
        training_snippet,
        "from nativecnn.verify.training import short_training",
        'with nativecnn.use_backend("reference"):\n    expected = short_training()',
        "short_training()",
    )
    title = "a short training on both backends"
    return _check_training(title, short_training, expected, "the same weights", program, _ways(seconds), print_fn)


def _check_published(
    published: Published,
    samples: Samples,
    ways: Iterator[Circumstance],
    print_fn: Callable[[str], object],
    data: str | None = None,
) -> bool:
    name = "LENET5" if published is LENET5 else "X_OR_O"
    program = partial(
        training_snippet,
        f"from nativecnn.verify.published import {name}",
        f"expected = {name}.sha256",
        f"{name}.train({name}.load({data!r}))",
    )
    agreement = f"as published, {published.sha256[:12]}…"
    train = partial(published.train, samples)
    return _check_training(published.title, train, published.sha256, agreement, program, ways, print_fn)


def _check_training(
    title: str,
    train: Callable[[], str],
    expected: str,
    agreement: str,
    program: Callable[[Circumstance], str],
    ways: Iterator[Circumstance],
    print_fn: Callable[[str], object],
) -> bool:
    """Train in some ways and compare the hashes of the weights; ``program`` returns what repeats one of them."""
    count = 0
    for way in ways:
        count += 1
        with way.in_force(), nativecnn.use_backend("native"):
            found = train()
        if found != expected:
            print_fn(report.training_line(title, f"DIFFERENT WEIGHTS ({way}). This program repeats it:\n"))
            print_fn(program(way))
            return False
    print_fn(report.training_line(title, f"{agreement} ({count} way{'s' * (count > 1)})"))
    return True


def _check_mnist(
    data: str | os.PathLike[str] | None, samples: Samples | None, deadline: float, print_fn: Callable[[str], object]
) -> bool:
    if samples is None:
        print_fn(report.training_line(LENET5.title, "not checked: --data DIR names the folder of MNIST's four files"))
        return True
    allowed, needed = _FOR_MNIST * (deadline - time.perf_counter()), _estimate(LENET5, samples)
    if needed > allowed:
        outcome = f"not checked: takes about {needed:.0f} s, so --seconds {2.5 * needed:.0f} would do"
        print_fn(report.training_line(LENET5.title, outcome))
        return True
    way = Circumstance(runtime.instruction_set(), nativecnn.get_num_threads())
    return _check_published(LENET5, samples, iter([way]), print_fn, os.fspath(data))


def _estimate(published: Published, samples: Samples) -> float:
    """Return about how many seconds a training takes, from its first batches."""
    x, y = samples
    few = min(_MEASURED_BATCHES * published.batch_size, len(x))
    model = published.model(x.shape[1:])
    model.fit(x[: published.batch_size], y[: published.batch_size], batch_size=published.batch_size, verbose=0)
    begun = time.perf_counter()
    model.fit(x[:few], y[:few], batch_size=published.batch_size, verbose=0)
    return (time.perf_counter() - begun) * len(x) / few * published.epochs


# Families


def _compare_families(seed: int, deadline: float) -> tuple[list[_Count], Difference | None]:
    """Compare cases of all families in turn; return what came of each, and the smallest case that differs."""
    counts = [_Count(family) for family in FAMILIES]
    smallest = None
    while True:
        # Whoever has many values waits for those whose reference is slow.
        count = min(counts, key=lambda count: (count.cases > 0, count.values >= _MANY_VALUES, count.seconds))
        begun = time.perf_counter()
        if count.cases and begun > deadline:
            return counts, smallest
        difference = _compare_next(count, seed)
        count.seconds += time.perf_counter() - begun
        if difference is not None and (smallest is None or difference.values < smallest.values):
            smallest = difference


def _compare_next(count: _Count, seed: int) -> Difference | None:
    """Compare a family's next case in several circumstances; return one in which it differs."""
    case = draw_case(count.family, seed, count.cases)
    expected = case.reference()
    worst = None
    for circumstance in circumstances(count.cases):
        difference = compare(case, expected, circumstance)
        count.compared += difference.values
        count.differing += difference.differing
        if difference.differing and worst is None:
            worst = difference
    count.cases += 1
    count.values += sum(array.size for array in expected)
    return worst


def _tell(difference: Difference, seconds: float, print_fn: Callable[[str], object]) -> None:
    found = shrink(difference, _FOR_SHRINKING * seconds)
    if found is None:
        which = f"a case that did not differ again in {REPEATED} repetitions. This program tries once more"
    else:
        which = "the smallest case found. This program repeats it"
    found = found or difference
    print_fn(f"\n{found.differing} of {found.values} values differ ({found.circumstance}) in {which}:\n")
    print_fn(snippet(found))
