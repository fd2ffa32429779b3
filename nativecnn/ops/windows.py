"""The geometry of sliding windows, shared by convolution and pooling: pairs, padding, output sizes."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index as as_index

import numpy as np

from ..checks import shown

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]

MOST = 2**31 - 1  # so that places in an image stay far within 64 bits
_TEXTS = (str, bytes, bytearray, memoryview)  # sequences, of integers some of them, that nobody means as a pair


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
    expected = "an integer or a pair of integers"
    parts = tuple(value) if isinstance(value, Sequence) and not isinstance(value, _TEXTS) else (value, value)
    if len(parts) != 2:
        raise TypeError(f"{name}: expected {expected}, got {shown(value)}")
    return _integers(parts, value, name, minimum, expected)


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
    image: Pair,
    window: Pair,
    strides: Pair,
    dilation: Pair = (1, 1),
    name: str = "padding",
) -> Padding:
    """Return the padding as ``((top, bottom), (left, right))`` pixels.

    ``"valid"`` is none. ``"same"`` gives ``ceil(size / stride)`` outputs an axis, the odd pixel at the bottom and
    right, as TensorFlow does. One integer pads every side alike.
    """
    if isinstance(padding, str):
        if padding == "valid":
            return (0, 0), (0, 0)
        if padding == "same":
            return tuple(_same(*axis) for axis in zip(image, window, strides, dilation, strict=True))
        raise ValueError(f'{name}: expected "valid", "same", an integer or pairs, got {shown(padding)}')
    if isinstance(padding, Sequence):
        if len(padding) != 2 or not all(isinstance(part, Sequence) for part in padding) or isinstance(padding, _TEXTS):
            raise TypeError(f"{name}: expected ((top, bottom), (left, right)), got {shown(padding)}")
        rows, columns = padding
        return normalize_pair(rows, name, minimum=0), normalize_pair(columns, name, minimum=0)
    every_side = normalize_pair(padding, name, minimum=0)
    return every_side, every_side


def output_size(
    image: Pair,
    window: Pair,
    strides: Pair,
    padding: Padding,
    dilation: Pair = (1, 1),
    ceil_mode: bool = False,
    name: str = "output",
) -> Pair:
    """Return how many windows fit along rows and columns.

    ``ceil_mode`` adds a last window that reaches beyond the padded image where one is needed to cover it, but none
    that would begin beyond the image and its leading padding.

    Raises
    ------
    ValueError
        If the window, dilated, is larger than the padded image.
    """
    return tuple(
        _output_length(*axis, ceil_mode, name) for axis in zip(image, window, strides, padding, dilation, strict=True)
    )


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
