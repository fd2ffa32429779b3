"""The geometry of sliding windows, shared by convolution and pooling: pairs, padding, output sizes."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index as as_index

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]

MOST = 2**31 - 1  # so that places in an image stay far within 64 bits


def normalize_pair(value: object, name: str, minimum: int = 1) -> Pair:
    """Return ``value``, one integer or two, as a pair (rows, columns) of integers from ``minimum`` on."""
    parts = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else (value, value)
    try:
        pair = tuple(as_index(part) for part in parts)
    except TypeError:
        pair = ()
    if len(pair) != 2 or any(isinstance(part, bool) for part in parts):
        raise TypeError(f"{name}: expected an integer or a pair of integers, got {value!r}")
    if min(pair) < minimum:
        raise ValueError(f"{name}: expected integers of at least {minimum}, got {value!r}")
    if max(pair) > MOST:
        raise ValueError(f"{name}: expected integers of at most {MOST}, got {value!r}")
    return pair


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
        raise ValueError(f'{name}: expected "valid", "same", an integer or pairs, got {padding!r}')
    if isinstance(padding, Sequence):
        if len(padding) != 2 or not all(isinstance(part, Sequence) for part in padding):
            raise TypeError(f"{name}: expected ((top, bottom), (left, right)), got {padding!r}")
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
        raise ValueError(f"{name}: a window of {extent} pixels does not fit an image of {padded}")
    if not ceil_mode:
        return room // stride + 1
    length = -(-room // stride) + 1
    return length - 1 if (length - 1) * stride >= size + before else length
