"""Random numbers that are the same everywhere: a counter-based generator, keyed by what the numbers are for.

A :class:`Stream` is named by a key such as ``(seed, "weights", "conv2d", "kernel")``. Its numbers depend on that key
alone: not on what else was drawn, nor on the sizes of other layers. They come from Philox 4x64-10 (Salmon et al.,
"Parallel random numbers: as easy as 1, 2, 3", 2011), whose key is the first 128 bits of the SHA-256 of the stream's
key written as JSON; the generator's 256-bit counter holds the step in its upper half and counts the draws in its
lower. Only NumPy's raw Philox output is used, which is stable over versions, as ``numpy.random.Generator`` is not.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from operator import index

import numpy as np

_Models = tuple[int, Iterator[int]]
_models: _Models = (0, count())  # the seed, and the numbers of the models built since; one step to replace or to count
_models_within: ContextVar[_Models | None] = ContextVar("nativecnn.random", default=None)  # a seed for a while


def set_random_seed(seed: int) -> None:
    """Choose the random numbers that models built and trained from now on draw (0 until this is called).

    It also starts the count of models anew, so the same program after the same seed gets the same numbers, also
    within one process.

    Raises
    ------
    TypeError
        If ``seed`` is no integer.
    ValueError
        If it is negative.
    """
    global _models
    _models = (_checked_seed(seed), count())


def random_seed() -> int:
    """Return the seed in force."""
    return _models_in_force()[0]


@contextmanager
def temporary_seed(seed: int) -> Iterator[None]:
    """Put a seed in force within the block, in this thread alone; outside of it nothing changes.

    Models built and trained in the block get the numbers that they would get first after ``set_random_seed(seed)``.

    Raises
    ------
    TypeError, ValueError
        As :func:`set_random_seed`.
    """
    token = _models_within.set((_checked_seed(seed), count()))
    try:
        yield
    finally:
        _models_within.reset(token)


def next_model_key() -> list[int]:
    """Return ``[seed, number]``, the number counting from 0 since the seed was set: one model's own key."""
    seed, numbers = _models_in_force()
    key = [seed, 0]  # before the number is drawn, which would be lost if there were no memory for this
    key[1] = next(numbers)
    return key


class Stream:
    """An endless sequence of random numbers, addressed by step and position.

    Parameters
    ----------
    *key : int or str
        What the numbers are for. Different keys give independent numbers.

    Examples
    --------
    >>> Stream(0, "example").bits(1) == Stream(0, "example").bits(5)[:1]
    array([ True])
    """

    def __init__(self, *key: int | str) -> None:
        self.key = key
        digest = _sha256(json.dumps(key).encode())
        self.philox_key = int.from_bytes(digest[:16], "little")
        """The generator's key, 128 bits."""

    def bits(self, count: int, step: int = 0) -> np.ndarray:
        """Return ``count`` random 64-bit words (uint64) of the given step."""
        return np.random.Philox(key=self.philox_key, counter=step << 128).random_raw(count)

    def uniform(self, shape: Sequence[int], step: int = 0) -> np.ndarray:
        """Return float32 values in [0, 1), multiples of 2^-24, one from the upper 24 bits of each word."""
        upper = self.bits(math.prod(shape), step) >> np.uint64(40)
        return (upper.astype(np.float32) * np.float32(2.0**-24)).reshape(shape)

    def permutation(self, count: int, step: int = 0) -> np.ndarray:
        """Return the numbers below ``count`` (int64) in the order of as many random words, ties as they come."""
        return np.argsort(self.bits(count, step), kind="stable").astype(np.int64, copy=False)


def permutation(count: int, seed: int, *key: int | str) -> np.ndarray:
    """Return the numbers below ``count`` in an order that depends on ``seed`` and ``key`` alone."""
    return Stream(_checked_seed(seed), *key).permutation(count)


def _models_in_force() -> _Models:
    within = _models_within.get()
    return _models if within is None else within


def _sha256(data: bytes) -> bytes:
    try:
        return hashlib.sha256(data).digest()
    except ValueError as error:  # so says OpenSSL where it gets no memory; nothing else about bytes can be wrong
        raise MemoryError(str(error)) from error


def _checked_seed(seed: object) -> int:
    try:
        value = index(seed)  # also takes NumPy's integers
    except TypeError:
        raise TypeError(f"expected an integer as random seed, got {seed!r}") from None
    if value < 0:
        raise ValueError(f"expected a random seed of 0 or more, got {value}")
    return value
