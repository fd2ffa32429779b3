"""The geometry of sliding windows along one, two or three axes, shared by convolution and pooling.

Sizes, strides and so on are tuples of one integer an axis: (columns,), (rows, columns) or (planes, rows, columns).
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import index as as_index

import numpy as np

from ..checks import shown

Sizes = tuple[int, ...]
Pair = tuple[int, int]
Padding = tuple[Pair, ...]
"""Pixels before and after the image, for each axis."""

MOST = 2**31 - 1  # so that places in an image stay far within 64 bits
_TEXTS = (str, bytes, bytearray, memoryview)  # sequences, of integers some of them, that nobody means as a pair

# How messages name what is expected, by the number of axes.
_SIZES = {1: "an integer", 2: "an integer or a pair of integers", 3: "an integer or three integers"}
_PAIRS = {1: "(left, right)", 2: "((top, bottom), (left, right))", 3: "((front, back), (top, bottom), (left, right))"}


def normalize_integer(value: object, name: str, minimum: int = 1, expected: str = "an integer") -> int:
    """Return ``value`` as an integer from ``minimum`` on.

    Raises
    ------
    TypeError
        If it is none (a bool counts as none).
    ValueError
        If it is smaller, or absurdly large.
    """
    return _integers((value,), value, name, minimum, expected)[0]


def normalize_pair(value: object, name: str, minimum: int = 1) -> Pair:
    """Return ``value``, one integer or two, as a pair (rows, columns) of integers from ``minimum`` on.

    Raises
    ------
    TypeError
        If it is neither (a bool counts as no integer).
    ValueError
        If one is smaller, or absurdly large.
    """
    return normalize_sizes(value, name, 2, minimum)


def normalize_sizes(value: object, name: str, axes: int, minimum: int = 1) -> Sizes:
    """Return ``value``, one integer or one for each of 1 to 3 axes, as a tuple of integers from ``minimum`` on.

    Raises
    ------
    TypeError
        If it is neither (a bool counts as no integer).
    ValueError
        If one is smaller, or absurdly large.
    """
    parts = tuple(value) if isinstance(value, Sequence) and not isinstance(value, _TEXTS) else (value,) * axes
    if len(parts) != axes:
        raise TypeError(f"{name}: expected {_SIZES[axes]}, got {shown(value)}")
    return _integers(parts, value, name, minimum, _SIZES[axes])


def normalize_flag(value: object, name: str) -> bool:
    """Return ``value`` if it is a bool (or NumPy's), else raise ``TypeError``."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: expected True or False, got {shown(value)}")
    return bool(value)


def _integers(parts: tuple, value: object, name: str, minimum: int, expected: str) -> tuple[int, ...]:
    try:
        integers = tuple(as_index(part) for part in parts)
    except TypeError:
        integers = ()
    if not integers or any(isinstance(part, bool) for part in parts):
        raise TypeError(f"{name}: expected {expected}, got {shown(value)}")
    if min(integers) < minimum:
        raise ValueError(f"{name}: expected integers of at least {minimum}, got {shown(value)}")
    if max(integers) > MOST:
        raise ValueError(f"{name}: expected integers of at most {MOST}, got {shown(value)}")
    return integers


def resolve_padding(
    padding: object,
    image: Sizes,
    window: Sizes,
    strides: Sizes,
    dilation: Sizes | None = None,
    name: str = "padding",
) -> Padding:
    """Return the padding as pixels before and after each of the image's axes: ``((top, bottom), (left, right))``.

    ``"valid"`` is none. ``"same"`` gives ``ceil(size / stride)`` outputs an axis, the odd pixel at the bottom and
    right, as TensorFlow does. One integer pads every side alike. The only axis of a row may be given as
    ``(left, right)``.
    """
    axes = len(image)
    if isinstance(padding, str):
        if padding == "valid":
            return ((0, 0),) * axes
        if padding == "same":
            return tuple(_same(*axis) for axis in zip(image, window, strides, dilation or (1,) * axes, strict=True))
        raise ValueError(f'{name}: expected "valid", "same", an integer or pairs, got {shown(padding)}')
    if isinstance(padding, Sequence):
        sides = padding
        if axes == 1 and len(padding) == 2 and not any(isinstance(part, Sequence) for part in padding):
            sides = (padding,)
        if len(sides) != axes or not all(isinstance(part, Sequence) for part in sides) or isinstance(padding, _TEXTS):
            raise TypeError(f"{name}: expected {_PAIRS[axes]}, got {shown(padding)}")
        return tuple(normalize_pair(side, name, minimum=0) for side in sides)
    return (normalize_pair(padding, name, minimum=0),) * axes


def output_size(
    image: Sizes,
    window: Sizes,
    strides: Sizes,
    padding: Padding,
    dilation: Sizes | None = None,
    ceil_mode: bool = False,
    name: str = "output",
) -> Sizes:
    """Return how many windows fit along each axis.

    ``ceil_mode`` adds a last window that reaches beyond the padded image where one is needed to cover it, but none
    that would begin beyond the image and its leading padding.

    Raises
    ------
    ValueError
        If the window, dilated, is larger than the padded image.
    """
    axes = zip(image, window, strides, padding, dilation or (1,) * len(image), strict=True)
    return tuple(_output_length(*axis, ceil_mode, name) for axis in axes)


def _extent(window: int, dilation: int) -> int:
    return (window - 1) * dilation + 1


def _same(size: int, window: int, stride: int, dilation: int) -> Pair:
    missing = max((-(-size // stride) - 1) * stride + _extent(window, dilation) - size, 0)
    return missing // 2, missing - missing // 2


def _output_length(
    size: int, window: int, stride: int, padding: Pair, dilation: int, ceil_mode: bool, name: str
) -> int:
    before, after = padding
    extent = _extent(window, dilation)
    room = size + before + after - extent
    if size < 1:
        raise ValueError(f"{name}: expected an image of at least one pixel, got a side of {size}")
    if room < 0:
        padded = f"{size} pixels" + (f" padded by {before} and {after}" if before or after else "")
        raise ValueError(f"{name}: expected a window that fits an image of {padded}, got one of {extent} pixels")
    if not ceil_mode:
        return room // stride + 1
    length = -(-room // stride) + 1
    return length - 1 if (length - 1) * stride >= size + before else length
