"""Max and average pooling of images and of volumes. Windows are clipped to the image: padding never takes part."""

from __future__ import annotations

import math

import numpy as np

from .activation import relu_gradient

_ALL = slice(None)  # samples


def max_pool2d(x, y, pool_size, strides, padding):
    """Write the largest value of each window into ``y``: the first in row-major order; a NaN wins."""
    for place, window in _windows(x, y, pool_size, strides, padding):
        y[(_ALL, *place)] = _first_maximum(x[(_ALL, *window)])[0]


def max_pool2d_gradient(dy, x, dx, pool_size, strides, padding, relu=False):
    """Write into ``dx`` the gradients that flow to each maximum, added from +0 in row-major order of windows.

    With ``relu``, ``x`` was made by ReLU, and the gradients are those of what it was made from.
    """
    dx[...] = 0
    for place, window in _windows(x, dy, pool_size, strides, padding):
        winner = _first_maximum(x[(_ALL, *window)])[1]
        samples, channels = np.indices(winner.shape)
        offsets = np.unravel_index(winner, [side.stop - side.start for side in window])
        pixel = [side.start + offset for side, offset in zip(window, offsets, strict=True)]
        dx[(samples, *pixel, channels)] += dy[(_ALL, *place)]
    if relu:
        relu_gradient(dx, x, dx)


def average_pool2d(x, y, pool_size, strides, padding):
    """Write the mean of each window into ``y``: pixels added from +0 in row-major order, then one division."""
    for place, window in _windows(x, y, pool_size, strides, padding):
        total = np.zeros(y[(_ALL, *place)].shape, y.dtype)
        pixels = _pixels(x[(_ALL, *window)])
        for pixel in range(pixels.shape[1]):
            total = total + pixels[:, pixel]
        y[(_ALL, *place)] = total / y.dtype.type(pixels.shape[1])


def average_pool2d_gradient(dy, dx, pool_size, strides, padding):
    """Write into ``dx`` each window's share ``dy / pixels``, added from +0 in row-major order of windows."""
    dx[...] = 0
    for place, window in _windows(dx, dy, pool_size, strides, padding):
        pixels = math.prod(side.stop - side.start for side in window)
        share = dy[(_ALL, *place)] / dy.dtype.type(pixels)
        dx[(_ALL, *window)] += share[(_ALL, *(None for _ in window))]


# Volumes: row-major order is by plane, row, column.
max_pool3d = max_pool2d
max_pool3d_gradient = max_pool2d_gradient
average_pool3d = average_pool2d
average_pool3d_gradient = average_pool2d_gradient


def _windows(x, y, pool_size, strides, padding):
    """Yield the place of each output pixel, in row-major order, and the slices of the image that its window covers."""
    for place in np.ndindex(*y.shape[1:-1]):
        starts = [p * stride - before for p, stride, before in zip(place, strides, padding, strict=True)]
        yield (
            place,
            tuple(
                slice(max(start, 0), min(start + size, most))
                for start, size, most in zip(starts, pool_size, x.shape[1:-1], strict=True)
            ),
        )


def _pixels(window):
    return window.reshape(window.shape[0], math.prod(window.shape[1:-1]), window.shape[-1])


def _first_maximum(window):
    """Return value and row-major index of the first maximum of each channel."""
    pixels = _pixels(window)
    value, index = pixels[:, 0], np.zeros(pixels[:, 0].shape, np.intp)
    for pixel in range(1, pixels.shape[1]):
        candidate = pixels[:, pixel]
        wins = (candidate > value) | (np.isnan(candidate) & ~np.isnan(value))
        value, index = np.where(wins, candidate, value), np.where(wins, pixel, index)
    return value, index
