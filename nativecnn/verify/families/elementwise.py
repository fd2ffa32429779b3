"""Sums of arrays, element by element; and how arrays of elements are drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nativecnn.ops.backend import kernels

from ..arrays import LAYOUTS, VALUES
from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings

_CHUNK = 8192  # elements that a thread takes at once


def addition(a, b, in_place):
    y = a.copy() if in_place else np.empty_like(a)
    kernels().add(y if in_place else a, b, y)
    return (y,)


def draw_elements(draws: Draws, layouts: tuple[str, ...] = LAYOUTS) -> Settings:
    """Draw an array of one to three axes, every second one of about some whole chunks."""
    if draws.one_in(2):
        shape = (draws.integer(1, 3) * _CHUNK + draws.integer(-17, 17),)
    else:
        shape = tuple(draws.sizes(20_000, {"samples": 300, "rows": 300, "columns": 300}).values())
    return {"shape": shape, **arrays_settings(draws, (*VALUES, "any_bits", "any_bits"), layouts)}


def elements_operands(*names: str) -> Callable[[Settings], dict[str, Operand]]:
    """Return the operands of an operation whose arrays have one shape."""
    return lambda settings: {name: Operand(settings["shape"], settings["values"]) for name in names}


def draw(draws: Draws) -> Settings:
    return {**draw_elements(draws, KERNEL_LAYOUTS), "in_place": draws.one_in(3)}


ADDITION = Family("addition", (Operation(addition, draw, elements_operands("a", "b"), ("in_place",)),))
