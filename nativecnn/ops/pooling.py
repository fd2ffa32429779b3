"""Max and average pooling of lines, images and volumes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .._kernels.floating_point import contract_state
from .arguments import check_shape, empty, float_array
from .backend import kernels
from .windows import Padding, Sizes, normalize_flag, normalize_sizes, output_size, resolve_padding


class PoolingGeometry(NamedTuple):
    """What pooling needs besides its arrays, along the axes of a line, an image or a volume."""

    pool_size: Sizes
    strides: Sizes
    padding: Padding
    output: Sizes

    @property
    def kernel_arguments(self) -> tuple[Sizes, Sizes, Sizes]:
        """Window, strides and the padding before each axis, as the kernels take them: a line is a row of an image."""
        before = tuple(side[0] for side in self.padding)
        if len(before) == 1:
            return (1, *self.pool_size), (1, *self.strides), (0, *before)
        return self.pool_size, self.strides, before


def pooling_geometry(
    image: Sizes,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
    name: str = "pooling",
) -> PoolingGeometry:
    """Check pooling of a line, an image or a volume of these sizes and return its geometry.

    Strides default to the window.
    """
    axes = len(image)
    window = normalize_sizes(pool_size, f"{name}: pool_size", axes)
    strides = window if strides is None else normalize_sizes(strides, f"{name}: strides", axes)
    sides = resolve_padding(padding, image, window, strides, name=f"{name}: padding")
    for side, size in zip(sides, window, strict=True):
        if max(side) >= size:
            raise ValueError(f"{name}: expected padding smaller than the window {window}, got {sides}")
    ceil_mode = normalize_flag(ceil_mode, f"{name}: ceil_mode")
    output = output_size(image, window, strides, sides, ceil_mode=ceil_mode, name=name)
    return PoolingGeometry(window, strides, sides, output)


@contract_state
def max_pool1d(
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
    x : array, shape (samples, steps, channels)
    pool_size, strides : int
        The window, and the step from one to the next (by default as large as the window).
    padding : "valid", "same", int or (left, right)
        By how much windows may overlap the ends. Padding never takes part.
    ceil_mode : bool
        Whether to keep the partial window at the end.

    Returns
    -------
    numpy.ndarray, float32, shape (samples, output steps, channels)

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, rank, shape or size.
    MemoryError
        If there is not enough memory for the result.
    """
    return _pooled("max", 1, x, (pool_size, strides, padding, ceil_mode))


@contract_state
def max_pool1d_backward(
    dy: object,
    x: object,
    *,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the gradient of the input of :func:`max_pool1d` from that of its output."""
    return _max_gradient(1, dy, x, (pool_size, strides, padding, ceil_mode))


@contract_state
def average_pool1d(
    x: object,
    *,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the mean of each window's steps inside the line. Arguments as for :func:`max_pool1d`."""
    return _pooled("average", 1, x, (pool_size, strides, padding, ceil_mode))


@contract_state
def average_pool1d_backward(
    dy: object,
    steps: int,
    *,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the gradient of the input, of so many ``steps``, of :func:`average_pool1d`."""
    steps = normalize_sizes(steps, "average_pool1d_backward: steps", 1)
    return _average_gradient(1, dy, steps, (pool_size, strides, padding, ceil_mode))


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
    return _pooled("max", 2, x, (pool_size, strides, padding, ceil_mode))


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
    return _max_gradient(2, dy, x, (pool_size, strides, padding, ceil_mode))


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
    return _pooled("average", 2, x, (pool_size, strides, padding, ceil_mode))


@contract_state
def average_pool2d_backward(
    dy: object,
    image: Sizes,
    *,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the gradient of the input, of ``image`` (rows, columns) pixels, of :func:`average_pool2d`."""
    image = normalize_sizes(image, "average_pool2d_backward: image", 2)
    return _average_gradient(2, dy, image, (pool_size, strides, padding, ceil_mode))


@contract_state
def max_pool3d(
    x: object,
    *,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the largest value of each window of ``x``, of shape (samples, planes, rows, columns, channels).

    As :func:`max_pool2d`; sizes are one integer or three, pixels of padding ((front, back), (top, bottom), (left,
    right)).
    """
    return _pooled("max", 3, x, (pool_size, strides, padding, ceil_mode))


@contract_state
def max_pool3d_backward(
    dy: object,
    x: object,
    *,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the gradient of the input of :func:`max_pool3d` from that of its output."""
    return _max_gradient(3, dy, x, (pool_size, strides, padding, ceil_mode))


@contract_state
def average_pool3d(
    x: object,
    *,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the mean of each window's pixels inside the volume. Arguments as for :func:`max_pool3d`."""
    return _pooled("average", 3, x, (pool_size, strides, padding, ceil_mode))


@contract_state
def average_pool3d_backward(
    dy: object,
    volume: Sizes,
    *,
    pool_size: object = 2,
    strides: object = None,
    padding: object = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the gradient of the input, of ``volume`` (planes, rows, columns) pixels, of :func:`average_pool3d`."""
    volume = normalize_sizes(volume, "average_pool3d_backward: volume", 3)
    return _average_gradient(3, dy, volume, (pool_size, strides, padding, ceil_mode))


def kernel_of(kind: str, axes: int) -> str:
    """Return the name of the kernel that pools so many axes: a line is a row of an image."""
    return f"{kind}_pool{max(axes, 2)}d"


def as_kernels_take(array: np.ndarray) -> np.ndarray:
    """Return an array of lines, images or volumes as the kernels take it: lines as images of one row."""
    return array[:, None] if array.ndim == 3 else array


def _pooled(kind: str, axes: int, x: object, options: Sequence[object]) -> np.ndarray:
    name = f"{kind}_pool{axes}d"
    x = float_array(x, f"{name}: x", axes + 2)
    geometry = pooling_geometry(x.shape[1:-1], *options, name)
    y = empty((x.shape[0], *geometry.output, x.shape[-1]), name)
    kernel = getattr(kernels(), kernel_of(kind, axes))
    kernel(as_kernels_take(x), as_kernels_take(y), *geometry.kernel_arguments)
    return y


def _max_gradient(axes: int, dy: object, x: object, options: Sequence[object]) -> np.ndarray:
    name = f"max_pool{axes}d_backward"
    x = float_array(x, f"{name}: x", axes + 2)
    dy = float_array(dy, f"{name}: dy", axes + 2)
    geometry = pooling_geometry(x.shape[1:-1], *options, name)
    check_shape(dy, f"{name}: dy", (x.shape[0], *geometry.output, x.shape[-1]))
    dx = empty(x.shape, name)
    kernel = getattr(kernels(), f"{kernel_of('max', axes)}_gradient")
    kernel(*map(as_kernels_take, (dy, x, dx)), *geometry.kernel_arguments)
    return dx


def _average_gradient(axes: int, dy: object, image: Sizes, options: Sequence[object]) -> np.ndarray:
    name = f"average_pool{axes}d_backward"
    dy = float_array(dy, f"{name}: dy", axes + 2)
    geometry = pooling_geometry(image, *options, name)
    check_shape(dy, f"{name}: dy", (dy.shape[0], *geometry.output, dy.shape[-1]))
    dx = empty((dy.shape[0], *image, dy.shape[-1]), name)
    kernel = getattr(kernels(), f"{kernel_of('average', axes)}_gradient")
    kernel(*map(as_kernels_take, (dy, dx)), *geometry.kernel_arguments)
    return dx
