"""Checks of single arguments, shared by layers, optimizers and training."""

from __future__ import annotations

import math
from operator import index

from ._kernels.floating_point import contract_state

_LONGEST_TEXT = 500


def shown(value: object) -> str:
    """Return how a message shows a value: its ``repr``, cut where it is very long."""
    try:
        text = repr(value)
    except ValueError:  # Python does not write out integers of thousands of digits
        return f"a huge {type(value).__name__}"
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def integer(value: object, name: str, expected: str = "an integer") -> int:
    """Return ``value`` as an integer, else raise ``TypeError``; a bool counts as none."""
    try:
        number = index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name}: expected {expected}, got {shown(value)}")
    return number


def positive_integer(value: object, name: str, minimum: int = 1) -> int:
    """Return ``value`` as an integer of at least ``minimum``.

    Raises
    ------
    TypeError
        If it is no integer (a bool counts as none).
    ValueError
        If it is smaller.
    """
    number = integer(value, name)
    if number < minimum:
        raise ValueError(f"{name}: expected an integer of at least {minimum}, got {shown(number)}")
    return number


def integer_below(value: object, count: int, name: str) -> int:
    """Return ``value`` as an integer from 0 to ``count - 1``, else raise ``TypeError`` or ``ValueError``."""
    number = integer(value, name)
    if not 0 <= number < count:
        raise ValueError(f"{name}: expected an integer from 0 to {count - 1}, got {shown(number)}")
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
    if isinstance(value, bool | str | bytes | bytearray):  # which float() takes
        raise TypeError(f"{name}: expected a number, got {shown(value)}")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a number, got {shown(value)}") from None
    above = number >= low if low_included else number > low
    below = number <= high if high_included else number < high
    if not (above and below):
        interval = f"{'[' if low_included else '('}{low:g}, {high:g}{']' if high_included else ')'}"
        raise ValueError(f"{name}: expected a number in {interval}, got {shown(value)}")
    return number


def choose(name: object, options: dict, what: str):
    """Return what ``options`` holds under ``name``.

    Raises
    ------
    ValueError
        If there is nothing of that name; the message lists the names.
    """
    if not isinstance(name, str) or name not in options:
        raise ValueError(f"expected as {what} one of {', '.join(sorted(options))}, got {shown(name)}")
    return options[name]
