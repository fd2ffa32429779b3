"""Max and average pooling. Windows are clipped to the image: padding never takes part."""

from __future__ import annotations

import numpy as np

from .activation import relu_gradient


def max_pool2d(x, y, pool_size, strides, padding):
    """Write the largest value of each window into ``y``: the first in row-major order; a NaN wins."""
    for row, column, window in _windows(x, y, pool_size, strides, padding):
        y[:, row, column] = _first_maximum(x[:, window[0], window[1]])[0]


def max_pool2d_gradient(dy, x, dx, pool_size, strides, padding, relu=False):
    """Write into ``dx`` the gradients that flow to each maximum, added from +0 in row-major order of windows.

    With ``relu``, ``x`` was made by ReLU, and the gradients are those of what it was made from.
    """
    dx[...] = 0
    for row, column, window in _windows(x, dy, pool_size, strides, padding):
        winner = _first_maximum(x[:, window[0], window[1]])[1]
        columns = window[1].stop - window[1].start
        samples, channels = np.indices(winner.shape)
        place = samples, window[0].start + winner // columns, window[1].start + winner % columns, channels
        dx[place] += dy[:, row, column]
    if relu:
        relu_gradient(dx, x, dx)


def average_pool2d(x, y, pool_size, strides, padding):
    """Write the mean of each window into ``y``: pixels added from +0 in row-major order, then one division."""
    for row, column, window in _windows(x, y, pool_size, strides, padding):
        total = np.zeros(y[:, row, column].shape, y.dtype)
        pixels = _pixels(x[:, window[0], window[1]])
        for pixel in range(pixels.shape[1]):
            total = total + pixels[:, pixel]
        y[:, row, column] = total / y.dtype.type(pixels.shape[1])


def average_pool2d_gradient(dy, dx, pool_size, strides, padding):
    """Write into ``dx`` each window's share ``dy / pixels``, added from +0 in row-major order of windows."""
    dx[...] = 0
    for row, column, window in _windows(dx, dy, pool_size, strides, padding):
        pixels = (window[0].stop - window[0].start) * (window[1].stop - window[1].start)
        dx[:, window[0], window[1]] += (dy[:, row, column] / dy.dtype.type(pixels))[:, None, None]


def _windows(x, y, pool_size, strides, padding):
    """Yield row and column of each output pixel, and the slices of the image that its window covers."""
    for row in range(y.shape[1]):
        top = row * strides[0] - padding[0]
        rows = slice(max(top, 0), min(top + pool_size[0], x.shape[1]))
        for column in range(y.shape[2]):
            left = column * strides[1] - padding[1]
            yield row, column, (rows, slice(max(left, 0), min(left + pool_size[1], x.shape[2])))


def _pixels(window):
    return window.reshape(window.shape[0], window.shape[1] * window.shape[2], window.shape[3])


def _first_maximum(window):
    """Return value and row-major index of the first maximum of each channel."""
    pixels = _pixels(window)
    value, index = pixels[:, 0], np.zeros(pixels[:, 0].shape, np.intp)
    for pixel in range(1, pixels.shape[1]):
        candidate = pixels[:, pixel]
        wins = (candidate > value) | (np.isnan(candidate) & ~np.isnan(value))
        value, index = np.where(wins, candidate, value), np.where(wins, pixel, index)
    return value, index
