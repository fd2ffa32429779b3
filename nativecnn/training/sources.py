"""Where batches come from: arrays, a Sequence, or anything that can be iterated over.

A source gives the batches of an epoch one by one, each with a function that copies it into a prepared batch. What comes
in batches is checked batch by batch, and errors name the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import positive_integer
from ..data.sequence import Sequence
from ..random import Stream
from .ahead import in_order
from .batches import DataSet

if TYPE_CHECKING:
    from ..execution.plan import PreparedBatch

Check = Callable[[Any, str], DataSet]
"""Checks what a source gave as a batch, which the text names in errors."""


class Batch(NamedTuple):
    """Samples on their way to a model."""

    samples: int
    weighted: bool
    fill: Callable[[PreparedBatch], None]
    """Copies them into a prepared batch for as many samples."""


class Source:
    """Base of all sources.

    Attributes
    ----------
    samples, batch_size : int or None
        Samples in all batches together, and in each but the last; None where that is not known beforehand.
    steps : int or None
        Batches in an epoch; None where it ends when there are no more.
    weighted : bool
        Whether all samples are known to have weights.
    resumable : bool
        Whether an epoch can be begun in its middle.
    """

    samples: int | None = None
    batch_size: int | None = None
    steps: int | None = None
    weighted = False
    resumable = True

    @property
    def samples_in_epoch(self) -> int | None:
        """Samples in the batches of an epoch, None where that is not known beforehand."""
        return None if self.samples is None else min(self.steps * self.batch_size, self.samples)

    def epoch(self, order: int, seed: int, shuffle: bool, first: int = 0) -> Generator[Batch]:
        """Yield the batches of an epoch of training.

        Parameters
        ----------
        order : int
            Number of the epoch's order.
        seed : int
            What the order comes from.
        shuffle : bool
            Whether it is another one than that of the data.
        first : int
            How many of the epoch's batches are done.
        """
        raise NotImplementedError

    def in_their_order(self) -> Generator[Batch]:
        """Yield all batches as they are given, to evaluate a model with them."""
        raise NotImplementedError

    def first(self) -> object:
        """Return what comes as the first batch, unchecked, to build a model for it."""
        raise NotImplementedError


class ArraySource(Source):
    """Arrays, cut into batches."""

    def __init__(self, data: DataSet, batch_size: int, steps: int | None = None, steps_name: str = "steps") -> None:
        self._data = data
        self.samples, self.batch_size, self.weighted = len(data), batch_size, data.weighted
        self.steps = _checked_steps(steps, -(-self.samples // batch_size), steps_name)

    def epoch(self, order: int, seed: int, shuffle: bool, first: int = 0) -> Generator[Batch]:
        permutation = Stream(seed, "shuffle").permutation(self.samples, step=order) if shuffle else None
        return self._batches(permutation, first)

    def in_their_order(self) -> Generator[Batch]:
        return self._batches(None, 0)

    def _batches(self, order: np.ndarray | None, first: int) -> Generator[Batch]:
        data = self._data
        for number in range(first, self.steps):
            begin = number * self.batch_size
            end = min(begin + self.batch_size, self.samples)

            def fill(batch: PreparedBatch, begin: int = begin, end: int = end) -> None:
                if order is None:
                    data.rows(begin, end, batch)
                else:
                    data.gather(order[begin:end], batch)

            yield Batch(end - begin, data.weighted, fill)


class SequenceSource(Source):
    """A :class:`~nativecnn.data.Sequence`."""

    def __init__(self, sequence: Sequence, check: Check, steps: int | None, name: str, steps_name: str) -> None:
        self._sequence, self._check = sequence, check
        self._length = len(sequence)
        if not self._length:
            raise ValueError(f"{name}: expected at least one batch, got a {type(sequence).__name__} of length 0")
        self.steps = _checked_steps(steps, self._length, steps_name)

    def epoch(self, order: int, seed: int, shuffle: bool, first: int = 0) -> Generator[Batch]:
        sequence = self._sequence.in_epoch(order, seed)
        numbers: Iterable[int] = range(self._length)
        if shuffle and not sequence.keeps_order:
            numbers = Stream(seed, "shuffle").permutation(self._length, step=order).tolist()
        return self._batches(sequence, islice(numbers, first, self.steps))

    def in_their_order(self) -> Generator[Batch]:
        return self._batches(self._sequence, range(self.steps))

    def first(self) -> object:
        return self._sequence[0]

    def _batches(self, sequence: Sequence, numbers: Iterable[int]) -> Generator[Batch]:
        @contract_state
        def batch(number: int) -> Batch:
            return _whole(self._check(sequence[number], f"batch {number}'s "))

        yield from in_order(batch, numbers, sequence.workers, sequence.max_queue_size)
        contract_state(self._sequence.on_epoch_end)()


class IterableSource(Source):
    """Anything else that gives batches: one that can be iterated over again is, for each epoch; an iterator goes on."""

    resumable = False

    def __init__(self, batches: Iterable[object], check: Check, steps: int | None, name: str, steps_name: str) -> None:
        self._batches, self._check, self._name, self._steps_name = batches, check, name, steps_name
        self.steps = None if steps is None else positive_integer(steps, steps_name)
        self.goes_on = iter(batches) is batches
        """Whether the batches are taken from where the latest ones ended."""
        self._begun: Iterator[object] | None = None
        self._taken = count()

    def epoch(self, order: int, seed: int, shuffle: bool, first: int = 0) -> Generator[Batch]:
        return self.in_their_order()

    def in_their_order(self) -> Generator[Batch]:
        iterator, self._begun = self._begun or iter(self._batches), None
        following, taken = contract_state(iterator.__next__), 0
        while self.steps is None or taken < self.steps:
            try:
                given = following()
            except StopIteration:
                break
            number = next(self._taken) if self.goes_on else taken
            taken += 1
            yield _whole(self._check(given, f"batch {number}'s "))
        if not taken:
            raise ValueError(f"{self._name}: expected at least one batch, got none")
        if self.steps is not None and taken < self.steps:
            raise ValueError(f"{self._name}: expected {self.steps} batches ({self._steps_name}), got {taken}")

    def first(self) -> object:
        iterator = iter(self._batches)
        for batch in iterator:
            self._begun = chain([batch], iterator)
            return batch
        raise ValueError(f"{self._name}: expected at least one batch, got none")


def comes_in_batches(x: object) -> bool:
    """Return whether this is a Sequence, or something to iterate over that is no array nor a list of numbers."""
    if isinstance(x, Sequence):
        return True
    if isinstance(x, (list, tuple, dict, str, bytes, range)) or hasattr(x, "__array__"):
        return False
    return hasattr(x, "__iter__") and not _has_buffer(x)


def source_of_batches(batches: Any, check: Check, steps: int | None, name: str, steps_name: str) -> Source:
    """Return the source of what :func:`comes_in_batches`; the names are those of both arguments, for errors."""
    cls = SequenceSource if isinstance(batches, Sequence) else IterableSource
    return cls(batches, check, steps, name, steps_name)


def _whole(data: DataSet) -> Batch:
    return Batch(len(data), data.weighted, lambda batch: data.rows(0, len(data), batch))


def _checked_steps(steps: int | None, batches: int, name: str) -> int:
    if steps is None:
        return batches
    steps = positive_integer(steps, name)
    if steps > batches:
        raise ValueError(f"{name}: expected at most {batches}, as many as there are batches, got {steps}")
    return steps


def _has_buffer(x: object) -> bool:
    try:
        memoryview(x)
    except TypeError:
        return False
    return True
