"""3-D convolution."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._kernels.floating_point import contract_state
from .arguments import check_shape, empty, float_array
from .backend import kernels
from .conv import check_channels
from .windows import Padding, Sizes, normalize_integer, normalize_sizes, output_size, resolve_padding


class Conv3DGeometry(NamedTuple):
    """What a 3-D convolution needs besides its arrays."""

    strides: Sizes
    padding: Padding
    dilation: Sizes
    groups: int
    output: Sizes

    @property
    def kernel_arguments(self) -> tuple[Sizes, Sizes, Sizes, int]:
        """Strides, (front, top, left) padding, dilation and groups, as the kernels take them."""
        return self.strides, tuple(before for before, _ in self.padding), self.dilation, self.groups

    @property
    def algorithm(self) -> str:
        """The only one that there is."""
        return "direct"


def conv3d_geometry(
    volume: tuple[int, int, int, int],
    kernel: tuple[int, int, int, int, int],
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
    groups: int = 1,
    name: str = "conv3d",
) -> Conv3DGeometry:
    """Check a convolution of a volume (planes, rows, columns, channels) with a kernel's shape; return its geometry."""
    strides = normalize_sizes(strides, f"{name}: strides", 3)
    dilation = normalize_sizes(dilation_rate, f"{name}: dilation_rate", 3)
    groups = normalize_integer(groups, f"{name}: groups")
    check_channels(volume, kernel, groups, name)
    sides = resolve_padding(padding, volume[:3], kernel[:3], strides, dilation, f"{name}: padding")
    output = output_size(volume[:3], kernel[:3], strides, sides, dilation, name=name)
    return Conv3DGeometry(strides, sides, dilation, groups, output)


@contract_state
def conv3d(
    x: object,
    kernel: object,
    bias: object = None,
    *,
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
    groups: int = 1,
) -> np.ndarray:
    """Return the 3-D convolution (cross-correlation) of ``x`` with ``kernel``.

    Parameters
    ----------
    x : array, shape (samples, planes, rows, columns, channels)
    kernel : array, shape (kernel planes, kernel rows, kernel columns, channels / groups, filters)
    bias : array, shape (filters,), optional
    strides, dilation_rate : int or (planes, rows, columns)
    padding : "valid", "same", int or ((front, back), (top, bottom), (left, right))
        Zeros around the volume. "same" yields ceil(size / stride) pixels along each axis.
    groups : int
        Channels and filters are cut into so many groups, each convolved on its own.

    Returns
    -------
    numpy.ndarray, float32, shape (samples, output planes, output rows, output columns, filters)

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, rank, shape or size.
    MemoryError
        If there is not enough memory for the result.
    """
    x = float_array(x, "conv3d: x", 5)
    kernel = float_array(kernel, "conv3d: kernel", 5)
    geometry = conv3d_geometry(x.shape[1:], kernel.shape, strides, padding, dilation_rate, groups)
    if bias is not None:
        bias = float_array(bias, "conv3d: bias", 1)
        check_shape(bias, "conv3d: bias", kernel.shape[4:])
    y = empty((x.shape[0], *geometry.output, kernel.shape[4]), "conv3d")
    kernels().conv3d(x, kernel, bias, y, *geometry.kernel_arguments)
    return y


@contract_state
def conv3d_backward(
    dy: object,
    x: object,
    kernel: object,
    *,
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
    groups: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients (input, kernel, bias) of :func:`conv3d` from that of its output.

    ``dy`` has the output's shape, the gradients those of ``x``, ``kernel`` and (filters,). The other arguments are
    those of :func:`conv3d`.
    """
    name = "conv3d_backward"
    x = float_array(x, f"{name}: x", 5)
    kernel = float_array(kernel, f"{name}: kernel", 5)
    dy = float_array(dy, f"{name}: dy", 5)
    geometry = conv3d_geometry(x.shape[1:], kernel.shape, strides, padding, dilation_rate, groups, name)
    check_shape(dy, f"{name}: dy", (x.shape[0], *geometry.output, kernel.shape[4]))
    dx, dkernel, dbias = (empty(shape, name) for shape in (x.shape, kernel.shape, kernel.shape[4:]))
    kernels().conv3d_input_gradient(dy, kernel, dx, *geometry.kernel_arguments)
    kernels().conv3d_kernel_gradient(x, dy, dkernel, dbias, *geometry.kernel_arguments)
    return dx, dkernel, dbias
