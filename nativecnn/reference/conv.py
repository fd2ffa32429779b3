"""2-D convolution and its gradients: the definition that the native kernels follow bit for bit.

Images are ``(samples, rows, columns, channels)``, kernels ``(rows, columns, channels in a group, filters)``.
``padding`` is the number of zero rows above and zero columns left of the image; those below and to the right follow
from the output's size. ``algorithm`` is "direct", which is computed here, or one of ``winograd.py``.
"""

from __future__ import annotations

import numpy as np

from . import winograd
from .epilogue import finish
from .fma import fma
from .sums import image_runs, sum_in_runs
from .windows import window


def pack_conv2d(kernel, groups, algorithm="direct"):
    """Return what a backend wants to keep of a kernel for later calls of :func:`conv2d`: here nothing."""
    return None


def conv2d(x, kernel, bias, y, strides, padding, dilation, groups, algorithm="direct", epilogue=None, packed=None):
    """Write the convolution of ``x`` with ``kernel`` into ``y``: terms by kernel row, kernel column, channel.

    ``epilogue`` (:class:`nativecnn.epilogue.Epilogue`) follows the bias. ``packed``, from :func:`pack_conv2d`, changes
    nothing.
    """
    if algorithm != "direct":
        winograd.conv2d(x, kernel, y, padding, algorithm)
        finish(y, bias, epilogue)
        return
    kernel_rows, kernel_columns, group_channels, _ = kernel.shape
    for channels, filters in groups_of(groups, group_channels, kernel.shape[3]):
        total = np.zeros(y[..., filters].shape, y.dtype)
        for row in range(kernel_rows):
            for column in range(kernel_columns):
                pixels = pixels_of_tap(x[..., channels], row, column, y, strides, padding, dilation)
                for channel in range(group_channels):
                    total = fma(pixels[..., channel, None], kernel[row, column, channel, filters], total)
        y[..., filters] = total
    finish(y, bias, epilogue)


def conv2d_input_gradient(dy, kernel, dx, strides, padding, dilation, groups, algorithm="direct"):
    """Write the gradient of the input into ``dx``: terms by output row, output column, filter.

    A tap takes part for the input pixels it can reach by whole strides; where that leads outside the output, the
    gradient there counts as +0.
    """
    if algorithm != "direct":
        winograd.conv2d_input_gradient(dy, kernel, dx, padding, algorithm)
        return
    kernel_rows, kernel_columns, group_channels, _ = kernel.shape
    dx[...] = 0
    for channels, filters in groups_of(groups, group_channels, kernel.shape[3]):
        # Descending taps are ascending output pixels.
        for row in reversed(range(kernel_rows)):
            for column in reversed(range(kernel_columns)):
                from_row, to_rows = reached_by_tap(dx.shape[1], row * dilation[0] - padding[0], strides[0])
                from_column, to_columns = reached_by_tap(dx.shape[2], column * dilation[1] - padding[1], strides[1])
                total = dx[:, to_rows, to_columns, channels]
                pixels = window(dy[..., filters], from_row, from_column, total.shape[1], total.shape[2])
                for position in range(pixels.shape[-1]):
                    weights = kernel[row, column, :, filters.start + position]
                    total = fma(pixels[..., position, None], weights, total)
                dx[:, to_rows, to_columns, channels] = total


def conv2d_kernel_gradient(x, dy, dkernel, dbias, strides, padding, dilation, groups, algorithm="direct"):
    """Write the gradients of kernel and bias: sums over the output's pixels in runs (see ``sums.py``)."""
    if dbias is not None:
        bias_gradient(dy, dbias)
    if algorithm == "direct":
        _direct_kernel_gradient(x, dy, dkernel, strides, padding, dilation, groups)
    else:
        winograd.conv2d_kernel_gradient(x, dy, dkernel, padding, algorithm)


def bias_gradient(dy, dbias):
    """Write the gradient of a bias: the sum of ``dy`` over the output's pixels in runs."""
    gradients = dy.reshape(-1, dy.shape[3])
    dbias[...] = sum_in_runs(
        image_runs(*dy.shape[:3]), dbias.shape, dbias.dtype, lambda terms, total: total + gradients[terms]
    )


def _direct_kernel_gradient(x, dy, dkernel, strides, padding, dilation, groups):
    kernel_rows, kernel_columns, group_channels, _ = dkernel.shape
    boundaries = image_runs(*dy.shape[:3])
    for channels, filters in groups_of(groups, group_channels, dkernel.shape[3]):
        gradients = dy[..., filters].reshape(-1, filters.stop - filters.start)
        for row in range(kernel_rows):
            for column in range(kernel_columns):
                pixels = pixels_of_tap(x[..., channels], row, column, dy, strides, padding, dilation)
                pixels = pixels.reshape(-1, group_channels)

                def accumulate(terms, total, pixels=pixels, gradients=gradients):
                    return fma(pixels[terms, :, None], gradients[terms, None, :], total)

                shape = dkernel[row, column, :, filters].shape
                dkernel[row, column, :, filters] = sum_in_runs(boundaries, shape, dkernel.dtype, accumulate)


def groups_of(groups, group_channels, filters):
    """Yield the slices of channels and filters of each group."""
    group_filters = filters // groups
    for group in range(groups):
        yield (
            slice(group * group_channels, (group + 1) * group_channels),
            slice(group * group_filters, (group + 1) * group_filters),
        )


def pixels_of_tap(x, row, column, y, strides, padding, dilation):
    """Return the pixels that one kernel element meets, one for each pixel of ``y``: zeros outside of the image."""
    rows = np.arange(y.shape[1]) * strides[0] + row * dilation[0] - padding[0]
    columns = np.arange(y.shape[2]) * strides[1] + column * dilation[1] - padding[1]
    rows_inside = np.flatnonzero((rows >= 0) & (rows < x.shape[1]))[:, None]
    columns_inside = np.flatnonzero((columns >= 0) & (columns < x.shape[2]))
    pixels = np.zeros((x.shape[0], len(rows), len(columns), x.shape[3]), x.dtype)
    pixels[:, rows_inside, columns_inside] = x[:, rows[rows_inside], columns[columns_inside]]
    return pixels


def reached_by_tap(size, offset, stride):
    """Return the first output index, and the slice of input indices, that a tap at ``offset`` connects."""
    first = offset % stride
    return (first - offset) // stride, slice(first, size, stride)
