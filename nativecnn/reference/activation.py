"""Activation functions, and their gradients from the gradient ``dy`` and the function's own output ``y``.

``y`` may be ``x`` itself, ``dx`` may be ``dy``.
"""

from __future__ import annotations

import numpy as np

from .elementary import exp_of, sigmoid_of, tanh_of
from .fma import fma
from .rows import row_maximum, row_sum


def relu(x, y):
    """Write ``x`` where it is positive or NaN, +0 elsewhere."""
    y[...] = np.where(x <= 0, x.dtype.type(0), x)


def relu_gradient(dy, y, dx):
    """Write +0 where ``y`` is 0 or less, ``dy`` elsewhere (a NaN output passes its gradient)."""
    dx[...] = np.where(y <= 0, dy.dtype.type(0), dy)


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
