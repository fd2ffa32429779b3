"""Maximum and sum along the last axis, in order."""

from __future__ import annotations

import numpy as np


def row_maximum(x):
    """Return the first maximum of the last axis, kept as an axis of length 1; a NaN wins."""
    value = x[..., :1]
    for index in range(1, x.shape[-1]):
        candidate = x[..., index, None]
        value = np.where((candidate > value) | (np.isnan(candidate) & ~np.isnan(value)), candidate, value)
    return value


def row_sum(x):
    """Return the sum over the last axis from +0 in order, kept as an axis of length 1."""
    total = np.zeros((*x.shape[:-1], 1), x.dtype)
    for index in range(x.shape[-1]):
        total = total + x[..., index, None]
    return total
