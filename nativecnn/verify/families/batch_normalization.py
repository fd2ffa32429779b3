"""Batch normalization: statistics, both ways to normalize, gradients, moving averages."""

from __future__ import annotations

import numpy as np

from nativecnn import ops
from nativecnn.ops.backend import kernels

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings

_SAMPLES = 1 << 16


def batch_normalization_with_gradient(x, dy, gamma, beta, momentum, **options):
    mean, variance = ops.batch_statistics(x)
    y = ops.batch_normalization(x, mean, variance, gamma, beta, **options)
    gradients = ops.batch_normalization_backward(dy, x, mean, variance, gamma, **options)
    average = np.ones_like(mean)
    kernels().moving_average(average, mean, momentum)
    return mean, variance, y, *gradients, average


def scale_shift(x, gamma, beta, relu, in_place):
    y = x.copy() if in_place else np.empty_like(x)
    kernels().scale_shift(y if in_place else x, gamma, beta, y, relu)
    return (y,)


def draw(draws: Draws) -> Settings:
    if draws.one_in(3):
        sizes = draws.sizes(_SAMPLES, {"samples": 600, "channels": 300})
    elif draws.one_in(4):
        sizes = draws.sizes(_SAMPLES, {"samples": 20, "steps": 700, "channels": 300})
    else:
        sizes = draws.sizes(_SAMPLES, {"samples": 40, "rows": 40, "columns": 40, "channels": 600})
    channels = sizes.pop("channels")
    return {
        "shape": (*sizes.values(), channels),
        "with_gamma": draws.one_in(2),
        "with_beta": draws.one_in(2),
        "epsilon": draws.choice((1e-3, 1e-5, 0.0, 0.1)),
        "momentum": draws.choice((0.99, 0.9, 0.0, 1.0)),
        **arrays_settings(draws),
    }


def draw_scale_shift(draws: Draws) -> Settings:
    return {
        **draw(draws),
        "with_gamma": True,
        "relu": draws.one_in(2),
        "in_place": draws.one_in(2),
        "layout": draws.choice(KERNEL_LAYOUTS),
    }


def _operands(settings: Settings) -> dict[str, Operand | None]:
    shape, values = settings["shape"], settings["values"]
    return {
        "x": Operand(shape, values),
        "gamma": Operand(shape[-1:], values) if settings["with_gamma"] else None,
        "beta": Operand(shape[-1:], values) if settings["with_beta"] else None,
    }


def _operands_with_gradient(settings: Settings) -> dict[str, Operand | None]:
    return {"dy": Operand(settings["shape"], settings["values"]), **_operands(settings)}


BATCH_NORMALIZATION = Family(
    "batch normalization",
    (
        Operation(batch_normalization_with_gradient, draw, _operands_with_gradient, ("epsilon", "momentum")),
        Operation(scale_shift, draw_scale_shift, _operands, ("relu", "in_place")),
    ),
)
