"""Which algorithm computes a convolution: decided from its settings and the image's size alone."""

from __future__ import annotations

from .windows import Pair

SETTINGS = ("auto", "direct", "winograd")


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


def choose_algorithm(algorithm: str, output: Pair) -> str:
    """Return the algorithm, by the name that kernels know it by, for a setting that :func:`check_algorithm` passed.

    The rule is part of the contract (docs/arithmetic.md). ``output`` is (rows, columns).
    """
    if algorithm == "winograd":
        return "winograd_2x2" if min(output) < 3 else "winograd_4x4"
    return "direct"


def _winograd_is_possible(kernel: Pair, strides: Pair, dilation: Pair, groups: int) -> bool:
    return kernel == (3, 3) and strides == (1, 1) and dilation == (1, 1) and groups == 1
