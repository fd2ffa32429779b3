"""Values that come from the JSON of a model file: checked before they are used."""

from __future__ import annotations

from typing import Any

from .checks import positive_integer

_LARGEST_COUNT = 2**63 - 1


def fields(value: Any, what: str, *names: str) -> list[Any]:
    """Return the fields of a JSON object that has these and no others.

    Raises
    ------
    ValueError
        If it has not.
    """
    if not isinstance(value, dict) or value.keys() != set(names):
        got = ", ".join(value) or "none" if isinstance(value, dict) else repr(value)
        raise ValueError(f"{what}: expected an object with the fields {', '.join(names) or 'none'}, got {got}")
    return [value[name] for name in names]


def count(value: Any, name: str, minimum: int = 0) -> int:
    """Return an integer from ``minimum`` on that fits into 63 bits; ``TypeError`` or ``ValueError`` if it is none."""
    number = positive_integer(value, name, minimum)
    if number > _LARGEST_COUNT:
        raise ValueError(f"{name}: expected at most {_LARGEST_COUNT}, got {number}")
    return number


def number(value: Any, name: str) -> float:
    """Return the number of a text from ``float.hex``, which is exact and knows NaN and infinity.

    Raises
    ------
    TypeError, ValueError
        If it is no such text.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a number as hexadecimal text, got {value!r}")
    return float.fromhex(value)
