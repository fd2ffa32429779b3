"""Larger images by bilinear interpolation: along columns, then along rows. Every operation is rounded by itself."""

from __future__ import annotations

import numpy as np


def upsample_bilinear(x, y, factors):
    """Write the values between neighbouring pixels, ``a + (b - a) * weight`` along each axis."""
    y[...] = _between(_between(x, 2, factors[1]), 1, factors[0])


def upsample_bilinear_gradient(dy, dx, factors):
    """Write the sums of what each pixel contributed to, along rows, then along columns."""
    dx[...] = _contributions(_contributions(dy, 1, factors[0]), 2, factors[1])


def _between(x, axis, factor):
    """Return the outputs along one axis."""
    first, second, weight = _neighbours(x.shape[axis], factor, x.dtype)
    shape = [1] * x.ndim
    shape[axis] = weight.size
    a, b = x.take(first, axis), x.take(second, axis)
    return a + (b - a) * weight.reshape(shape)


def _contributions(dy, axis, factor):
    """Return for each pixel the sum over the outputs beside it, in order from +0, of ``coefficient * dy``."""
    dy = np.moveaxis(dy, axis, 0)
    dx = np.zeros((len(dy) // factor, *dy.shape[1:]), dy.dtype)
    one = dy.dtype.type(1)
    for output, (a, b, weight) in enumerate(zip(*_neighbours(len(dx), factor, dy.dtype), strict=True)):
        dx[a] += (one - weight) * dy[output]
        dx[b] += weight * dy[output]
    return np.moveaxis(dx, 0, axis)


def _neighbours(pixels, factor, dtype):
    """Return the two pixels that each output lies between, and how far from the first, in steps of a pixel."""
    outputs = np.arange(pixels * factor)
    first, twice = outputs // factor, 2 * (outputs % factor) + 1 - factor  # twice the way, in steps of an output
    first, twice = np.where(twice < 0, first - 1, first), np.where(twice < 0, twice + 2 * factor, twice)
    weight = twice.astype(dtype) / dtype.type(2 * factor)
    return np.maximum(first, 0), np.minimum(first + 1, pixels - 1), weight
