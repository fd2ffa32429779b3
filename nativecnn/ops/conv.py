"""2-D convolution."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._kernels.floating_point import contract_state
from .algorithms import check_algorithm, choose_algorithm
from .arguments import check_shape, empty, float_array
from .backend import kernels
from .windows import Padding, Pair, normalize_integer, normalize_pair, output_size, resolve_padding


class Conv2DGeometry(NamedTuple):
    """What a convolution needs besides its arrays."""

    strides: Pair
    padding: Padding
    dilation: Pair
    groups: int
    output: Pair
    algorithm: str
    """``"direct"``, ``"winograd_2x2"`` or ``"winograd_4x4"``."""

    @property
    def kernel_arguments(self) -> tuple[Pair, Pair, Pair, int, str]:
        """Strides, (top, left) padding, dilation, groups and algorithm, as the kernels take them."""
        return self.strides, (self.padding[0][0], self.padding[1][0]), self.dilation, self.groups, self.algorithm


def conv2d_geometry(
    image: tuple[int, int, int],
    kernel: tuple[int, int, int, int],
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
    groups: int = 1,
    algorithm: str = "auto",
    name: str = "conv2d",
) -> Conv2DGeometry:
    """Check a convolution of an image (rows, columns, channels) with a kernel's shape, and return its geometry."""
    strides = normalize_pair(strides, f"{name}: strides")
    dilation = normalize_pair(dilation_rate, f"{name}: dilation_rate")
    groups = normalize_integer(groups, f"{name}: groups")
    check_channels(image, kernel, groups, name)
    sides = resolve_padding(padding, image[:2], kernel[:2], strides, dilation, f"{name}: padding")
    output = output_size(image[:2], kernel[:2], strides, sides, dilation, name=name)
    check_algorithm(algorithm, kernel[:2], strides, dilation, groups, name)
    chosen = choose_algorithm(algorithm, kernel, strides, sides, dilation, groups, output)
    return Conv2DGeometry(strides, sides, dilation, groups, output, chosen)


def check_channels(image: tuple[int, ...], kernel: tuple[int, ...], groups: int, name: str) -> None:
    """Raise ``ValueError`` unless the channels of an image (…, channels) and those and the filters of a kernel
    (…, channels / groups, filters) fit one another."""
    channels, filters = kernel[-2:]
    if min(kernel) < 1:
        raise ValueError(f"{name}: expected a kernel without empty axes, got shape {kernel}")
    if channels * groups != image[-1]:
        expected = f"{channels * groups} channels" + (f" ({groups} groups of {channels})" if groups > 1 else "")
        raise ValueError(f"{name}: kernel {kernel} expects an input of {expected}, got {image[-1]} (image {image})")
    if filters % groups:
        raise ValueError(f"{name}: expected a number of filters divisible by {groups} groups, got {filters}")


@contract_state
def conv2d(
    x: object,
    kernel: object,
    bias: object = None,
    *,
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
    groups: int = 1,
    algorithm: str = "auto",
) -> np.ndarray:
    """Return the 2-D convolution (cross-correlation) of ``x`` with ``kernel``.

    Parameters
    ----------
    x : array, shape (samples, rows, columns, channels)
    kernel : array, shape (kernel rows, kernel columns, channels / groups, filters)
    bias : array, shape (filters,), optional
    strides, dilation_rate : int or (rows, columns)
    padding : "valid", "same", int or ((top, bottom), (left, right))
        Zeros around the image. "same" yields ceil(size / stride) pixels.
    groups : int
        Channels and filters are cut into so many groups, each convolved on its own.
    algorithm : "auto", "direct" or "winograd"
        "direct" has the smallest error. "winograd" takes fewer operations and is for 3 × 3 taps with strides and
        dilation 1 in one group. "auto" chooses by the settings and sizes alone. See docs/arithmetic.md for all of it.

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
    x = float_array(x, "conv2d: x", 4)
    kernel = float_array(kernel, "conv2d: kernel", 4)
    geometry = conv2d_geometry(x.shape[1:], kernel.shape, strides, padding, dilation_rate, groups, algorithm)
    if bias is not None:
        bias = float_array(bias, "conv2d: bias", 1)
        check_shape(bias, "conv2d: bias", kernel.shape[3:])
    y = empty((x.shape[0], *geometry.output, kernel.shape[3]), "conv2d")
    kernels().conv2d(x, kernel, bias, y, *geometry.kernel_arguments)
    return y


@contract_state
def conv2d_backward(
    dy: object,
    x: object,
    kernel: object,
    *,
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
    groups: int = 1,
    algorithm: str = "auto",
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients (input, kernel, bias) of :func:`conv2d` from that of its output.

    ``dy`` has the output's shape, the gradients those of ``x``, ``kernel`` and (filters,). The other arguments are
    those of :func:`conv2d`.
    """
    x = float_array(x, "conv2d_backward: x", 4)
    kernel = float_array(kernel, "conv2d_backward: kernel", 4)
    dy = float_array(dy, "conv2d_backward: dy", 4)
    geometry = conv2d_geometry(
        x.shape[1:], kernel.shape, strides, padding, dilation_rate, groups, algorithm, name="conv2d_backward"
    )
    check_shape(dy, "conv2d_backward: dy", (x.shape[0], *geometry.output, kernel.shape[3]))
    dx, dkernel, dbias = (empty(shape, "conv2d_backward") for shape in (x.shape, kernel.shape, kernel.shape[3:]))
    kernels().conv2d_input_gradient(dy, kernel, dx, *geometry.kernel_arguments)
    kernels().conv2d_kernel_gradient(x, dy, dkernel, dbias, *geometry.kernel_arguments)
    return dx, dkernel, dbias
