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


def rectifiers_with_gradients(x, dy, max_value, negative_slope, threshold):
    relu6, leaky = ops.relu6(x), ops.leaky_relu(x, negative_slope)
    clipped = ops.clipped_relu(x, max_value, negative_slope, threshold)
    sigmoid, silu = ops.hard_sigmoid(x), ops.hard_silu(x)
    gradients = ops.relu6_backward(dy, relu6), ops.leaky_relu_backward(dy, leaky, negative_slope)
    gradients += (ops.clipped_relu_backward(dy, clipped, max_value, negative_slope),)
    gradients += ops.hard_sigmoid_backward(dy, sigmoid), ops.hard_silu_backward(dy, x)
    return relu6, leaky, clipped, sigmoid, silu, *gradients


def rectifiers_in_place(x, dy):
    results = []
    for name in ("relu6", "hard_sigmoid", "hard_silu"):
        y, dx = x.copy(), dy.copy()
        getattr(kernels(), f"{name}_gradient")(dx, y, dx)
        getattr(kernels(), name)(y, y)
        results += [y, dx]
    for name, settings in (("leaky_relu", (0.3,)), ("clipped_relu", (2.0, 0.1))):
        y, dx = x.copy(), dy.copy()
        getattr(kernels(), f"{name}_gradient")(dx, y, dx, *settings)
        getattr(kernels(), name)(y, y, *settings, *((0.5,) if name == "clipped_relu" else ()))
        results += [y, dx]
    return tuple(results)


def smooth_activations_with_gradients(x, dy, alpha):
    exp, elu, selu, softplus = ops.exp(x), ops.elu(x, alpha), ops.selu(x), ops.softplus(x)
    gradients = ops.exp_backward(dy, exp), ops.elu_backward(dy, elu, alpha)
    gradients += ops.selu_backward(dy, selu), ops.softplus_backward(dy, softplus)
    results = ops.softsign(x), ops.silu(x), ops.gelu(x), ops.gelu(x, approximate=True), ops.mish(x)
    results += ops.softsign_backward(dy, x), ops.silu_backward(dy, x), ops.mish_backward(dy, x)
    results += ops.gelu_backward(dy, x), ops.gelu_backward(dy, x, approximate=True)
    return elu, selu, softplus, *gradients, *results


def smooth_activations_in_place(x, dy):
    results = []
    for name in ("exp", "selu", "softplus", "softsign", "silu", "gelu", "approximate_gelu", "mish", "elu"):
        y, dx = x.copy(), dy.copy()
        settings = (0.7,) if name == "elu" else ()
        getattr(kernels(), f"{name}_gradient")(dx, y, dx, *settings)
        getattr(kernels(), name)(y, y, *settings)
        results += [y, dx]
    return tuple(results)


def softmax_with_gradient(x, dy):
    y, logarithm = ops.softmax(x), ops.log_softmax(x)
    return y, logarithm, ops.softmax_backward(dy, y), ops.log_softmax_backward(dy, logarithm)


def softmax_in_place(x, dy):
    results = []
    for name in ("softmax", "log_softmax"):
        y, dx = x.copy(), dy.copy()
        kernels().prepare(getattr(kernels(), name), y, y)()
        getattr(kernels(), f"{name}_gradient")(dx, y, dx)
        results += [y, dx]
    return tuple(results)


def draw_in_place(draws: Draws) -> Settings:
    return draw_elements(draws, KERNEL_LAYOUTS)


def draw_rectifiers(draws: Draws) -> Settings:
    settings = {
        "max_value": draws.choice((None, 6.0, 0.5, 0.0)),
        "negative_slope": draws.choice((0.0, 0.01, 0.3, 2.0)),
        "threshold": draws.choice((0.0, 0.0, 0.25, 1.0)),
    }
    return {**settings, **draw_elements(draws)}


def draw_smooth(draws: Draws) -> Settings:
    return {"alpha": draws.choice((1.0, 0.3, 0.0)), **draw_elements(draws)}


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
RECTIFIERS = Family(
    "ReLU6, leaky, clipped, hard sigmoid, hard SiLU",
    (
        Operation(
            rectifiers_with_gradients,
            draw_rectifiers,
            elements_operands("x", "dy"),
            ("max_value", "negative_slope", "threshold"),
        ),
        Operation(rectifiers_in_place, draw_in_place, elements_operands("x", "dy")),
    ),
)
SMOOTH = Family(
    "ELU, SELU, GELU, SiLU, Mish, softplus, softsign",
    (
        Operation(smooth_activations_with_gradients, draw_smooth, elements_operands("x", "dy"), ("alpha",)),
        Operation(smooth_activations_in_place, draw_in_place, elements_operands("x", "dy")),
    ),
)
SOFTMAX = Family(
    "softmax",
    (
        Operation(softmax_with_gradient, draw_rows, elements_operands("x", "dy")),
        Operation(softmax_in_place, draw_rows_in_place, elements_operands("x", "dy")),
    ),
)
