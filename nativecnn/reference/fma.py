"""Fused multiply-add of float32 arrays, exact, in float64 arithmetic."""

from __future__ import annotations

import numpy as np


def fma(a, b, c):
    """Return ``a * b + c`` rounded once to float32 (broadcasting).

    The product of two float32 values is exact in float64. Its sum with ``c`` is rounded to odd, after which the
    rounding to float32 is the only one that shows (Boldo and Melquiond, "Emulation of FMA and correctly rounded
    sums: proved algorithms using rounding to odd", 2008).

    Float64 operands, which only measure errors, get the plain ``a * b + c`` of float64.
    """
    if any(np.asarray(value).dtype == np.float64 for value in (a, b, c)):
        return a * b + c
    with np.errstate(all="ignore"):
        product = np.multiply(a, b, dtype=np.float64)
        return add_to_odd(product, np.asarray(c, dtype=np.float64)).astype(np.float32)


def add_to_odd(a, b):
    """Return the float64 sum ``a + b`` rounded to odd: an inexact sum gets the neighbour whose last bit is 1."""
    total = np.atleast_1d(a + b)
    error = np.atleast_1d(two_sum_error(a, b, a + b))
    bits = total.view(np.int64)
    inexact = (error != 0) & np.isfinite(error)
    towards_error = np.where((error > 0) == (total > 0), 1, -1)
    bits += np.where(inexact & (bits & 1 == 0), towards_error, 0)
    return total.reshape(np.broadcast_shapes(np.shape(a), np.shape(b)))


def two_sum_error(a, b, total):
    """Return the exact rounding error of ``total = a + b`` (Knuth's TwoSum)."""
    b_part = total - a
    return (a - (total - b_part)) + (b - b_part)
