"""3-D convolution and its gradients: the definition that the native kernels follow bit for bit.

Volumes are ``(samples, planes, rows, columns, channels)``, kernels ``(planes, rows, columns, channels in a group,
filters)``. ``padding`` is the number of zeros before each axis; those after follow from the output's size.
"""

from __future__ import annotations

import numpy as np

from .conv import bias_gradient, groups_of, pixels_of_tap, reached_by_tap
from .epilogue import finish
from .fma import fma
from .sums import image_runs, sum_in_runs
from .windows import window


def conv3d(x, kernel, bias, y, strides, padding, dilation, groups, epilogue=None, packed=None):
    """Write the convolution of ``x`` with ``kernel`` into ``y``: terms by kernel plane, row, column, channel.

    ``epilogue`` follows the bias. ``packed`` changes nothing.
    """
    for channels, filters in groups_of(groups, *kernel.shape[3:]):
        total = np.zeros(y[..., filters].shape, y.dtype)
        for tap in np.ndindex(kernel.shape[:3]):
            pixels = _tap(x[..., channels], tap, y, strides, padding, dilation)
            for channel in range(pixels.shape[-1]):
                total = fma(pixels[..., channel, None], kernel[(*tap, channel, filters)], total)
        y[..., filters] = total
    finish(y, bias, epilogue)


def conv3d_input_gradient(dy, kernel, dx, strides, padding, dilation, groups):
    """Write the gradient of the input into ``dx``: terms by output plane, row, column, filter.

    A tap takes part for the input pixels it can reach by whole strides; where that leads outside the output, the
    gradient there counts as +0.
    """
    dx[...] = 0
    for channels, filters in groups_of(groups, *kernel.shape[3:]):
        for tap in reversed(list(np.ndindex(kernel.shape[:3]))):  # descending taps are ascending output pixels
            (from_plane, to_planes), (from_row, to_rows), (from_column, to_columns) = (
                reached_by_tap(*axis)
                for axis in zip(dx.shape[1:4], np.multiply(tap, dilation) - padding, strides, strict=True)
            )
            total = dx[:, to_planes, to_rows, to_columns, channels]
            planes = _planes(dy[..., filters], from_plane + np.arange(total.shape[1]))
            pixels = window(_images(planes), from_row, from_column, total.shape[2], total.shape[3])
            pixels = pixels.reshape(*total.shape[:4], dy[..., filters].shape[-1])
            for position in range(pixels.shape[-1]):
                weights = kernel[(*tap, slice(None), filters.start + position)]
                total = fma(pixels[..., position, None], weights, total)
            dx[:, to_planes, to_rows, to_columns, channels] = total


def conv3d_kernel_gradient(x, dy, dkernel, dbias, strides, padding, dilation, groups):
    """Write the gradients of kernel and bias: sums over the output's pixels, in runs as if its planes' rows were those
    of one image."""
    samples, planes, rows, columns, _ = dy.shape
    boundaries = image_runs(samples, planes * rows, columns)
    for channels, filters in groups_of(groups, *dkernel.shape[3:]):
        gradients = dy[..., filters].reshape(-1, filters.stop - filters.start)
        for tap in np.ndindex(dkernel.shape[:3]):
            pixels = _tap(x[..., channels], tap, dy, strides, padding, dilation).reshape(-1, dkernel.shape[3])

            def accumulate(terms, total, pixels=pixels, gradients=gradients):
                return fma(pixels[terms, :, None], gradients[terms, None, :], total)

            place = (*tap, slice(None), filters)
            dkernel[place] = sum_in_runs(boundaries, dkernel[place].shape, dkernel.dtype, accumulate)
    if dbias is not None:
        bias_gradient(dy.reshape(samples, planes * rows, columns, dy.shape[4]), dbias)


def _tap(x, tap, y, strides, padding, dilation):
    """Return the pixels that one kernel element meets, one for each pixel of ``y``: zeros outside of the volume."""
    planes = _planes(x, np.arange(y.shape[1]) * strides[0] + tap[0] * dilation[0] - padding[0])
    pixels = pixels_of_tap(_images(planes), *tap[1:], _images(y), strides[1:], padding[1:], dilation[1:])
    return pixels.reshape(*y.shape[:4], x.shape[-1])


def _planes(volumes, numbers):
    """Return planes by number, zeros for those outside of the volume."""
    inside = np.flatnonzero((numbers >= 0) & (numbers < volumes.shape[1]))
    planes = np.zeros((volumes.shape[0], len(numbers), *volumes.shape[2:]), volumes.dtype)
    planes[:, inside] = volumes[:, numbers[inside]]
    return planes


def _images(volumes):
    """Return the planes of volumes as images."""
    samples, planes, *image = volumes.shape
    return volumes.reshape(samples * planes, *image)
