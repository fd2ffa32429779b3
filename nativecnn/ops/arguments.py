"""Checks and conversions of array arguments, and the allocation of results."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

import numpy as np

from ..checks import shown

_KINDS = "buif"  # boolean, unsigned, signed, floating


def float_array(value: object, name: str, ranks: int | Sequence[int] | None = None) -> np.ndarray:
    """Return ``value`` as a C-contiguous, aligned float32 array (itself where it is one).

    Raises
    ------
    TypeError
        If its elements are not real numbers.
    ValueError
        If it is no array, or has another rank than those allowed.
    MemoryError
        If there is not enough memory for the conversion.
    """
    array = any_array(value, name)
    if array.dtype.kind not in _KINDS:
        raise TypeError(f"{name}: expected an array of real numbers, got dtype {array.dtype}")
    check_rank(array.shape, name, ranks)
    try:
        _check_size(array.shape, name)
        with np.errstate(all="ignore"):  # beyond float32's range is infinite, as in any conversion
            array = np.asarray(array, dtype=np.float32, order="C")
        return array if array.flags.aligned else array.copy()
    except MemoryError:
        raise _no_memory(array.shape, name) from None


def any_array(value: object, name: str) -> np.ndarray:
    """Return ``value`` as an array of whatever dtype (itself where it is one).

    Raises
    ------
    TypeError, ValueError
        If NumPy makes no array of it.
    MemoryError
        If there is not enough memory for one.
    """
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name}: expected an array, got rows of unequal lengths") from error
    except (TypeError, OverflowError) as error:
        raise TypeError(f"{name}: expected an array, got {shown(value)} ({error})") from error
    except MemoryError:
        raise MemoryError(f"{name}: expected an array that fits into memory, got {shown(value)}") from None


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


def empty(shape: Sequence[int], name: str) -> np.ndarray:
    """Return an uninitialised float32 array for a result of the function of that name.

    Raises
    ------
    MemoryError
        If there is no such amount of memory, or no address could count it.
    """
    try:
        _check_size(shape, name)
        return np.empty(shape, np.float32)
    except MemoryError:
        raise _no_memory(shape, name) from None


def _check_size(shape: Sequence[int], name: str) -> None:
    if math.prod(int(size) for size in shape) > sys.maxsize // np.dtype(np.float32).itemsize:
        raise _no_memory(shape, name)


def _no_memory(shape: Sequence[int], name: str) -> MemoryError:
    return MemoryError(f"{name}: expected memory for an array of shape {tuple(shape)}, float32, got none")
