"""Which algorithm computes a convolution: decided from its settings and the image's size alone."""

from __future__ import annotations

from .windows import Padding, Pair

SETTINGS = ("auto", "direct", "winograd")

# Of "winograd": outputs of fewer rows or columns are computed in tiles of 2 × 2.
_SMALLEST_FORCED = 3
# Of "auto": where transforms cost less than they save.
_SMALLEST_OUTPUT = 4
_FEWEST_CHANNELS = 16  # and filters
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
        raise TypeError(f"{name}: algorithm: {expected}, got {algorithm!r}")
    if algorithm not in SETTINGS:
        raise ValueError(f"{name}: algorithm: {expected}, got {algorithm!r}")
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
    if algorithm == "winograd":
        return "winograd_2x2" if min(output) < _SMALLEST_FORCED else "winograd_4x4"
    pays = (
        algorithm == "auto"
        and _winograd_is_possible(kernel[:2], strides, dilation, groups)
        and max(max(side) for side in padding) <= _WIDEST_PADDING
        and min(kernel[2:]) >= _FEWEST_CHANNELS
        and min(output) >= _SMALLEST_OUTPUT
    )
    return "winograd_4x4" if pays else "direct"


def _winograd_is_possible(kernel: Pair, strides: Pair, dilation: Pair, groups: int) -> bool:
    return kernel == (3, 3) and strides == (1, 1) and dilation == (1, 1) and groups == 1
