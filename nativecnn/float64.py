"""exp, log, powers, cos and the normal distribution's quantiles in float64, the same bits on every machine.

Each is a sequence of float64 additions, subtractions, multiplications, divisions and square roots, which IEEE 754
defines, in the order that docs/arithmetic-training.md states; a library's functions change bits with its version and
with the processor. They are not correctly rounded; their relative error is a few times 2^-53.

Arguments are float64 arrays of any shape, or numbers (of which they make arrays without axes).
"""

from __future__ import annotations

import math

import numpy as np

# ln 2 = LN2_HIGH + LN2_LOW: the first is ln 2 rounded to a multiple of 2^-42, so that multiples of it are exact.
_LN2_HIGH = float.fromhex("0x1.62e42fefa38p-1")
_LN2_LOW = float.fromhex("0x1.ef35793c7673p-45")
_INVERSE_LN2 = float.fromhex("0x1.71547652b82fep+0")
_PI = float.fromhex("0x1.921fb54442d18p+1")
_ROOT_OF_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")

# Highest power first: of (e^r - 1 - r) / r², of (2 artanh(s) - 2 s) / s³ in s², of cos z and of sin(z) / z in z².
_EXP = [1.0 / math.factorial(n) for n in range(13, 1, -1)]
_LOG = [2.0 / n for n in range(21, 1, -2)]
_COS = [(-1.0) ** (n // 2) / math.factorial(n) for n in range(18, -1, -2)]
_SIN = [(-1.0) ** (n // 2) / math.factorial(n) for n in range(17, 0, -2)]

# Wichura's rational functions, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics
# 37 (1988), PPND16: numerator and denominator, highest power first, for the middle, for tails, for far tails.
_MIDDLE = (
    [
        2509.0809287301226727,
        33430.575583588128105,
        67265.770927008700853,
        45921.953931549871457,
        13731.693765509461125,
        1971.5909503065514427,
        133.14166789178437745,
        3.387132872796366608,
    ],
    [
        5226.495278852854561,
        28729.085735721942674,
        39307.89580009271061,
        21213.794301586595867,
        5394.1960214247511077,
        687.1870074920579083,
        42.313330701600911252,
        1.0,
    ],
)
_TAIL = (
    [
        7.7454501427834140764e-4,
        0.0227238449892691845833,
        0.24178072517745061177,
        1.27045825245236838258,
        3.64784832476320460504,
        5.7694972214606914055,
        4.6303378461565452959,
        1.42343711074968357734,
    ],
    [
        1.05075007164441684324e-9,
        5.475938084995344946e-4,
        0.0151986665636164571966,
        0.14810397642748007459,
        0.68976733498510000455,
        1.6763848301838038494,
        2.05319162663775882187,
        1.0,
    ],
)
_FAR_TAIL = (
    [
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        0.0012426609473880784386,
        0.026532189526576123093,
        0.29656057182850489123,
        1.7848265399172913358,
        5.4637849111641143699,
        6.6579046435011037772,
    ],
    [
        2.04426310338993978564e-15,
        1.4215117583164458887e-7,
        1.8463183175100546818e-5,
        7.868691311456132591e-4,
        0.0148753612908506148525,
        0.13692988092273580531,
        0.59983220655588793769,
        1.0,
    ],
)


def exp(x: object) -> np.ndarray:
    """Return e^x: 0 below -708, infinity above 709, NaN for NaN."""
    x = np.asarray(x, np.float64)
    inside = np.where((x >= -708) & (x <= 709), x, 0.0)
    k = np.rint(inside * _INVERSE_LN2)
    r = (inside - k * _LN2_HIGH) - k * _LN2_LOW
    p = r + (r * r) * _polynomial(_EXP, r)
    value = np.ldexp(1.0 + p, k.astype(np.int64))
    return np.where(x > 709, np.inf, np.where(x < -708, 0.0, np.where(np.isnan(x), x, value)))


def log(x: object) -> np.ndarray:
    """Return the natural logarithm; of 0 it is -infinity, of negative numbers NaN."""
    x = np.asarray(x, np.float64)
    mantissa, k = np.frexp(np.where((x > 0) & (x < np.inf), x, 1.0))
    below = mantissa < _ROOT_OF_HALF  # then twice of it lies between √½ and √2
    mantissa, k = np.where(below, 2.0 * mantissa, mantissa), k - below
    f = mantissa - 1.0
    s = f / (mantissa + 1.0)
    z = s * s
    half_square = (0.5 * f) * f
    low = f - (half_square - (s * (half_square + z * _polynomial(_LOG, z)) + k * _LN2_LOW))
    value = k * _LN2_HIGH + low
    return np.where(x == 0, -np.inf, np.where(x < 0, np.nan, np.where(x < np.inf, value, x)))


def power(base: float, exponent: float) -> float:
    """Return a power, both numbers at least 0: by repeated squaring and, for the exponent's fraction, exp and log."""
    whole = math.floor(exponent)
    fraction = exponent - whole
    if fraction and not base:
        return 0.0
    return _whole_power(base, whole) * (float(exp(fraction * float(log(base)))) if fraction else 1.0)


def cos_pi(t: float) -> float:
    """Return cos(πt) for t from 0 to 1; exactly 1, 0 and -1 at 0, ½ and 1."""
    if t > 0.5:
        return -cos_pi(1.0 - t)
    if t <= 0.25:
        z = _PI * t
        return float(_polynomial(_COS, z * z))
    z = _PI * (0.5 - t)
    return float(z * _polynomial(_SIN, z * z))


def normal_quantile(u: object) -> np.ndarray:
    """Return the standard normal distribution's quantiles, by Wichura's approximation, for u between 0 and 1."""
    u = np.asarray(u, np.float64)
    q = u - 0.5
    middle = 0.180625 - q * q
    r = np.sqrt(-log(np.minimum(u, 1.0 - u)))
    tail = np.where(r <= 5.0, _ratio(_TAIL, r - 1.6), _ratio(_FAR_TAIL, r - 5.0))
    return np.where(np.abs(q) <= 0.425, q * _ratio(_MIDDLE, middle), np.where(q < 0, -tail, tail))


def _whole_power(base: float, exponent: int) -> float:
    value, square = 1.0, base
    while exponent:
        if exponent & 1:
            value *= square
        square *= square
        exponent >>= 1
    return value


def _polynomial(coefficients: list[float], x: object) -> object:
    """Return the polynomial's value by Horner's rule, the coefficients from the highest power down."""
    value = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


def _ratio(polynomials: tuple[list[float], list[float]], x: np.ndarray) -> np.ndarray:
    numerator, denominator = polynomials
    return _polynomial(numerator, x) / _polynomial(denominator, x)
