"""Steps of the optimizers, and the sums over weights that go with them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nativecnn.ops.backend import kernels

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings
from .elementwise import draw_elements, elements_operands

_RATES = (0.0123, 0.1, 1e-3, 1.0, 0.0, 1e-30, 1e30)


def sgd_step(weights, gradient, velocity, learning_rate, momentum, nesterov, adjustment):
    weights = weights.copy()
    if momentum == 0:
        kernels().sgd(weights, gradient, None, learning_rate, momentum, nesterov, adjustment)
        return (weights,)
    velocity = velocity.copy()
    kernels().sgd(weights, gradient, velocity, learning_rate, momentum, nesterov, adjustment)
    return weights, velocity


def adam_step(weights, gradient, mean, variance, step_size, beta_1, beta_2, epsilon, amsgrad, adjustment):
    weights, mean, variance = weights.copy(), mean.copy(), variance.copy()
    largest = variance[::-1].copy() if amsgrad else None
    kernels().adam(weights, gradient, mean, variance, step_size, beta_1, beta_2, epsilon, largest, adjustment)
    return (weights, mean, variance, largest) if amsgrad else (weights, mean, variance)


def nadam_step(weights, gradient, mean, variance, step_size, beta_1, beta_2, epsilon, adjustment):
    weights, mean, variance = weights.copy(), mean.copy(), variance.copy()
    kernels().nadam(weights, gradient, mean, variance, step_size, 0.1, beta_1, beta_2, epsilon, adjustment)
    return weights, mean, variance


def adamax_step(weights, gradient, mean, variance, step_size, beta_1, beta_2, epsilon, adjustment):
    weights, mean, norm = weights.copy(), mean.copy(), variance.copy()
    kernels().adamax(weights, gradient, mean, norm, step_size, beta_1, beta_2, epsilon, adjustment)
    return weights, mean, norm


def adagrad_step(weights, gradient, variance, learning_rate, epsilon, adjustment):
    weights, accumulator = weights.copy(), variance.copy()
    kernels().adagrad(weights, gradient, accumulator, learning_rate, epsilon, adjustment)
    return weights, accumulator


def adadelta_step(weights, gradient, variance, learning_rate, rho, epsilon, adjustment):
    weights, squares, moves = weights.copy(), variance.copy(), variance[::-1].copy()
    kernels().adadelta(weights, gradient, squares, moves, learning_rate, rho, epsilon, adjustment)
    return weights, squares, moves


def rmsprop_step(weights, gradient, mean, variance, learning_rate, rho, momentum, epsilon, centered, adjustment):
    weights, squares = weights.copy(), variance.copy()
    average, velocity = mean.copy() if centered else None, mean[::-1].copy() if momentum else None
    kernels().rmsprop(weights, gradient, squares, average, velocity, learning_rate, rho, momentum, epsilon, adjustment)
    return tuple(array for array in (weights, squares, average, velocity) if array is not None)


def sums_of_weights(weights, gradient, l1, l2):
    gradient = gradient.copy()
    kernels().add_penalty_gradient(weights, gradient, l1, l2)
    sums = np.array([kernels().sum_of_squares(weights), kernels().sum_of_magnitudes(weights)])
    sums[np.isnan(sums)] = np.nan  # one pattern; their float64 bits are compared in halves
    return gradient, sums.view(np.float32)


def orthonormal_columns(columns):
    columns = columns.astype(np.float64)
    kernels().orthonormalize(columns)
    columns[np.isnan(columns)] = np.nan
    return (columns.view(np.float32),)


def draw_adjustment(draws: Draws) -> tuple[float, ...] | None:
    """Draw l1, l2, scale, bound and decay; every second time nothing comes before a step."""
    if draws.one_in(2):
        return None
    return (
        draws.choice((0.0, 0.01, 1e-4)),
        draws.choice((0.0, 0.01, 1e-4)),
        draws.choice((1.0, 0.37, 1e-3, 0.0)),
        draws.choice((1e39, 0.5, 1e-3)),  # the first is infinite in float32: no bound
        draws.choice((0.0, 4e-5, 0.1)),
    )


def draw_sgd(draws: Draws) -> Settings:
    momentum = draws.choice((0.0, 0.9, 0.5, 0.99))
    settings = {"learning_rate": draws.choice(_RATES), "momentum": momentum, "nesterov": draws.one_in(2)}
    return {**draw_elements(draws, KERNEL_LAYOUTS), **settings, "adjustment": draw_adjustment(draws)}


def draw_adam(draws: Draws) -> Settings:
    return {
        **draw_elements(draws, KERNEL_LAYOUTS),
        "step_size": draws.choice(_RATES),
        "beta_1": draws.choice((0.9, 0.5, 0.0)),
        "beta_2": draws.choice((0.999, 0.99, 0.0)),
        "epsilon": draws.choice((1e-7, 1e-8, 0.1)),
        "amsgrad": draws.one_in(2),
        "adjustment": draw_adjustment(draws),
    }


def draw_adaptive(draws: Draws) -> Settings:
    return {
        **draw_elements(draws, KERNEL_LAYOUTS),
        "learning_rate": draws.choice(_RATES),
        "rho": draws.choice((0.9, 0.95, 0.0)),
        "momentum": draws.choice((0.0, 0.9, 0.5)),
        "epsilon": draws.choice((1e-7, 1e-8, 0.1)),
        "centered": draws.one_in(2),
        "adjustment": draw_adjustment(draws),
    }


def draw_sums(draws: Draws) -> Settings:
    penalties = {"l1": draws.choice((0.0, 0.01, 1e-4)), "l2": draws.choice((0.0, 0.01, 1e-4))}
    return {**draw_elements(draws, KERNEL_LAYOUTS), **penalties}


def draw_columns(draws: Draws) -> Settings:
    columns = draws.integer(1, 40)
    return {"columns": columns, "rows": columns + draws.integer(0, 100), **arrays_settings(draws)}


def _columns_operands(settings: Settings) -> dict[str, Operand]:
    return {"columns": Operand((settings["rows"], settings["columns"]), settings["values"])}


def moments_operands(*signed: str) -> Callable[[Settings], dict[str, Operand]]:
    """Return arrays of one shape, and one named variance that is not negative."""

    def operands(settings: Settings) -> dict[str, Operand]:
        shape, values = settings["shape"], settings["values"]
        drawn = {name: Operand(shape, values) for name in ("weights", "gradient", *signed)}
        return {**drawn, "variance": Operand(shape, values, "nonnegative")}

    return operands


_MOMENTS = ("step_size", "beta_1", "beta_2", "epsilon")
_ADAPTIVE = ("learning_rate", "rho", "momentum", "epsilon", "centered", "adjustment")

OPTIMIZERS = Family(
    "optimizers",
    (
        Operation(
            sgd_step,
            draw_sgd,
            elements_operands("weights", "gradient", "velocity"),
            ("learning_rate", "momentum", "nesterov", "adjustment"),
        ),
        Operation(adam_step, draw_adam, moments_operands("mean"), (*_MOMENTS, "amsgrad", "adjustment")),
        Operation(nadam_step, draw_adam, moments_operands("mean"), (*_MOMENTS, "adjustment")),
        Operation(adamax_step, draw_adam, moments_operands("mean"), (*_MOMENTS, "adjustment")),
        Operation(adagrad_step, draw_adaptive, moments_operands(), ("learning_rate", "epsilon", "adjustment")),
        Operation(adadelta_step, draw_adaptive, moments_operands(), ("learning_rate", "rho", "epsilon", "adjustment")),
        Operation(rmsprop_step, draw_adaptive, moments_operands("mean"), _ADAPTIVE),
        Operation(sums_of_weights, draw_sums, elements_operands("weights", "gradient"), ("l1", "l2")),
        Operation(orthonormal_columns, draw_columns, _columns_operands),
    ),
)
