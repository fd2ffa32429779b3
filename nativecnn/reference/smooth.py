"""Smooth activation functions and their slopes, in float64: the definition of these functions.

Each line is one or a few IEEE 754 float64 operations, rounded to nearest even, in the order written;
docs/arithmetic-activations.md puts it in words. Arguments are float64 arrays that hold float32 values, and the caller
rounds what is returned, once. (Any float64 values are computed in the same way, to check gradients.)

All of them rest on e^-|x|, which is at most 1, so nothing overflows, and no difference of two nearly equal numbers is
left where the function is small.
"""

from __future__ import annotations

import numpy as np

from .elementary import LN2_HIGH, exp_parts, log_rest, polynomial

# Where everything has become 0, 1 or the argument itself, and exp_parts still has a power of two.
EXPONENT_LIMIT = 700.0
NORMAL_LIMIT = 37.0  # 37^2 / 2 < 700

ROOT_OF_TWO_LESS_ONE = float.fromhex("0x1.a827999fcef32p-2")
DENSITY_AT_0 = float.fromhex("0x1.9884533d43651p-2")  # 1 / sqrt(2 pi)
SELU_SCALE = float.fromhex("0x1.0cfabd6a91132p+0")  # lambda and
SELU_FLOOR = float.fromhex("0x1.c212cc640f031p+0")  # lambda alpha of Klambauer et al. 2017
SELU_FLOOR_AS_FLOAT32 = float.fromhex("0x1.c212ccp+0")  # so that the slope ends in 0

# x + 0.044715 x^3 times 2 sqrt(2 / pi): the logit by which Hendrycks and Gimpel approximate the normal distribution
LOGIT_SLOPE = float.fromhex("0x1.9884533d43651p+0")
LOGIT_CUBE = float.fromhex("0x1.2444f2a4d8b4bp-4")
LOGIT_CUBE_SLOPE = float.fromhex("0x1.b6676bf7450f0p-3")  # 3 times that

# (z + 4.5) e^(z^2 / 2) Q(z), Q the normal distribution's upper tail, as a polynomial in w = (z - 4.5) / (z + 4.5):
# interpolated at the Chebyshev points of 0 <= z <= 15, highest power first
TAIL_CENTRE = 4.5
TAIL_COEFFICIENTS = [
    float.fromhex(value)
    for value in (
        *("0x1.e78dc7cce7704p-27", "0x1.2b2fdb13eeb28p-24", "0x1.5153b318994cep-25", "-0x1.a3caa58542158p-22"),
        *("-0x1.065c81f4a237ep-21", "0x1.20f2e3b3df569p-19", "0x1.abc9158bd0c41p-19", "-0x1.ddcf84d050c7dp-17"),
        *("-0x1.0b4e7cfadd087p-16", "0x1.d5f1e6cfee7ecp-14", "0x1.ac3b1923b779ap-18", "-0x1.e129dde05cb29p-11"),
        *("0x1.ca72085ca5fe6p-10", "0x1.14cc7961140eep-8", "-0x1.157951c67c24cp-5", "0x1.c8391e19c6ca4p-4"),
        *("-0x1.03379aa028f18p-2", "0x1.c92ad93fe259ep-2", "-0x1.47cfdd7a97246p-1", "0x1.86c626e278bb3p-1"),
    )
]


def decay(x):
    """Return e^-|x|."""
    scale, p = exp_parts(-np.minimum(np.abs(x), EXPONENT_LIMIT))
    return scale + scale * p


def rise(x):
    """Return 1 - e^-|x|."""
    scale, p = exp_parts(-np.minimum(np.abs(x), EXPONENT_LIMIT))
    return np.abs((scale - 1.0) + scale * p)


def elu(x, alpha):
    """Return x where it is positive, alpha (e^x - 1) elsewhere."""
    return np.where(x > 0.0, x, np.copysign(alpha * rise(x), x))


def elu_slope(y, alpha):
    """Return the slope of :func:`elu` where its value is y."""
    return np.where(y > 0.0, 1.0, y + alpha)


def selu(x):
    """Return ELU with the scale and alpha that keep mean and variance."""
    return np.where(x > 0.0, SELU_SCALE * x, np.copysign(SELU_FLOOR * rise(x), x))


def selu_slope(y):
    """Return the slope of :func:`selu` where its value is y."""
    return np.where(y > 0.0, SELU_SCALE, y + SELU_FLOOR_AS_FLOAT32)


