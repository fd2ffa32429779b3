"""Checks and conversions of array arguments, and the allocation of results."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

_KINDS = "buif"  # boolean, unsigned, signed, floating


def float_array(value: object, name: str, ranks: int | Sequence[int] | None = None) -> np.ndarray:
    """Return ``value`` as a C-contiguous, aligned float32 array (itself where it is one).

    Raises
    ------
    TypeError
        If its elements are not real numbers.
    ValueError
        If it is no array, or has another rank than those allowed.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name}: expected an array, got rows of unequal lengths") from error
    if array.dtype.kind not in _KINDS:
        raise TypeError(f"{name}: expected an array of real numbers, got dtype {array.dtype}")
    check_rank(array.shape, name, ranks)
    with np.errstate(all="ignore"):  # beyond float32's range is infinite, as in any conversion
        array = np.asarray(array, dtype=np.float32, order="C")
    return array if array.flags.aligned else array.copy()


def check_rank(shape: Sequence[int], name: str, ranks: int | Sequence[int] | None) -> None:
    """Raise ``ValueError`` unless ``shape`` has (one of) the given number(s) of axes."""
    allowed = (ranks,) if isinstance(ranks, int) else ranks
    if allowed is not None and len(shape) not in allowed:
        expected = " or ".join(str(rank) for rank in allowed)
        raise ValueError(f"{name}: expected {expected} axes, got {len(shape)} (shape {tuple(shape)})")


def check_shape(array: np.ndarray, name: str, expected: Sequence[int]) -> None:
    """Raise ``ValueError`` unless ``array`` has the expected shape."""
    if array.shape != tuple(expected):
        raise ValueError(f"{name}: expected shape {tuple(expected)}, got {array.shape}")


def empty(shape: Sequence[int]) -> np.ndarray:
    """Return an uninitialised float32 array.

    Raises
    ------
    MemoryError
        If there is no such amount of memory, or no address could count it.
    """
    elements = 1
    for size in shape:
        elements *= int(size)
    if elements > sys.maxsize // np.dtype(np.float32).itemsize:
        raise MemoryError(f"an array of shape {tuple(shape)} exceeds the address space")
    return np.empty(shape, np.float32)
