"""Trainings that must end with the same weights: on both backends, and as published."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import nativecnn
from nativecnn._kernels import runtime
from nativecnn.datasets import Samples

from . import report
from .cases import Circumstance, thread_counts
from .published import LENET5, X_OR_O, Published
from .short_training import short_training
from .snippet import training_snippet

_MEASURED_BATCHES = 8

Print = Callable[[str], object]


def _ways(seconds: float) -> Iterator[Circumstance]:
    """Yield circumstances to train in: every instruction set for certain, the others as long as time allows."""
    deadline = time.perf_counter() + seconds
    names, counts = runtime.supported_instruction_sets(), thread_counts()
    for turn in range(len(counts)):
        for place, name in enumerate(names):
            if turn and time.perf_counter() > deadline:
                return
            yield Circumstance(name, counts[(place + turn) % len(counts)])


def check_short_training(seconds: float, print_fn: Print) -> bool:
    """Train a network with every kind of layer on the reference and, as often as time allows, natively."""
    with nativecnn.use_backend("reference"):
        expected = short_training()
    program = partial(
        training_snippet,
        "from nativecnn.verify.short_training import short_training",
        'with nativecnn.use_backend("reference"):\n    expected = short_training()',
        "short_training()",
    )
    title = "a short training on both backends"
    return _check_training(title, short_training, expected, "the same weights", program, _ways(seconds), print_fn)


def check_x_or_o(seconds: float, print_fn: Print) -> bool:
    """Check the published hash that needs no data."""
    return _check_published(X_OR_O, "X_OR_O", None, X_OR_O.load(None), _ways(seconds), print_fn)


def check_lenet5(data: str | os.PathLike[str] | None, samples: Samples | None, seconds: float, print_fn: Print) -> bool:
    """Check the published hash that needs MNIST, by the instruction set in use, if data and time are there."""
    if samples is None:
        print_fn(report.training_line(LENET5.title, "not checked: --data DIR names the folder of MNIST's four files"))
        return True
    needed = _estimate(LENET5, samples)
    if needed > seconds:
        outcome = f"not checked: takes about {needed:.0f} s, so --seconds {3 * needed:.0f} would do"
        print_fn(report.training_line(LENET5.title, outcome))
        return True
    way = Circumstance(runtime.instruction_set(), nativecnn.get_num_threads())
    return _check_published(LENET5, "LENET5", os.fspath(data), samples, [way], print_fn)


def _check_published(
    published: Published,
    name: str,
    data: str | None,
    samples: Samples,
    ways: Iterable[Circumstance],
    print_fn: Print,
) -> bool:
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
    ways: Iterable[Circumstance],
    print_fn: Print,
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


def _estimate(published: Published, samples: Samples) -> float:
    """Return about how many seconds a training takes, from its first batches."""
    x, y = samples
    few = min(_MEASURED_BATCHES * published.batch_size, len(x))
    model = published.model(x.shape[1:])
    model.fit(x[: published.batch_size], y[: published.batch_size], batch_size=published.batch_size, verbose=0)
    begun = time.perf_counter()
    model.fit(x[:few], y[:few], batch_size=published.batch_size, verbose=0)
    return (time.perf_counter() - begun) * len(x) / few * published.epochs
