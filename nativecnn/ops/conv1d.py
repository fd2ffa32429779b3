"""1-D convolution: the 2-D one over images of one row."""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import shown
from .arguments import check_shape, empty, float_array
from .backend import kernels
from .conv import Conv2DGeometry, check_channels, conv2d_geometry
from .windows import Padding, normalize_integer, normalize_sizes, resolve_padding


def resolve_row_padding(
    padding: object, size: int, window: int, stride: int = 1, dilation: int = 1, name: str = "padding"
) -> Padding:
    """Return the padding of a row, ``((left, right),)``; ``"causal"`` is all on the left, as wide as windows reach."""
    if isinstance(padding, str):
        if padding == "causal":
            return (((window - 1) * dilation, 0),)
        if padding not in ("valid", "same"):
            raise ValueError(f'{name}: expected "valid", "same", "causal", an integer or a pair, got {shown(padding)}')
    return resolve_padding(padding, (size,), (window,), (stride,), (dilation,), name)


def conv1d_geometry(
    row: tuple[int, int],
    kernel: tuple[int, int, int],
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
    groups: int = 1,
    name: str = "conv1d",
) -> Conv2DGeometry:
    """Check a convolution of a row (steps, channels) with a kernel's shape; return the geometry of the same in 2-D.

    Row and kernel are one row high there.
    """
    (stride,) = normalize_sizes(strides, f"{name}: strides", 1)
    (dilation,) = normalize_sizes(dilation_rate, f"{name}: dilation_rate", 1)
    groups = normalize_integer(groups, f"{name}: groups")
    check_channels(row, kernel, groups, name)
    (side,) = resolve_row_padding(padding, row[0], kernel[0], stride, dilation, f"{name}: padding")
    sides = ((0, 0), side)
    return conv2d_geometry((1, *row), (1, *kernel), (1, stride), sides, (1, dilation), groups, "direct", name)


@contract_state
def conv1d(
    x: object,
    kernel: object,
    bias: object = None,
    *,
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
    groups: int = 1,
) -> np.ndarray:
    """Return the 1-D convolution (cross-correlation) of ``x`` with ``kernel``.

    Parameters
    ----------
    x : array, shape (samples, steps, channels)
    kernel : array, shape (kernel steps, channels / groups, filters)
    bias : array, shape (filters,), optional
    strides, dilation_rate : int
    padding : "valid", "same", "causal", int or (left, right)
        Zeros around the steps. "same" yields ceil(steps / stride) of them. "causal" pads on the left only, so that no
        output depends on a later input.
    groups : int
        Channels and filters are cut into so many groups, each convolved on its own.

    Returns
    -------
    numpy.ndarray, float32, shape (samples, output steps, filters)

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, rank, shape or size.
    MemoryError
        If there is not enough memory for the result.
    """
    x = float_array(x, "conv1d: x", 3)
    kernel = float_array(kernel, "conv1d: kernel", 3)
    geometry = conv1d_geometry(x.shape[1:], kernel.shape, strides, padding, dilation_rate, groups)
    if bias is not None:
        bias = float_array(bias, "conv1d: bias", 1)
        check_shape(bias, "conv1d: bias", kernel.shape[2:])
    y = empty((x.shape[0], geometry.output[1], kernel.shape[2]), "conv1d")
    kernels().conv2d(x[:, None], kernel[None], bias, y[:, None], *geometry.kernel_arguments)
    return y


@contract_state
def conv1d_backward(
    dy: object,
    x: object,
    kernel: object,
    *,
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
    groups: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients (input, kernel, bias) of :func:`conv1d` from that of its output.

    ``dy`` has the output's shape, the gradients those of ``x``, ``kernel`` and (filters,). The other arguments are
    those of :func:`conv1d`.
    """
    name = "conv1d_backward"
    x = float_array(x, f"{name}: x", 3)
    kernel = float_array(kernel, f"{name}: kernel", 3)
    dy = float_array(dy, f"{name}: dy", 3)
    geometry = conv1d_geometry(x.shape[1:], kernel.shape, strides, padding, dilation_rate, groups, name)
    check_shape(dy, f"{name}: dy", (x.shape[0], geometry.output[1], kernel.shape[2]))
    dx, dkernel, dbias = (empty(shape, name) for shape in (x.shape, kernel.shape, kernel.shape[2:]))
    settings = geometry.kernel_arguments
    kernels().conv2d_input_gradient(dy[:, None], kernel[None], dx[:, None], *settings)
    kernels().conv2d_kernel_gradient(x[:, None], dy[:, None], dkernel[None], dbias, *settings)
    return dx, dkernel, dbias
