"""Batch normalization over the last axis: coefficients, batch statistics, gradients, moving averages."""

from __future__ import annotations

import math

import numpy as np

from .activation import relu as apply_relu
from .fma import fma
from .sums import image_runs, sum_in_runs


def batch_normalization_coefficients(gamma, beta, mean, variance, epsilon, scale, shift):
    """Write what turns normalization into ``fma(x, scale, shift)``; all arrays (channels,), gamma and beta or None."""
    one, zero = scale.dtype.type(1), scale.dtype.type(0)
    with np.errstate(all="ignore"):
        scale[...] = (one if gamma is None else gamma) / np.sqrt(variance + scale.dtype.type(epsilon))
    shift[...] = fma(-mean, scale, zero if beta is None else beta)


def scale_shift(x, scale, shift, y, relu=False):
    """Write ``fma(x, scale, shift)``, or ``x * scale`` without shift, into ``y``, which may be ``x``; ReLU last."""
    with np.errstate(all="ignore"):
        y[...] = x * scale if shift is None else fma(x, scale, shift)
    if relu:
        apply_relu(y, y)


def batch_statistics(x, mean, variance):
    """Write the mean and the biased variance of each channel of ``x`` (samples, rows, columns, channels)."""
    pixels, runs, count = _pixels(x)

    def add_square(terms, total):
        deviation = pixels[terms] - mean
        return fma(deviation, deviation, total)

    with np.errstate(all="ignore"):
        mean[...] = sum_in_runs(runs, mean.shape, x.dtype, lambda terms, total: total + pixels[terms]) / count
        variance[...] = sum_in_runs(runs, mean.shape, x.dtype, add_square) / count


def batch_normalization_weight_gradients(dy, x, mean, variance, epsilon, dgamma, dbeta):
    """Write the gradients of gamma and beta; ``dy`` and ``x`` (samples, rows, columns, channels), batch statistics."""
    pixels, runs, _ = _pixels(x)
    gradients = dy.reshape(pixels.shape)

    def add_product(terms, total):
        return fma(gradients[terms], pixels[terms] - mean, total)

    with np.errstate(all="ignore"):
        dbeta[...] = sum_in_runs(runs, mean.shape, x.dtype, lambda terms, total: total + gradients[terms])
        dgamma[...] = sum_in_runs(runs, mean.shape, x.dtype, add_product) * _inverse_deviation(variance, epsilon)


def batch_normalization_input_gradient(dy, x, gamma, mean, variance, epsilon, dgamma, dbeta, dx):
    """Write the gradient of ``x`` into ``dx``, which may be ``dy``."""
    pixels, _, count = _pixels(x)
    with np.errstate(all="ignore"):
        inverse = _inverse_deviation(variance, epsilon)
        scale = inverse if gamma is None else gamma / np.sqrt(variance + x.dtype.type(epsilon))
        slope = (dgamma * inverse) / count
        rest = fma(-slope, pixels - mean, dy.reshape(pixels.shape) - dbeta / count)
        dx[...] = (scale * rest).reshape(dx.shape)


def moving_average(average, value, momentum):
    """Move ``average`` towards ``value``."""
    momentum = average.dtype.type(momentum)
    average[...] = fma(momentum, average, (average.dtype.type(1) - momentum) * value)


def _pixels(x):
    """Return the pixels (pixels, channels), the boundaries of their runs, and their number as one of ``x``'s dtype."""
    count = math.prod(x.shape[:3])
    return x.reshape(count, x.shape[3]), image_runs(*x.shape[:3]), x.dtype.type(count)


def _inverse_deviation(variance, epsilon):
    return variance.dtype.type(1) / np.sqrt(variance + variance.dtype.type(epsilon))
