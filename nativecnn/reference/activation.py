"""Activation functions, and their gradients from the gradient ``dy`` and the function's output ``y`` or input ``x``.

``y`` may be ``x`` itself, ``dx`` may be ``dy``. Settings are rounded to the arrays' dtype.
"""

from __future__ import annotations

import numpy as np

from . import smooth
from .elementary import exp_of, log_of, sigmoid_of, tanh_of
from .fma import fma
from .rows import row_maximum, row_sum


def relu(x, y):
    """Write ``x`` where it is positive or NaN, +0 elsewhere."""
    y[...] = np.where(x <= 0, x.dtype.type(0), x)


def relu_gradient(dy, y, dx):
    """Write +0 where ``y`` is 0 or less, ``dy`` elsewhere (a NaN output passes its gradient)."""
    dx[...] = np.where(y <= 0, dy.dtype.type(0), dy)


def relu6(x, y):
    """Write +0 where ``x`` is 0 or less, 6 where it is 6 or more, else ``x``."""
    clipped_relu(x, y, 6.0, 0.0, 0.0)


def relu6_gradient(dy, y, dx):
    """Write +0 where ``y`` is 0 or less, or 6 or more, ``dy`` elsewhere."""
    clipped_relu_gradient(dy, y, dx, 6.0, 0.0)


def leaky_relu(x, y, negative_slope):
    """Write ``negative_slope * x`` where ``x`` is 0 or less (+0 for a slope of 0), else ``x``."""
    clipped_relu(x, y, np.inf, negative_slope, 0.0)


def leaky_relu_gradient(dy, y, dx, negative_slope):
    """Write ``negative_slope * dy`` where ``y`` is 0 or less (+0 for a slope of 0), else ``dy``."""
    dx[...] = np.where(y <= 0, _sloped(dy, negative_slope), dy)


def clipped_relu(x, y, max_value, negative_slope, threshold):
    """Write ``negative_slope * (x - threshold)`` where ``x <= threshold`` (+0 for a slope of 0), else ``x``.

    What exceeds ``max_value`` becomes that; all three are 0 or more.
    """
    max_value, threshold = x.dtype.type(max_value), x.dtype.type(threshold)
    kept = np.where(x >= max_value, max_value, x)
    y[...] = np.where(x <= threshold, _sloped(x - threshold, negative_slope), kept)


def clipped_relu_gradient(dy, y, dx, max_value, negative_slope):
    """Write +0 where ``y >= max_value``, else ``negative_slope * dy`` (or +0) where ``y <= 0``, else ``dy``."""
    kept = np.where(y <= 0, _sloped(dy, negative_slope), dy)
    dx[...] = np.where(y >= y.dtype.type(max_value), dy.dtype.type(0), kept)


def _sloped(x, negative_slope):
    slope = x.dtype.type(negative_slope)
    return slope * x if slope != 0 else np.zeros_like(x)


def sigmoid(x, y):
    """Write ``1 / (1 + exp(-x))``."""
    y[...] = sigmoid_of(x)


def sigmoid_gradient(dy, y, dx):
    """Write ``dy * (y * (1 - y))``."""
    dx[...] = dy * (y * (y.dtype.type(1) - y))


def tanh(x, y):
    """Write the hyperbolic tangent."""
    y[...] = tanh_of(x)


def tanh_gradient(dy, y, dx):
    """Write ``dy * (1 - y * y)``, the bracket by one fused multiply-add."""
    dx[...] = dy * fma(-y, y, y.dtype.type(1))


def hard_sigmoid(x, y):
    """Write ``relu6(x + 3) / 6``."""
    relu6(x + x.dtype.type(3), y)
    y[...] = y / y.dtype.type(6)


def hard_sigmoid_gradient(dy, y, dx):
    """Write ``dy / 6`` where ``y`` is between 0 and 1, +0 where it is 0 or less, or 1 or more."""
    dx[...] = np.where((y <= 0) | (y >= 1), dy.dtype.type(0), dy / dy.dtype.type(6))


def hard_silu(x, y):
    """Write ``x * ((x + 3) / 6)`` where ``x + 3`` is between 0 and 6; +0 below and ``x`` above."""
    zero, three, six = map(x.dtype.type, (0, 3, 6))
    shifted = x + three
    y[...] = np.where(shifted <= 0, zero, np.where(shifted >= six, x, x * (shifted / six)))


def hard_silu_gradient(dy, x, dx):
    """Write ``dy * (((x + x) + 3) / 6)`` where ``x + 3`` is between 0 and 6; +0 below and ``dy`` above."""
    zero, three, six = map(x.dtype.type, (0, 3, 6))
    shifted = x + three
    dx[...] = np.where(shifted <= 0, zero, np.where(shifted >= six, dy, dy * (((x + x) + three) / six)))


