"""Max and average pooling."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._kernels.floating_point import contract_state
from .arguments import check_shape, empty, float_array
from .backend import kernels
from .windows import Padding, Pair, normalize_flag, normalize_pair, output_size, resolve_padding


class PoolingGeometry(NamedTuple):
    """What pooling needs besides its arrays."""

    pool_size: Pair
    strides: Pair
    padding: Padding
    output: Pair

    @property
    def kernel_arguments(self) -> tuple[Pair, Pair, Pair]:
        """Window, strides and (top, left) padding, as the kernels take them."""
        return self.pool_size, self.strides, (self.padding[0][0], self.padding[1][0])


def pooling_geometry(
    image: Pair,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
    name: str = "pooling",
) -> PoolingGeometry:
    """Check pooling of an image (rows, columns) and return its geometry. Strides default to the window."""
    window = normalize_pair(pool_size, f"{name}: pool_size")
    strides = window if strides is None else normalize_pair(strides, f"{name}: strides")
    sides = resolve_padding(padding, image, window, strides, name=f"{name}: padding")
    for side, size in zip(sides, window, strict=True):
        if max(side) >= size:
            raise ValueError(f"{name}: expected padding smaller than the window {window}, got {sides}")
    ceil_mode = normalize_flag(ceil_mode, f"{name}: ceil_mode")
    output = output_size(image, window, strides, sides, ceil_mode=ceil_mode, name=name)
    return PoolingGeometry(window, strides, sides, output)


@contract_state
def max_pool2d(
    x: object,
    *,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the largest value of each window of ``x``; a NaN counts as larger than any number.

    Parameters
    ----------
    x : array, shape (samples, rows, columns, channels)
    pool_size, strides : int or (rows, columns)
        The window, and the step from one to the next (by default as large as the window).
    padding : "valid", "same", int or ((top, bottom), (left, right))
        By how much windows may overlap the image's edges. Padding never takes part.
    ceil_mode : bool
        Whether to keep the partial windows at the bottom and right edges.

    Returns
    -------
    numpy.ndarray, float32, shape (samples, output rows, output columns, channels)

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, rank, shape or size.
    MemoryError
        If there is not enough memory for the result.
    """
    x = float_array(x, "max_pool2d: x", 4)
    geometry = pooling_geometry(x.shape[1:3], pool_size, strides, padding, ceil_mode, "max_pool2d")
    y = empty((x.shape[0], *geometry.output, x.shape[3]), "max_pool2d")
    kernels().max_pool2d(x, y, *geometry.kernel_arguments)
    return y


@contract_state
def max_pool2d_backward(
    dy: object,
    x: object,
    *,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the gradient of the input of :func:`max_pool2d` from that of its output."""
    x = float_array(x, "max_pool2d_backward: x", 4)
    dy = float_array(dy, "max_pool2d_backward: dy", 4)
    geometry = pooling_geometry(x.shape[1:3], pool_size, strides, padding, ceil_mode, "max_pool2d_backward")
    check_shape(dy, "max_pool2d_backward: dy", (x.shape[0], *geometry.output, x.shape[3]))
    dx = empty(x.shape, "max_pool2d_backward")
    kernels().max_pool2d_gradient(dy, x, dx, *geometry.kernel_arguments)
    return dx


@contract_state
def average_pool2d(
    x: object,
    *,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the mean of each window's pixels inside the image. Arguments as for :func:`max_pool2d`."""
    x = float_array(x, "average_pool2d: x", 4)
    geometry = pooling_geometry(x.shape[1:3], pool_size, strides, padding, ceil_mode, "average_pool2d")
    y = empty((x.shape[0], *geometry.output, x.shape[3]), "average_pool2d")
    kernels().average_pool2d(x, y, *geometry.kernel_arguments)
    return y


@contract_state
def average_pool2d_backward(
    dy: object,
    image: Pair,
    *,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the gradient of the input, of ``image`` (rows, columns) pixels, of :func:`average_pool2d`."""
    dy = float_array(dy, "average_pool2d_backward: dy", 4)
    image = normalize_pair(image, "average_pool2d_backward: image")
    geometry = pooling_geometry(image, pool_size, strides, padding, ceil_mode, "average_pool2d_backward")
    check_shape(dy, "average_pool2d_backward: dy", (dy.shape[0], *geometry.output, dy.shape[3]))
    dx = empty((dy.shape[0], *image, dy.shape[3]), "average_pool2d_backward")
    kernels().average_pool2d_gradient(dy, dx, *geometry.kernel_arguments)
    return dx
