"""All checks within a given time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import report
from .cases import Difference, Family, circumstances, compare, draw_case
from .families import FAMILIES
from .published import LENET5
from .shrinking import REPEATED, shrink
from .snippet import snippet
from .trainings import check_lenet5, check_short_training, check_x_or_o

# Parts of the whole time.
_FOR_A_TRAINING = 0.05
_FOR_MNIST = 0.4
_FOR_SHRINKING = 0.5  # which only a failure takes, on top, and
_SHORTEST_SHRINKING = 5.0  # seconds

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
        How long, about; to make a failing case small may take half as long again. The families of operations share
        what the trainings leave, in equal parts until they have a million values.
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
        If the data are not there, or broken, or others.
    """
    begun = time.perf_counter()
    samples = None if data is None else LENET5.load(data)  # what is wrong with them is told first
    print_fn(report.header(seed, seconds) + "\n")

    trainings = [
        check_short_training(_FOR_A_TRAINING * seconds, print_fn),
        check_x_or_o(_FOR_A_TRAINING * seconds, print_fn),
        check_lenet5(data, samples, _FOR_MNIST * (begun + seconds - time.perf_counter()), print_fn),
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
    found = shrink(difference, max(_FOR_SHRINKING * seconds, _SHORTEST_SHRINKING))
    if found is None:
        which = f"a case that did not differ again in {REPEATED} repetitions. This program tries once more"
    else:
        which = "the smallest case found. This program repeats it"
    found = found or difference
    print_fn(f"\n{found.differing} of {found.values} values differ ({found.circumstance}) in {which}:\n")
    print_fn(snippet(found))
