"""Samples of any rank as images, whose pixels have the order in which the contract sums."""

from __future__ import annotations

import math

import numpy as np


def as_images(x: np.ndarray) -> np.ndarray:
    """Return samples (samples, …, channels) as images (samples, rows, columns, channels), a view.

    The last but one axis is the columns, all axes between the first and that the rows; samples (steps, channels) are
    one column.
    """
    inner = x.shape[1:-1]
    rows, columns = (math.prod(inner[:-1]), inner[-1]) if len(inner) > 1 else (math.prod(inner), 1)
    return x.reshape(x.shape[0], rows, columns, x.shape[-1])


def as_rows(x: np.ndarray, axes: int = 1) -> np.ndarray:
    """Return an array as rows (rows, values), a view: the last ``axes`` axes are a row's values."""
    first = x.ndim - axes
    return x.reshape(math.prod(x.shape[:first]), math.prod(x.shape[first:]))
