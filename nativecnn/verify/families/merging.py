"""Arrays merged element by element with their gradients; in place, as models do; and concatenation."""

from __future__ import annotations

import numpy as np

from nativecnn import ops
from nativecnn.ops.backend import kernels

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings
from .elementwise import draw_elements, elements_operands


def merging_with_gradients(dy, a, b, c):
    merged = [merge(a, b, c) for merge in (ops.add, ops.average, ops.multiply, ops.maximum, ops.minimum)]
    gradients = [ops.average_backward(dy, 3)]
    for name in ("multiply_backward", "maximum_backward", "minimum_backward"):
        gradients += getattr(ops, name)(dy, a, b, c)
    return ops.subtract(a, b), *merged, *gradients


def merging_in_place(dy, a, b):
    results = []
    for name in ("add_all", "average_all", "multiply_all", "maximum_all", "minimum_all"):
        y = a.copy()
        kernels().prepare(getattr(kernels(), name), (y, b, y), y)()
        results.append(y)
    for name in ("maximum_all_gradient", "minimum_all_gradient"):
        da, db = dy.copy(), np.empty_like(b)
        getattr(kernels(), name)(da, (a, b), (da, db))
        results += [da, db]
    negative = dy.copy()
    kernels().negate(negative, negative)
    kernels().subtract(a, negative, negative)
    return *results, negative


def concatenation_with_gradient(dy, a, b, axis):
    sizes = (a.shape[axis], b.shape[axis])
    return ops.concatenate(a, b, axis=axis), *ops.concatenate_backward(dy, sizes, axis=axis)


def draw_in_place(draws: Draws) -> Settings:
    return draw_elements(draws, KERNEL_LAYOUTS)


def draw_concatenation(draws: Draws) -> Settings:
    shape = list(draws.sizes(20_000, {"samples": 30, "rows": 30, "columns": 300}).values())
    axis = draws.integer(-3, 2)
    return {"shape": tuple(shape), "axis": axis, "second": draws.size(40), **arrays_settings(draws)}


def _concatenation_operands(settings: Settings) -> dict[str, Operand]:
    def with_size(size: int) -> Operand:
        shape = list(settings["shape"])
        shape[settings["axis"]] = size
        return Operand(tuple(shape), settings["values"])

    first, second = settings["shape"][settings["axis"]], settings["second"]
    return {"dy": with_size(first + second), "a": with_size(first), "b": with_size(second)}


MERGING = Family(
    "merging",
    (
        Operation(merging_with_gradients, draw_elements, elements_operands("dy", "a", "b", "c")),
        Operation(merging_in_place, draw_in_place, elements_operands("dy", "a", "b")),
    ),
)
CONCATENATION = Family(
    "concatenation",
    (Operation(concatenation_with_gradient, draw_concatenation, _concatenation_operands, ("axis",)),),
)
