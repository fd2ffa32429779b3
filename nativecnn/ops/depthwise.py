"""Depthwise 2-D convolution: every channel with filters of its own, a convolution with as many groups as channels."""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from .arguments import check_shape, empty, float_array
from .backend import kernels
from .conv import Conv2DGeometry, conv2d_geometry
from .windows import Sizes


def depthwise_geometry(
    image: tuple[int, int, int],
    kernel: tuple[int, int, int, int],
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
    name: str = "depthwise_conv2d",
) -> Conv2DGeometry:
    """Check a depthwise convolution of an image (rows, columns, channels); return the geometry of the one in groups."""
    if min(kernel) < 1:
        raise ValueError(f"{name}: expected a kernel without empty axes, got shape {kernel}")
    if kernel[2] != image[2]:
        raise ValueError(f"{name}: kernel {kernel} expects an input of {kernel[2]} channels, got {image[2]}")
    grouped = grouped_shape(kernel)
    return conv2d_geometry(image, grouped, strides, padding, dilation_rate, image[2], "direct", name)


def grouped_shape(kernel: Sizes) -> Sizes:
    """Return the shape of a kernel (…, channels, filters of a channel) as that of a convolution in groups."""
    return (*kernel[:-2], 1, kernel[-2] * kernel[-1])


@contract_state
def depthwise_conv2d(
    x: object,
    kernel: object,
    bias: object = None,
    *,
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
) -> np.ndarray:
    """Return the depthwise 2-D convolution of ``x``: each channel convolved with its own ``depth_multiplier`` filters.

    Parameters
    ----------
    x : array, shape (samples, rows, columns, channels)
    kernel : array, shape (kernel rows, kernel columns, channels, depth multiplier)
    bias : array, shape (channels · depth multiplier,), optional
    strides, dilation_rate : int or (rows, columns)
    padding : "valid", "same", int or ((top, bottom), (left, right))
        Zeros around the image. "same" yields ceil(size / stride) pixels.

    Returns
    -------
    numpy.ndarray, float32, shape (samples, output rows, output columns, channels · depth multiplier)
        Filter m of channel c is channel c · depth multiplier + m.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, rank, shape or size.
    MemoryError
        If there is not enough memory for the result.
    """
    x = float_array(x, "depthwise_conv2d: x", 4)
    kernel = float_array(kernel, "depthwise_conv2d: kernel", 4)
    geometry = depthwise_geometry(x.shape[1:], kernel.shape, strides, padding, dilation_rate)
    grouped = kernel.reshape(grouped_shape(kernel.shape))
    if bias is not None:
        bias = float_array(bias, "depthwise_conv2d: bias", 1)
        check_shape(bias, "depthwise_conv2d: bias", grouped.shape[3:])
    y = empty((x.shape[0], *geometry.output, grouped.shape[3]), "depthwise_conv2d")
    kernels().conv2d(x, grouped, bias, y, *geometry.kernel_arguments)
    return y


@contract_state
def depthwise_conv2d_backward(
    dy: object,
    x: object,
    kernel: object,
    *,
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients (input, kernel, bias) of :func:`depthwise_conv2d` from that of its output.

    ``dy`` has the output's shape, the gradients those of ``x``, ``kernel`` and (channels · depth multiplier,). The
    other arguments are those of :func:`depthwise_conv2d`.
    """
    name = "depthwise_conv2d_backward"
    x = float_array(x, f"{name}: x", 4)
    kernel = float_array(kernel, f"{name}: kernel", 4)
    dy = float_array(dy, f"{name}: dy", 4)
    geometry = depthwise_geometry(x.shape[1:], kernel.shape, strides, padding, dilation_rate, name)
    grouped = kernel.reshape(grouped_shape(kernel.shape))
    check_shape(dy, f"{name}: dy", (x.shape[0], *geometry.output, grouped.shape[3]))
    dx, dkernel, dbias = (empty(shape, name) for shape in (x.shape, kernel.shape, grouped.shape[3:]))
    settings = geometry.kernel_arguments
    kernels().conv2d_input_gradient(dy, grouped, dx, *settings)
    kernels().conv2d_kernel_gradient(x, dy, dkernel.reshape(grouped.shape), dbias, *settings)
    return dx, dkernel, dbias
