"""Shapes that a file claims, checked before anything is allocated for them."""

import math
import reprlib
import sys
from collections.abc import Sequence

MAXIMUM_RANK = 32
"""The most axes an array may have: NumPy 1's limit (NumPy 2 has 64)."""

_ABBREVIATING = reprlib.Repr()
_ABBREVIATING.maxstring = _ABBREVIATING.maxother = 80


def shape_problem(shape: Sequence[int], item_size: int) -> str | None:
    """Tell why NumPy could not hold an array of this shape, or None if it could.

    Python's integers do not overflow, so the sizes compared here are the true ones. Axes of length zero
    are left out of the product as NumPy does: (0, 2**62, 2**62) holds nothing and is refused all the same.
    """
    if len(shape) > MAXIMUM_RANK:
        return f"expected at most {MAXIMUM_RANK} axes, got {len(shape)}"
    for size in shape:
        if not 0 <= size <= sys.maxsize:
            return f"expected axes between 0 and {sys.maxsize}, got {abbreviated(size)}"
    if math.prod(size for size in shape if size > 0) * item_size > sys.maxsize:
        return f"expected an array of at most {sys.maxsize} bytes, got {tuple(shape)} of {item_size} bytes each"
    return None


def byte_count(shape: Sequence[int], item_size: int) -> int:
    """Return the number of bytes an array of this shape holds."""
    return math.prod(shape) * item_size


def abbreviated(value: object) -> str:
    """Return ``repr(value)`` of bounded length and depth: what a broken file holds may be huge."""
    try:
        return _ABBREVIATING.repr(value)
    except ValueError:  # an integer beyond Python's limit for conversion to decimal digits
        return f"a {type(value).__name__} of thousands of digits"
