"""Local response normalization: each value divided by a power of the squares of its neighbouring channels."""

from __future__ import annotations

import numpy as np

from .elementary import exp_of, log_of
from .fma import fma


def local_response_normalization(x, size, alpha, beta, k, y):
    """Write the output, ``x`` (pixels, channels), into ``y``, which may be ``x``."""
    with np.errstate(all="ignore"):
        y[...] = x / _denominator(_scale(x, size, alpha, k), beta)


def local_response_normalization_gradient(dy, x, size, alpha, beta, k, dx):
    """Write the gradient of ``x`` into ``dx``, which may be ``dy``."""
    real = x.dtype.type
    with np.errstate(all="ignore"):
        scale = _scale(x, size, alpha, k)
        denominator = _denominator(scale, beta)
        shares = (dy * (x / denominator)) / scale
        total = _window_sums(shares, size, lambda term, total: total + term)
        factor = (real(2) * real(alpha)) * real(beta)
        dx[...] = fma(-(factor * x), total, dy / denominator)


def _scale(x, size, alpha, k):
    real = x.dtype.type
    return fma(real(alpha), _window_sums(x, size, lambda term, total: fma(term, term, total)), real(k))


def _window_sums(x, size, accumulate):
    """Sum over each channel's neighbours, ascending, from +0."""
    channels, total = x.shape[1], np.zeros_like(x)
    for offset in range(-(size // 2), size // 2 + 1):
        inside = slice(max(0, -offset), max(0, min(channels, channels - offset)))
        neighbours = slice(inside.start + offset, inside.stop + offset)
        if inside.start < inside.stop:
            total[:, inside] = accumulate(x[:, neighbours], total[:, inside])
    return total


def _denominator(scale, beta):
    beta = scale.dtype.type(beta)
    if beta == 0.75:
        root = np.sqrt(scale)
        return root * np.sqrt(root)
    if beta == 0.5:
        return np.sqrt(scale)
    return scale if beta == 1 else exp_of(beta * log_of(scale))
