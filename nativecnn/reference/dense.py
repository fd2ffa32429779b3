"""Dense layers: ``y = x · kernel + bias`` with ``x`` (samples, inputs) and ``kernel`` (inputs, units)."""

from __future__ import annotations

import numpy as np

from .epilogue import finish
from .fma import fma
from .sums import image_runs, sum_in_runs


def dense(x, kernel, bias, y, epilogue=None):
    """Write the product into ``y``: terms by input, the bias last; then ``epilogue``."""
    total = np.zeros(y.shape, y.dtype)
    for index in range(kernel.shape[0]):
        total = fma(x[:, index, None], kernel[index], total)
    y[...] = total
    finish(y, bias, epilogue)


def dense_input_gradient(dy, kernel, dx):
    """Write the gradient of the input into ``dx``: terms by unit."""
    total = np.zeros(dx.shape, dx.dtype)
    for unit in range(kernel.shape[1]):
        total = fma(dy[:, unit, None], kernel[:, unit], total)
    dx[...] = total


def dense_kernel_gradient(x, dy, dkernel, dbias):
    """Write the gradients of kernel and bias: sums over the samples in runs (each sample one pixel)."""
    boundaries = image_runs(len(x), 1, 1)
    dkernel[...] = sum_in_runs(
        boundaries,
        dkernel.shape,
        dkernel.dtype,
        lambda terms, total: fma(x[terms, :, None], dy[terms, None, :], total),
    )
    if dbias is not None:
        dbias[...] = sum_in_runs(boundaries, dbias.shape, dbias.dtype, lambda terms, total: total + dy[terms])