def exp_gradient(dy, y, dx):
    """Write ``dy * y``."""
    dx[...] = dy * y


def elu(x, y, alpha):
    """Write ``x`` where it is positive, ``alpha * (e^x - 1)`` elsewhere."""
    y[...] = _rounded(smooth.elu, x, float(x.dtype.type(alpha)))


def elu_gradient(dy, y, dx, alpha):
    """Write ``dy`` where ``y`` is positive, ``dy * (y + alpha)`` elsewhere."""
    dx[...] = _times_slope(dy, smooth.elu_slope, y, float(y.dtype.type(alpha)))


def selu(x, y):
    """Write ``1.0507 x`` where ``x`` is positive, ``1.7581 (e^x - 1)`` elsewhere."""
    y[...] = _rounded(smooth.selu, x)


def selu_gradient(dy, y, dx):
    """Write ``1.0507 dy`` where ``y`` is positive, ``dy * (y + 1.7581)`` elsewhere."""
    dx[...] = _times_slope(dy, smooth.selu_slope, y)


def softplus(x, y):
    """Write ``log(1 + e^x)``."""
    y[...] = _rounded(smooth.softplus, x)


def softplus_gradient(dy, y, dx):
    """Write ``dy * (1 - e^-y)``."""
    dx[...] = _times_slope(dy, smooth.softplus_slope, y)


def softsign(x, y):
    """Write ``x / (1 + |x|)``."""
    y[...] = _rounded(smooth.softsign, x)


def softsign_gradient(dy, x, dx):
    """Write ``dy * (1 / (1 + |x|)^2)``."""
    dx[...] = _times_slope(dy, smooth.softsign_slope, x)


def silu(x, y):
    """Write ``x * sigmoid(x)``."""
    y[...] = _rounded(smooth.silu, x)


def silu_gradient(dy, x, dx):
    """Write ``dy`` times the slope at ``x``."""
    dx[...] = _times_slope(dy, smooth.silu_slope, x)


def gelu(x, y):
    """Write ``x`` times the normal distribution's probability of less than ``x``."""
    y[...] = _rounded(smooth.gelu, x)


def gelu_gradient(dy, x, dx):
    """Write ``dy`` times the slope at ``x``."""
    dx[...] = _times_slope(dy, smooth.gelu_slope, x)


def approximate_gelu(x, y):
    """Write ``x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2``."""
    y[...] = _rounded(smooth.approximate_gelu, x)


def approximate_gelu_gradient(dy, x, dx):
    """Write ``dy`` times the slope at ``x``."""
    dx[...] = _times_slope(dy, smooth.approximate_gelu_slope, x)


def mish(x, y):
    """Write ``x * tanh(log(1 + e^x))``."""
    y[...] = _rounded(smooth.mish, x)


def mish_gradient(dy, x, dx):
    """Write ``dy`` times the slope at ``x``."""
    dx[...] = _times_slope(dy, smooth.mish_slope, x)


def _rounded(function, x, *settings):
    """Return a function's float64 values, rounded to the array's dtype."""
    with np.errstate(all="ignore"):
        return function(x.astype(np.float64), *settings).astype(x.dtype)


def _times_slope(dy, slope, at, *settings):
    """Return ``dy`` times a slope, multiplied in float64 and rounded to the arrays' dtype."""
    with np.errstate(all="ignore"):
        return (dy.astype(np.float64) * slope(at.astype(np.float64), *settings)).astype(dy.dtype)


def softmax(x, y):
    """Write ``exp(x - maximum) / sum`` over the last axis, the sum in order from +0."""
    exponentials = exp_of(x - row_maximum(x))
    y[...] = exponentials / row_sum(exponentials)


def softmax_gradient(dy, y, dx):
    """Write ``y * (dy - sum(dy * y))`` over the last axis, the sum in order by fused multiply-add."""
    total = np.zeros((*y.shape[:-1], 1), y.dtype)
    for index in range(y.shape[-1]):
        total = fma(dy[..., index, None], y[..., index, None], total)
    dx[...] = y * (dy - total)


def log_softmax(x, y):
    """Write ``(x - maximum) - log(sum)`` over the last axis, the sum of exponentials in order from +0."""
    shifted = x - row_maximum(x)
    y[...] = shifted - log_of(row_sum(exp_of(shifted)))


def log_softmax_gradient(dy, y, dx):
    """Write ``dy - exp(y) * sum(dy)`` by fused multiply-add, over the last axis, the sum in order from +0."""
    dx[...] = fma(-exp_of(y), row_sum(dy), dy)
