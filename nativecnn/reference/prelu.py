"""ReLU whose slopes are learned: ``x`` (samples, …), ``alpha`` (…), of size 1 along axes that share their slopes.

``y`` may be ``x`` itself, ``dx`` may be ``dy``.
"""

from __future__ import annotations

import math

import numpy as np

from .fma import fma
from .sums import image_runs, sum_in_runs


def prelu(x, alpha, y):
    """Write ``alpha * x`` where ``x`` is 0 or less, else ``x``."""
    y[...] = np.where(x <= 0, alpha * x, x)


def prelu_input_gradient(dy, x, alpha, dx):
    """Write ``alpha * dy`` where ``x`` is 0 or less, else ``dy``."""
    dx[...] = np.where(x <= 0, alpha * dy, dy)


def prelu_alpha_gradient(x, dy, dalpha):
    """Write the gradients of the slopes: sums over the batch of ``x * dy`` where ``x`` is 0 or less.

    The elements of a sample that share a slope are its pixels, in row-major order, all in one column.
    """
    shared = [axis + 1 for axis, size in enumerate(dalpha.shape) if size == 1]
    own = [axis for axis in range(1, x.ndim) if axis not in shared]
    pixels = math.prod(x.shape[axis] for axis in shared)
    x, dy = (a.transpose(0, *shared, *own).reshape(len(a) * pixels, dalpha.size) for a in (x, dy))
    sums = sum_in_runs(
        image_runs(len(x) // max(pixels, 1), pixels, 1),
        (dalpha.size,),
        dalpha.dtype,
        lambda terms, total: np.where(x[terms] <= 0, fma(x[terms], dy[terms], total), total),
    )
    dalpha[...] = sums.reshape(dalpha.shape)
