"""Several arrays of one shape made one, element by element, in order. The output may be one of them."""

from __future__ import annotations

import numpy as np


def add_all(inputs, y):
    """Write ``((a + b) + c) + …``."""
    total = inputs[0]
    for value in inputs[1:]:
        total = total + value
    y[...] = total


def average_all(inputs, y):
    """Write the sum divided by the number of inputs."""
    add_all(inputs, y)
    divide(y, len(inputs), y)


def multiply_all(inputs, y):
    """Write ``((a * b) * c) * …``."""
    product = inputs[0]
    for value in inputs[1:]:
        product = product * value
    y[...] = product


def maximum_all(inputs, y):
    """Write the first maximum; a NaN wins."""
    y[...] = _first_extreme(inputs, np.greater)[0]


def minimum_all(inputs, y):
    """Write the first minimum; a NaN wins."""
    y[...] = _first_extreme(inputs, np.less)[0]


def maximum_all_gradient(dy, inputs, gradients):
    """Write ``dy`` where an input's element is the first maximum, +0 elsewhere; None where nobody wants it."""
    _share(dy, _first_extreme(inputs, np.greater)[1], gradients)


def minimum_all_gradient(dy, inputs, gradients):
    """Write ``dy`` where an input's element is the first minimum, +0 elsewhere; None where nobody wants it."""
    _share(dy, _first_extreme(inputs, np.less)[1], gradients)


def subtract(a, b, y):
    """Write ``a - b``."""
    y[...] = a - b


def negate(x, y):
    """Write ``-x``."""
    y[...] = -x


def divide(x, divisor, y):
    """Write ``x / divisor``, an integer."""
    y[...] = x / x.dtype.type(divisor)


def _first_extreme(inputs, exceeds):
    """Return the first of the largest (or smallest) elements, and the numbers of the inputs they are from."""
    value, taken = inputs[0], np.zeros(inputs[0].shape, np.intp)
    for number, candidate in enumerate(inputs[1:], 1):
        wins = exceeds(candidate, value) | (np.isnan(candidate) & ~np.isnan(value))
        value, taken = np.where(wins, candidate, value), np.where(wins, number, taken)
    return value, taken


def _share(dy, taken, gradients):
    parts = [np.where(taken == number, dy, dy.dtype.type(0)) for number in range(len(gradients))]
    for gradient, part in zip(gradients, parts, strict=True):
        if gradient is not None:
            gradient[...] = part
