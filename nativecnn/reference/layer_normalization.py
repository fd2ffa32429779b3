"""Layer normalization: every row to mean 0 and variance 1. Sums of a row run in lanes."""

from __future__ import annotations

import math

import numpy as np

from .fma import fma
from .sums import image_runs, sum_in_runs, tree_sum

LANES = 16


def layer_normalization(x, gamma, beta, epsilon, mean, inverse, y):
    """Write the output, of ``x`` (rows, values), into ``y``, which may be ``x``.

    Mean and 1 / standard deviation of each row go into ``mean`` and ``inverse`` (rows,); gamma and beta (values,) may
    be None.
    """
    real = x.dtype.type
    count = real(x.shape[1])
    with np.errstate(all="ignore"):
        mean[...] = _lane_sums(lambda total, values: total + values, x) / count
        deviation = x - mean[:, None]
        variance = _lane_sums(lambda total, d: fma(d, d, total), deviation) / count
        inverse[...] = real(1) / np.sqrt(variance + real(epsilon))
        normal = deviation * inverse[:, None]
        if beta is None:
            y[...] = normal if gamma is None else normal * gamma
        else:
            y[...] = normal + beta if gamma is None else fma(normal, gamma, beta)


def layer_normalization_weight_gradients(dy, x, mean, inverse, dgamma, dbeta):
    """Write the gradients of gamma and beta; ``dy`` and ``x`` (samples, rows, columns, values), the rest per row."""
    count = math.prod(x.shape[:3])
    rows, gradients, runs = x.reshape(count, x.shape[3]), dy.reshape(count, x.shape[3]), image_runs(*x.shape[:3])

    def add_product(terms, total):
        normal = (rows[terms] - mean[terms, None]) * inverse[terms, None]
        return fma(gradients[terms], normal, total)

    with np.errstate(all="ignore"):
        dbeta[...] = sum_in_runs(runs, dbeta.shape, x.dtype, lambda terms, total: total + gradients[terms])
        dgamma[...] = sum_in_runs(runs, dgamma.shape, x.dtype, add_product)


def layer_normalization_input_gradient(dy, x, gamma, mean, inverse, dx):
    """Write the gradient of ``x`` (rows, values) into ``dx``, which may be ``dy``."""
    count = x.dtype.type(x.shape[1])
    with np.errstate(all="ignore"):
        normal = (x - mean[:, None]) * inverse[:, None]
        gradient = dy if gamma is None else dy * gamma
        offset = _lane_sums(lambda total, g: total + g, gradient) / count
        slope = _lane_sums(lambda total, g, h: fma(g, h, total), gradient, normal) / count
        dx[...] = inverse[:, None] * fma(-normal, slope[:, None], gradient - offset[:, None])


def _lane_sums(accumulate, *values):
    """Sum rows (rows, values): value i goes to lane i modulo 16 in order, from +0; then the lanes by the tree."""
    rows, count = values[0].shape
    lanes = np.zeros((LANES, rows), values[0].dtype)
    for first in range(0, count, LANES):
        last = min(first + LANES, count)
        terms = (array[:, first:last].T for array in values)
        lanes[: last - first] = accumulate(lanes[: last - first], *terms)
    return tree_sum(lanes)
