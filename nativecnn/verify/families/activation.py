"""Activation functions and their gradients."""

from __future__ import annotations

from nativecnn import ops
from nativecnn.ops.backend import kernels

from ..cases import Family, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings
from .elementwise import draw_elements, elements_operands


def activations_with_gradients(x, dy):
    relu, sigmoid, tanh = ops.relu(x), ops.sigmoid(x), ops.tanh(x)
    gradients = ops.relu_backward(dy, relu), ops.sigmoid_backward(dy, sigmoid), ops.tanh_backward(dy, tanh)
    return relu, sigmoid, tanh, *gradients


def activations_in_place(x, dy):
    results = []
    for name in ("relu", "sigmoid", "tanh"):
        y, dx = x.copy(), dy.copy()
        getattr(kernels(), name)(y, y)
        getattr(kernels(), f"{name}_gradient")(dx, y, dx)
        results += [y, dx]
    return tuple(results)


def softmax_with_gradient(x, dy):
    y = ops.softmax(x)
    return y, ops.softmax_backward(dy, y)


def softmax_in_place(x, dy):
    y, dx = x.copy(), dy.copy()
    kernels().prepare(kernels().softmax, y, y)()
    kernels().softmax_gradient(dx, y, dx)
    return y, dx


def draw_in_place(draws: Draws) -> Settings:
    return draw_elements(draws, KERNEL_LAYOUTS)


def draw_rows(draws: Draws) -> Settings:
    classes = draws.size(40 if draws.one_in(2) else 300)
    rows = draws.size(max(1, 20_000 // classes))
    shape = (
        (classes,) if draws.one_in(8) else (rows, classes) if draws.one_in(2) else (draws.integer(1, 3), rows, classes)
    )
    return {"shape": shape, **arrays_settings(draws)}


def draw_rows_in_place(draws: Draws) -> Settings:
    return {**draw_rows(draws), "layout": draws.choice(KERNEL_LAYOUTS)}


ELEMENTWISE = Family(
    "relu, sigmoid, tanh with gradients",
    (
        Operation(activations_with_gradients, draw_elements, elements_operands("x", "dy")),
        Operation(activations_in_place, draw_in_place, elements_operands("x", "dy")),
    ),
)
SOFTMAX = Family(
    "softmax",
    (
        Operation(softmax_with_gradient, draw_rows, elements_operands("x", "dy")),
        Operation(softmax_in_place, draw_rows_in_place, elements_operands("x", "dy")),
    ),
)
