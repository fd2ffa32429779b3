"""exp, log, tanh and sigmoid: correctly rounded float32 functions from stated float64 operations.

The definition of these functions (docs/arithmetic-elementary.md puts it in words): each line is one or a few
IEEE 754 float64 operations, rounded to nearest even, in the order written; the last step rounds once to
float32. Every one of the 2**32 results is the float32 nearest to the exact value. Nothing here calls a
library's exp or log, whose bits depend on its version and on the processor.

float64 arrays are evaluated by NumPy's own functions instead. Those serve to measure errors and to check
gradients; they are not part of the contract.
"""

import math

import numpy as np

# ln 2 = LN2_HIGH + LN2_LOW: the first is ln 2 rounded to a multiple of 2**-42, so that k * LN2_HIGH is exact
# for every k that occurs; the second is the rest, rounded to float64.
LN2_HIGH = float.fromhex("0x1.62e42fefa38p-1")
LN2_LOW = float.fromhex("0x1.ef35793c7673p-45")
INVERSE_LN2 = float.fromhex("0x1.71547652b82fep+0")

# Adding it rounds a float64 of moderate size to the nearest integer, which then stands in the low bits.
INTEGER_SHIFT = 1.5 * 2.0**52

# (e^r - 1 - r) / r^2 = 1/2! + r/3! + r^2/4! + …, highest power first
EXP_COEFFICIENTS = [1.0 / math.factorial(n) for n in range(13, 1, -1)]

# (2 artanh(s) - 2 s) / s^3 = 2/3 + 2/5 s^2 + 2/7 s^4 + …, highest power first
LOG_COEFFICIENTS = [2.0 / n for n in range(21, 1, -2)]

ONE_BITS = np.uint64(0x3FF0000000000000)
ROOT_OF_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)  # sqrt(1/2), rounded to float64
FRACTION_BITS = np.uint64(0x000FFFFFFFFFFFFF)


def exp(x: np.ndarray, y: np.ndarray) -> None:
    """Write e^x into y (any shape, float32 or float64)."""
    y[...] = exp_of(x)


def log(x: np.ndarray, y: np.ndarray) -> None:
    """Write the natural logarithm of x into y (any shape, float32 or float64)."""
    y[...] = log_of(x)


def exp_of(x: np.ndarray) -> np.ndarray:
    """Return e^x, of x's shape and dtype."""
    with np.errstate(all="ignore"):
        if x.dtype == np.float64:
            return np.exp(x)
        # Beyond these bounds float32 has only infinity and 0. NaN passes through.
        scale, p = exp_parts(np.clip(x.astype(np.float64), -104.0, 89.0))
        return ((1.0 + p) * scale).astype(np.float32)


def log_of(x: np.ndarray) -> np.ndarray:
    """Return the natural logarithm, of x's shape and dtype; -inf for ±0 and NaN for negative x."""
    with np.errstate(all="ignore"):
        if x.dtype == np.float64:
            return np.log(x)
        x = x.astype(np.float64)
        # x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); f is exact
        bits = x.view(np.uint64) + (ONE_BITS - ROOT_OF_HALF_BITS)
        k = (bits >> np.uint64(52)).astype(np.float64) - 1023.0
        mantissa = ((bits & FRACTION_BITS) + ROOT_OF_HALF_BITS).view(np.float64)
        f = mantissa - 1.0
        y = _add_rounded_to_odd(k * LN2_HIGH, log_rest(f, k))
        y = np.where(x < np.inf, y, x)  # +inf and NaN are their own logarithms
        y = np.where(x > 0.0, y, np.where(x == 0.0, -np.inf, np.nan))
        return y.astype(np.float32)


def tanh_of(x: np.ndarray) -> np.ndarray:
    """Return the hyperbolic tangent, of x's shape and dtype."""
    with np.errstate(all="ignore"):
        if x.dtype == np.float64:
            return np.tanh(x)
        x = x.astype(np.float64)
        # with m = e^(-2|x|) - 1: tanh |x| = -m / (m + 2)
        scale, p = exp_parts(-2.0 * np.minimum(np.abs(x), 32.0))
        m = (scale - 1.0) + scale * p
        return np.copysign(m / (m + 2.0), x).astype(np.float32)


def sigmoid_of(x: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + e^-x), of x's shape and dtype."""
    with np.errstate(all="ignore"):
        if x.dtype == np.float64:
            return 1.0 / (1.0 + np.exp(-x))
        x = x.astype(np.float64)
        # with m = e^-|x| - 1: sigmoid(x) = 1/2 ± (-m/2) / (m + 2), and e^x / (m + 2) for x < -1, where that
        # difference would cancel
        scale, p = exp_parts(-np.minimum(np.abs(x), 104.0))
        m = (scale - 1.0) + scale * p
        numerator = np.where(x < -1.0, scale + scale * p, np.copysign(0.5 * m, x))
        offset = np.where(x < -1.0, 0.0, 0.5)
        return _add_rounded_to_odd(offset, numerator / (m + 2.0)).astype(np.float32)


def exp_parts(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (scale, p) with e^x = scale * (1 + p), scale a power of two and |p| < 0.42; x is float64."""
    shifted = x * INVERSE_LN2 + INTEGER_SHIFT
    k = shifted - INTEGER_SHIFT  # the integer nearest to x / ln 2
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    p = r + (r * r) * polynomial(EXP_COEFFICIENTS, r)
    scale = ((shifted.view(np.uint64) + np.uint64(1023)) << np.uint64(52)).view(np.float64)  # 2^k
    return scale, p


def log_rest(f: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Return log(2^k (1 + f)) - k * LN2_HIGH, for 1 + f in [sqrt(1/2), sqrt(2)]; all are float64."""
    # log(1 + f) = 2 artanh(s) = f - (f^2/2 - s (f^2/2 + q s^2))
    s = f / (f + 2.0)
    z = s * s
    half_square = (0.5 * f) * f
    q = polynomial(LOG_COEFFICIENTS, z)
    return f - (half_square - (s * (half_square + z * q) + k * LN2_LOW))


def polynomial(coefficients: list[float], x: np.ndarray) -> np.ndarray:
    """Return the polynomial's value by Horner's rule, the coefficients from the highest power down."""
    value = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


def _add_rounded_to_odd(large: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Return large + small if that is a float64, else the one of its two neighbours whose last bit is 1.

    It needs |large| >= |small|, or large == 0.

    Rounding such a sum to float32 gives the float32 nearest to the exact sum (S. Boldo, G. Melquiond,
    "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008).
    """
    total = large + small
    error = small - (total - large)  # exact (Dekker's FastTwoSum)
    bits = total.view(np.uint64)
    too_far_from_zero = (error.view(np.uint64) ^ bits) >> np.uint64(63)
    odd = ((bits - too_far_from_zero) | np.uint64(1)).view(np.float64)
    return np.where(error != 0.0, odd, total)
