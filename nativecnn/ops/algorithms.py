"""Which algorithm computes a convolution: decided from its settings and the image's size alone."""

from __future__ import annotations

from ..checks import shown
from .windows import Padding, Pair

SETTINGS = ("auto", "direct", "winograd")

# Of "auto": where transforms cost less than they save.
_LEAST_SAVING = 1.5  # direct's multiplications over those of the tiles
_FEWEST_CHANNELS = 8  # and filters
_WIDEST_PADDING = 2


def check_algorithm(algorithm: object, kernel: Pair, strides: Pair, dilation: Pair, groups: int, name: str) -> str:
    """Return the setting if it is one, and possible for a convolution of these settings.

    Raises
    ------
    TypeError
        If it is no text.
    ValueError
        If there is no such setting, or it is ``"winograd"`` for what only the direct algorithm computes.
    """
    expected = 'expected "auto", "direct" or "winograd"'
    if not isinstance(algorithm, str):
        raise TypeError(f"{name}: algorithm: {expected}, got {shown(algorithm)}")
    if algorithm not in SETTINGS:
        raise ValueError(f"{name}: algorithm: {expected}, got {shown(algorithm)}")
    if algorithm == "winograd" and not _winograd_is_possible(kernel, strides, dilation, groups):
        raise ValueError(
            f'{name}: algorithm "winograd" expects kernel (3, 3), strides (1, 1), dilation (1, 1) and 1 group, '
            f"got kernel {kernel}, strides {strides}, dilation {dilation} and {groups} group{'s' * (groups > 1)}"
        )
    return algorithm


def choose_algorithm(
    algorithm: str,
    kernel: tuple[int, int, int, int],
    strides: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
    output: Pair,
) -> str:
    """Return the algorithm, by the name that kernels know it by, for a setting that :func:`check_algorithm` passed.

    The rule is part of the contract (docs/arithmetic.md): nothing may enter it that differs between machines or
    batches.

    Parameters
    ----------
    algorithm : "auto", "direct" or "winograd"
    kernel : (kernel rows, kernel columns, channels / groups, filters)
    strides, dilation, output : (rows, columns)
    padding : ((top, bottom), (left, right))
    groups : int
    """
    if algorithm == "direct" or not _winograd_is_possible(kernel[:2], strides, dilation, groups):
        return "direct"
    tile = min((2, 4), key=lambda outputs: _multiplications(outputs, output))
    pays = (
        9 * output[0] * output[1] >= _LEAST_SAVING * _multiplications(tile, output)
        and min(kernel[2:]) >= _FEWEST_CHANNELS
        and max(max(side) for side in padding) <= _WIDEST_PADDING
    )
    return f"winograd_{tile}x{tile}" if pays or algorithm == "winograd" else "direct"


def _multiplications(tile: int, output: Pair) -> int:
    """Return how many multiplications an image takes for each channel and filter, in tiles of tile × tile outputs."""
    return -(-output[0] // tile) * -(-output[1] // tile) * (tile + 2) ** 2


def _winograd_is_possible(kernel: Pair, strides: Pair, dilation: Pair, groups: int) -> bool:
    return kernel == (3, 3) and strides == (1, 1) and dilation == (1, 1) and groups == 1
