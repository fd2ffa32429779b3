"""Checks of single arguments, shared by layers, optimizers and training."""

from __future__ import annotations

import math
from operator import index

from ._kernels.floating_point import contract_state


def positive_integer(value: object, name: str, minimum: int = 1) -> int:
    """Return ``value`` as an integer of at least ``minimum``.

    Raises
    ------
    TypeError
        If it is no integer (a bool counts as none).
    ValueError
        If it is smaller.
    """
    try:
        number = index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name}: expected an integer, got {value!r}")
    if number < minimum:
        raise ValueError(f"{name}: expected an integer of at least {minimum}, got {number}")
    return number


@contract_state
def number_between(
    value: object,
    name: str,
    low: float = 0.0,
    high: float = math.inf,
    low_included: bool = True,
    high_included: bool = False,
) -> float:
    """Return ``value`` as a float in the interval from ``low`` to ``high``.

    Raises
    ------
    TypeError
        If it is no real number.
    ValueError
        If it lies outside of the interval or is NaN.
    """
    if isinstance(value, bool | str):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a number, got {value!r}") from None
    above = number >= low if low_included else number > low
    below = number <= high if high_included else number < high
    if not (above and below):
        interval = f"{'[' if low_included else '('}{low:g}, {high:g}{']' if high_included else ')'}"
        raise ValueError(f"{name}: expected a number in {interval}, got {value!r}")
    return number


def choose(name: object, options: dict, what: str):
    """Return what ``options`` holds under ``name``.

    Raises
    ------
    ValueError
        If there is nothing of that name; the message lists the names.
    """
    if not isinstance(name, str) or name not in options:
        raise ValueError(f"expected as {what} one of {', '.join(sorted(options))}, got {name!r}")
    return options[name]
