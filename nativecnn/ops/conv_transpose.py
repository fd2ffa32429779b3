"""Transposed 2-D convolution: the input gradient of a convolution as a forward pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._kernels.floating_point import contract_state
from .arguments import check_shape, empty, float_array
from .backend import kernels
from .conv import Conv2DGeometry, conv2d_geometry
from .windows import MOST, Pair, normalize_integer, normalize_pair, resolve_padding


class TransposeGeometry(NamedTuple):
    """What a transposed convolution needs besides its arrays."""

    output: Pair
    convolution: Conv2DGeometry
    """Of the *corresponding* convolution, which makes an image like the input of one like the output."""

    @property
    def kernel_arguments(self) -> tuple[Pair, Pair, Pair, int, str]:
        """Strides, (top, left) padding, dilation, groups and algorithm, as the kernels take them."""
        return self.convolution.kernel_arguments


def conv2d_transpose_geometry(
    image: tuple[int, int, int],
    kernel: tuple[int, int, int, int],
    strides: object = 1,
    padding: object = "valid",
    output_padding: object = None,
    dilation_rate: object = 1,
    groups: int = 1,
    algorithm: str = "auto",
    name: str = "conv2d_transpose",
) -> TransposeGeometry:
    """Check a transposed convolution of an image (rows, columns, channels) with a kernel's shape
    (kernel rows, kernel columns, filters / groups, channels), and return its geometry."""
    strides = normalize_pair(strides, f"{name}: strides")
    dilation = normalize_pair(dilation_rate, f"{name}: dilation_rate")
    groups = normalize_integer(groups, f"{name}: groups")
    if min(kernel) < 1:
        raise ValueError(f"{name}: expected a kernel without empty axes, got shape {kernel}")
    if kernel[3] != image[2]:
        raise ValueError(f"{name}: kernel {kernel} expects an input of {kernel[3]} channels, got {image[2]}")
    if image[2] % groups:
        raise ValueError(f"{name}: expected a number of channels divisible by {groups} groups, got {image[2]}")
    if min(image[:2]) < 1:
        raise ValueError(f"{name}: expected an image of at least one pixel, got a side of 0")
    sides = resolve_padding(padding, (1, 1), (1, 1), (1, 1), name=f"{name}: padding")
    extra = (None, None)
    if output_padding is not None:
        extra = normalize_pair(output_padding, f"{name}: output_padding", minimum=0)
        if extra[0] >= strides[0] or extra[1] >= strides[1]:
            raise ValueError(f"{name}: expected output_padding smaller than the strides {strides}, got {extra}")
    output, padded = zip(
        *(
            _axis(*axis, padding == "same", name)
            for axis in zip(image[:2], kernel[:2], strides, sides, extra, dilation, strict=True)
        ),
        strict=True,
    )
    filters = kernel[2] * groups
    convolution = conv2d_geometry((*output, filters), kernel, strides, padded, dilation, groups, algorithm, name)
    return TransposeGeometry(output, convolution)


def _axis(
    size: int, window: int, stride: int, side: Pair, extra: int | None, dilation: int, same: bool, name: str
) -> tuple[int, Pair]:
    """Return the output's pixels along an axis, and the padding with which they convolve to ``size`` pixels."""
    extent = (window - 1) * dilation + 1
    covered = (size - 1) * stride + extent
    if same:
        output = size * stride if extra is None else (size - 1) * stride + extent % 2 + extra
        missing = max(covered - output, 0)
        side = missing // 2, missing - missing // 2
    else:
        output = covered + (max(stride - extent, 0) if extra is None else extra) - sum(side)
    if not 1 <= output <= MOST:
        raise ValueError(f"{name}: expected 1 to {MOST} output pixels along each axis, got {output}")
    return output, side


@contract_state
def conv2d_transpose(
    x: object,
    kernel: object,
    bias: object = None,
    *,
    strides: object = 1,
    padding: object = "valid",
    output_padding: object = None,
    dilation_rate: object = 1,
    groups: int = 1,
    algorithm: str = "auto",
) -> np.ndarray:
    """Return the transposed 2-D convolution of ``x`` with ``kernel`` ("deconvolution").

    It is the input gradient of the *corresponding* convolution, with the same settings, that makes images like ``x`` of
    images like the result: every input pixel adds its multiple of the kernel to the output.

    Parameters
    ----------
    x : array, shape (samples, rows, columns, channels)
    kernel : array, shape (kernel rows, kernel columns, filters / groups, channels)
    bias : array, shape (filters,), optional
    strides, dilation_rate : int or (rows, columns)
    padding : "valid", "same", int or ((top, bottom), (left, right))
        What is cut off the output's edges. "same" yields size · stride pixels.
    output_padding : int or (rows, columns), optional
        Pixels more, at the bottom and right, than the last window reaches ("same": than (size − 1) · stride and one
        for an odd kernel); less than the strides. By default, as many as the strides exceed the dilated kernel
        ("same": as yield size · stride).
    groups : int
        Channels and filters are cut into so many groups, each on its own.
    algorithm : "auto", "direct" or "winograd"
        As for :func:`nativecnn.ops.conv2d`, decided from the corresponding convolution.

    Returns
    -------
    numpy.ndarray, float32, shape (samples, output rows, output columns, filters)

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, rank, shape or size.
    MemoryError
        If there is not enough memory for the result.
    """
    name = "conv2d_transpose"
    x = float_array(x, f"{name}: x", 4)
    kernel = float_array(kernel, f"{name}: kernel", 4)
    geometry = conv2d_transpose_geometry(
        x.shape[1:], kernel.shape, strides, padding, output_padding, dilation_rate, groups, algorithm
    )
    filters = kernel.shape[2] * geometry.convolution.groups
    if bias is not None:
        bias = float_array(bias, f"{name}: bias", 1)
        check_shape(bias, f"{name}: bias", (filters,))
    y = empty((x.shape[0], *geometry.output, filters), name)
    kernels().conv2d_transpose(x, kernel, bias, y, *geometry.kernel_arguments)
    return y


@contract_state
def conv2d_transpose_backward(
    dy: object,
    x: object,
    kernel: object,
    *,
    strides: object = 1,
    padding: object = "valid",
    output_padding: object = None,
    dilation_rate: object = 1,
    groups: int = 1,
    algorithm: str = "auto",
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients (input, kernel, bias) of :func:`conv2d_transpose` from that of its output.

    ``dy`` has the output's shape, the gradients those of ``x``, ``kernel`` and (filters,). The other arguments are
    those of :func:`conv2d_transpose`.
    """
    name = "conv2d_transpose_backward"
    x = float_array(x, f"{name}: x", 4)
    kernel = float_array(kernel, f"{name}: kernel", 4)
    dy = float_array(dy, f"{name}: dy", 4)
    geometry = conv2d_transpose_geometry(
        x.shape[1:], kernel.shape, strides, padding, output_padding, dilation_rate, groups, algorithm, name
    )
    filters = kernel.shape[2] * geometry.convolution.groups
    check_shape(dy, f"{name}: dy", (x.shape[0], *geometry.output, filters))
    dx, dkernel, dbias = (empty(shape, name) for shape in (x.shape, kernel.shape, (filters,)))
    settings = geometry.kernel_arguments
    kernels().conv2d(dy, kernel, None, dx, *settings)
    kernels().conv2d_kernel_gradient(dy, x, dkernel, None, *settings)
    kernels().bias_gradient(dy, dbias)
    return dx, dkernel, dbias
