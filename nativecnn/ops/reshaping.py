"""Values that move and stay what they are: padding with zeros, cropping, permuting axes, repeating pixels.

Lines, images and volumes are arrays of shape (samples, [[planes,] rows,] columns, channels).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import shown
from .arguments import empty, float_array
from .backend import kernels
from .windows import Padding, Sizes, normalize_sizes

_RANKS = (3, 4, 5)  # of arrays of lines, images and volumes


@contract_state
def zero_pad(x: object, padding: object) -> np.ndarray:
    """Return ``x`` with +0 around it; the gradient of its input is :func:`crop` by the same numbers.

    Parameters
    ----------
    x : array, shape (samples, [[planes,] rows,] columns, channels)
    padding : int, or one integer or (before, after) for each axis
        Pixels to add on both sides; of a line (left, right) as well.

    Returns
    -------
    numpy.ndarray, float32

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, rank or size.
    MemoryError
        If there is not enough memory for the result.
    """
    x = float_array(x, "zero_pad: x", _RANKS)
    sides = normalize_sides(padding, "zero_pad: padding", x.ndim - 2)
    sizes = tuple(size + sum(side) for size, side in zip(x.shape[1:-1], sides, strict=True))
    y = empty((x.shape[0], *sizes, x.shape[-1]), "zero_pad")
    kernels().zero_pad(x, y, tuple(side[0] for side in sides))
    return y


@contract_state
def crop(x: object, cropping: object) -> np.ndarray:
    """Return ``x`` without so many pixels on each side; the gradient of its input is :func:`zero_pad` by the same.

    Arguments as for :func:`zero_pad`; at least one pixel must remain.
    """
    x = float_array(x, "crop: x", _RANKS)
    sides = normalize_sides(cropping, "crop: cropping", x.ndim - 2)
    sizes = cropped_sizes(x.shape[1:-1], sides, "crop")
    y = empty((x.shape[0], *sizes, x.shape[-1]), "crop")
    kernels().crop(x, y, tuple(side[0] for side in sides))
    return y


@contract_state
def upsample(x: object, size: object = 2, interpolation: str = "nearest") -> np.ndarray:
    """Return ``x`` with more pixels along each axis.

    Parameters
    ----------
    x : array, shape (samples, [[planes,] rows,] columns, channels)
    size : int, or one integer for each axis
        How many for one.
    interpolation : "nearest" or "bilinear"
        Whether pixels are repeated, or (of images) values between them taken, as Keras does.
    """
    x = float_array(x, "upsample: x", _RANKS)
    factors = normalize_sizes(size, "upsample: size", x.ndim - 2)
    kernel = interpolation_kernel(interpolation, x.ndim - 2, "upsample: interpolation")
    sizes = tuple(pixels * factor for pixels, factor in zip(x.shape[1:-1], factors, strict=True))
    y = empty((x.shape[0], *sizes, x.shape[-1]), "upsample")
    getattr(kernels(), kernel)(x, y, factors)
    return y


@contract_state
def upsample_backward(dy: object, size: object = 2, interpolation: str = "nearest") -> np.ndarray:
    """Return the gradient of the input of :func:`upsample`."""
    dy = float_array(dy, "upsample_backward: dy", _RANKS)
    factors = normalize_sizes(size, "upsample_backward: size", dy.ndim - 2)
    kernel = interpolation_kernel(interpolation, dy.ndim - 2, "upsample_backward: interpolation")
    pixels = dy.shape[1:-1]
    if any(count % factor for count, factor in zip(pixels, factors, strict=True)):
        raise ValueError(f"upsample_backward: dy: expected whole multiples of {factors} pixels, got {pixels}")
    sizes = tuple(count // factor for count, factor in zip(pixels, factors, strict=True))
    dx = empty((dy.shape[0], *sizes, dy.shape[-1]), "upsample_backward")
    getattr(kernels(), f"{kernel}_gradient")(dy, dx, factors)
    return dx


def interpolation_kernel(interpolation: object, axes: int, name: str) -> str:
    """Return the name of the kernel of an interpolation.

    Raises
    ------
    TypeError
        If it is no text.
    ValueError
        If there is none of that name, or not along so many axes.
    """
    if not isinstance(interpolation, str):
        raise TypeError(f'{name}: expected "nearest" or "bilinear", got {shown(interpolation)}')
    if interpolation not in ("nearest", "bilinear"):
        raise ValueError(f'{name}: expected "nearest" or "bilinear", got {shown(interpolation)}')
    if interpolation == "bilinear" and axes != 2:
        raise ValueError(f'{name}: expected "nearest" along {axes} axes, got "bilinear", which is for images')
    return "upsample" if interpolation == "nearest" else "upsample_bilinear"


@contract_state
def permute(x: object, axes: Sequence[int]) -> np.ndarray:
    """Return ``x`` with its axes in another order: axis k of the result is axis ``axes[k]`` of ``x``."""
    x = float_array(x, "permute: x")
    if not isinstance(axes, Sequence) or isinstance(axes, str | bytes | bytearray | memoryview):
        raise TypeError(f"permute: axes: expected a sequence of integers, got {shown(axes)}")
    order = normalize_permutation(axes, x.ndim, "permute: axes", first=0)
    y = empty(tuple(x.shape[axis] for axis in order), "permute")
    kernels().permute(x, y, order)
    return y


def normalize_permutation(axes: Sequence[object], count: int, name: str, first: int) -> tuple[int, ...]:
    """Return ``axes`` if each of the ``count`` integers from ``first`` on is there once.

    Raises
    ------
    TypeError
        If one is no integer.
    ValueError
        If they are no permutation.
    """
    numbers = tuple(normalize_sizes(axis, name, 1, minimum=-(2**31))[0] for axis in axes)
    if sorted(numbers) != list(range(first, first + count)):
        raise ValueError(
            f"{name}: expected each of {', '.join(map(str, range(first, first + count)))} once, got {shown(axes)}"
        )
    return numbers


def normalize_sides(value: object, name: str, axes: int) -> Padding:
    """Return pixels before and after each axis from one integer, or an integer or a pair for each axis.

    Two integers are the sides of a line.

    Raises
    ------
    TypeError
        If they are none of this.
    ValueError
        If one is negative, or absurdly large.
    """
    texts = str, bytes, bytearray, memoryview
    if not isinstance(value, Sequence) or isinstance(value, texts):
        return (normalize_sizes(value, name, 2, minimum=0),) * axes
    sides = (value,) if axes == 1 and len(value) == 2 else value
    if len(sides) != axes:
        raise TypeError(f"{name}: expected an integer, or {axes} integers or pairs, got {shown(value)}")
    return tuple(normalize_sizes(side, name, 2, minimum=0) for side in sides)


def cropped_sizes(sizes: Sizes, sides: Padding, name: str) -> Sizes:
    """Return the sizes that remain; raise ``ValueError`` where nothing does."""
    remaining = tuple(size - sum(side) for size, side in zip(sizes, sides, strict=True))
    if min(remaining) < 1:
        raise ValueError(f"{name}: expected to leave at least one pixel of {sizes}, got cropping by {sides}")
    return remaining