def softplus(x):
    """Return log(1 + e^x)."""
    t = decay(x)
    halved = t > ROOT_OF_TWO_LESS_ONE  # log(1 + t) = log 2 + log((1 + t) / 2)
    f = np.where(halved, 0.5 * (t - 1.0), t)
    k = np.where(halved, 1.0, 0.0)
    return np.where(x > 0.0, x, 0.0) + (k * LN2_HIGH + log_rest(f, k))


def softplus_slope(y):
    """Return the slope of :func:`softplus` where its value is y."""
    return rise(y)


def softsign(x):
    """Return x / (1 + |x|)."""
    kept = np.clip(x, -(2.0**60), 2.0**60)
    return kept / (1.0 + np.abs(kept))


def softsign_slope(x):
    """Return the slope of :func:`softsign` at x."""
    d = 1.0 + np.abs(x)
    return 1.0 / (d * d)


def silu(x):
    """Return x sigmoid(x)."""
    kept = np.maximum(x, -EXPONENT_LIMIT)
    return _gated(kept, kept)


def silu_slope(x):
    """Return the slope of :func:`silu` at x."""
    kept = np.clip(x, -EXPONENT_LIMIT, EXPONENT_LIMIT)
    return _gated_slope(kept, kept, 1.0)


def gelu(x):
    """Return x times the normal distribution's probability of less than x."""
    e, r = _normal_tail(x)
    q = e * r
    return np.where(x < 0.0, np.maximum(x, -NORMAL_LIMIT) * q, x * (1.0 - q))


def gelu_slope(x):
    """Return the slope of :func:`gelu` at x."""
    e, r = _normal_tail(x)
    h = e * (r - np.minimum(np.abs(x), NORMAL_LIMIT) * DENSITY_AT_0)
    return np.where(x < 0.0, h, 1.0 - h)


def approximate_gelu(x):
    """Return x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2."""
    kept = np.maximum(x, -NORMAL_LIMIT)
    return _gated(kept, kept * (LOGIT_SLOPE + LOGIT_CUBE * (kept * kept)))


def approximate_gelu_slope(x):
    """Return the slope of :func:`approximate_gelu` at x."""
    kept = np.clip(x, -NORMAL_LIMIT, NORMAL_LIMIT)
    square = kept * kept
    logit = kept * (LOGIT_SLOPE + LOGIT_CUBE * square)
    return _gated_slope(kept, logit, LOGIT_SLOPE + LOGIT_CUBE_SLOPE * square)


def mish(x):
    """Return x tanh(log(1 + e^x))."""
    n, d = _mish_gate(x, decay(x))
    return (np.maximum(x, -EXPONENT_LIMIT) * n) / d


def mish_slope(x):
    """Return the slope of :func:`mish` at x."""
    kept = np.clip(x, -EXPONENT_LIMIT, EXPONENT_LIMIT)
    t = decay(x)
    n, d = _mish_gate(x, t)
    gate = n / d
    rest = np.where(x < 0.0, 2.0, 2.0 * (t * t)) / d  # 1 - gate
    sigmoid = np.where(x < 0.0, t, 1.0) / (1.0 + t)
    return gate + ((kept * sigmoid) * rest) * (1.0 + gate)


def _gated(x, logit):
    """Return x sigmoid(logit), which have the same sign."""
    t = decay(logit)
    return np.where(logit < 0.0, x * t, x) / (1.0 + t)


def _gated_slope(x, logit, logit_slope):
    """Return the slope of x sigmoid(logit)."""
    t = decay(logit)
    i = 1.0 / (1.0 + t)
    sigmoid, rest = np.where(logit < 0.0, t * i, i), np.where(logit < 0.0, i, t * i)  # rest is 1 - sigmoid
    return sigmoid * (1.0 + (x * logit_slope) * rest)


def _normal_tail(x):
    """Return (e, r) with z = |x|, e = e^(-z^2 / 2), and e r the normal distribution's probability of more than z."""
    z = np.minimum(np.abs(x), NORMAL_LIMIT)
    i = 1.0 / (z + TAIL_CENTRE)
    w = (z - TAIL_CENTRE) * i
    return decay((0.5 * z) * z), polynomial(TAIL_COEFFICIENTS, w) * i


def _mish_gate(x, t):
    """Return (n, d) with n / d = tanh(log(1 + e^x)), from t = e^-|x|."""
    n = np.where(x < 0.0, t * (t + 2.0), 1.0 + 2.0 * t)
    return n, n + np.where(x < 0.0, 2.0, 2.0 * (t * t))
