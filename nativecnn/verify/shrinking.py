"""Making a failing case small: fewer threads, smaller settings, plainer values, as long as it still fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from .cases import Case, Circumstance, Difference, compare

REPEATED = 20  # before a case counts as one that does not differ again
_RESEEDED = 2  # random numbers tried with each smaller setting
_FEW = 4096  # elements of which each is looked at


def shrink(difference: Difference, seconds: float) -> Difference | None:
    """Return the smallest case found within some time that differs; None if not even the given one differs again."""
    deadline = time.perf_counter() + seconds
    smallest = difference
    if all(_difference(difference.case, difference.circumstance) is None for _ in range(REPEATED)):
        return None

    def accept(case: Case, circumstance: Circumstance) -> bool:
        nonlocal smallest
        if time.perf_counter() > deadline:
            return False
        found = _difference(case, circumstance)
        if found is not None:
            smallest = found
        return found is not None

    for threads in (1, 2, 3):
        if threads < smallest.circumstance.threads and accept(
            smallest.case, smallest.circumstance._replace(threads=threads)
        ):
            break
    while _shrink_settings(lambda: smallest, accept):
        pass
    _shrink_values(lambda: smallest, accept)
    return smallest


def _difference(case: Case, circumstance: Circumstance) -> Difference | None:
    try:
        expected = case.reference()
    except (ValueError, TypeError, ArithmeticError, MemoryError):  # settings that do not go together
        return None
    difference = compare(case, expected, circumstance)
    return difference if difference.differing else None


_Accept = Callable[[Case, Circumstance], bool]


def _shrink_settings(smallest: Callable[[], Difference], accept: _Accept) -> bool:
    """Make each setting as small as the case still fails with; return whether any changed."""

    def shrink_one(name: str) -> bool:
        case, circumstance = smallest().case, smallest().circumstance
        for value in _smaller(name, case.settings[name]):
            for seed in range(case.settings["seed"], case.settings["seed"] + _RESEEDED):
                if accept(replace(case, settings={**case.settings, name: value, "seed": seed}), circumstance):
                    return True
        return False

    changed = False
    for name in smallest().case.settings:
        while name != "seed" and shrink_one(name):
            changed = True
    return changed


def _smaller(name: str, value: Any) -> Iterator[Any]:
    """Yield simpler values of a setting, the simplest first."""
    simplest = {"values": "plain", "layout": "contiguous", "padding": "valid", "algorithm": "direct", "strides": (1, 1)}
    if isinstance(value, tuple):
        if name == "shape" and len(value) > 1:
            yield from (value[:place] + value[place + 1 :] for place in range(len(value)))
        for place, part in enumerate(value):
            yield from (value[:place] + (smaller,) + value[place + 1 :] for smaller in _smaller(name, part))
    elif isinstance(value, bool):
        if value:
            yield False
    elif isinstance(value, int):
        least = 0 if name == "padding" else 1  # kernels rely on it that there are no empty ones
        yield from sorted({0, 1, value // 2, value - value // 8 - 1, value - 1} & set(range(least, value)))
    elif name in simplest and value != simplest[name]:
        yield simplest[name]


def _shrink_values(smallest: Callable[[], Difference], accept: _Accept) -> None:
    """Replace numbers by zeros, ones and small integers, as long as the case still fails."""
    arrays = smallest().case.arrays()

    def try_with(name: str, changed: np.ndarray) -> bool:
        if np.array_equal(changed, arrays[name]):
            return False
        candidate = replace(smallest().case, given={**arrays, name: changed})
        if not accept(candidate, smallest().circumstance):
            return False
        arrays[name] = changed
        return True

    for name, array in list(arrays.items()):
        if array is None or array.dtype != np.float32 or array.size == 0:
            continue
        with np.errstate(all="ignore"):
            for plainer in (np.zeros_like(array), np.ones_like(array), np.rint(array), np.rint(8 * array) / 8):
                if try_with(name, plainer.astype(np.float32)):
                    break
        if sum(other.size for other in arrays.values() if other is not None) > _FEW:
            continue
        parts = [np.arange(array.size)]
        while parts:  # halves of what must not be zeroed as a whole
            part = parts.pop()
            changed = arrays[name].copy()
            changed.reshape(-1)[part] = 0
            if not try_with(name, changed) and len(part) > 1:
                half = len(part) // 2
                parts += [part[half:], part[:half]]
