"""Steps of the optimizers."""

from __future__ import annotations

from nativecnn.ops.backend import kernels

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS
from .elementwise import draw_elements, elements_operands

_RATES = (0.0123, 0.1, 1e-3, 1.0, 0.0, 1e-30, 1e30)


def sgd_step(weights, gradient, velocity, learning_rate, momentum, nesterov):
    weights = weights.copy()
    if momentum == 0:
        kernels().sgd(weights, gradient, None, learning_rate, momentum, nesterov)
        return (weights,)
    velocity = velocity.copy()
    kernels().sgd(weights, gradient, velocity, learning_rate, momentum, nesterov)
    return weights, velocity


def adam_step(weights, gradient, mean, variance, step_size, beta_1, beta_2, epsilon):
    weights, mean, variance = weights.copy(), mean.copy(), variance.copy()
    kernels().adam(weights, gradient, mean, variance, step_size, beta_1, beta_2, epsilon)
    return weights, mean, variance


def draw_sgd(draws: Draws) -> Settings:
    momentum = draws.choice((0.0, 0.9, 0.5, 0.99))
    settings = {"learning_rate": draws.choice(_RATES), "momentum": momentum, "nesterov": draws.one_in(2)}
    return {**draw_elements(draws, KERNEL_LAYOUTS), **settings}


def draw_adam(draws: Draws) -> Settings:
    return {
        **draw_elements(draws, KERNEL_LAYOUTS),
        "step_size": draws.choice(_RATES),
        "beta_1": draws.choice((0.9, 0.5, 0.0)),
        "beta_2": draws.choice((0.999, 0.99, 0.0)),
        "epsilon": draws.choice((1e-7, 1e-8, 0.1)),
    }


def _adam_operands(settings: Settings) -> dict[str, Operand]:
    shape, values = settings["shape"], settings["values"]
    operands = {name: Operand(shape, values) for name in ("weights", "gradient", "mean")}
    return {**operands, "variance": Operand(shape, values, "nonnegative")}


OPTIMIZERS = Family(
    "SGD, Adam",
    (
        Operation(
            sgd_step,
            draw_sgd,
            elements_operands("weights", "gradient", "velocity"),
            ("learning_rate", "momentum", "nesterov"),
        ),
        Operation(adam_step, draw_adam, _adam_operands, ("step_size", "beta_1", "beta_2", "epsilon")),
    ),
)
