"""Dense layers with their gradients; with ReLU in the same call, prepared."""

from __future__ import annotations

import numpy as np

from nativecnn import ops
from nativecnn.epilogue import Epilogue
from nativecnn.ops.backend import kernels

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings, draw_epilogue, epilogue_operands

_PRODUCTS = 1 << 18


def dense_with_gradients(x, kernel, bias, dy):
    return ops.dense(x, kernel, bias), *ops.dense_backward(dy, x, kernel)


def prepared_dense(x, kernel, bias, scale, shift, residual, activation):
    y = np.empty((len(x), kernel.shape[1]), np.float32)
    kernels().prepare(kernels().dense, x, kernel, bias, y, Epilogue(scale, shift, residual, activation))()
    return (y,)


def dense_kernel_gradient_without_bias(x, dy):
    dkernel = np.empty((x.shape[1], dy.shape[1]), np.float32)
    kernels().dense_kernel_gradient(x, dy, dkernel, None)
    return (dkernel,)


def draw(draws: Draws) -> Settings:
    samples = draws.choice((1, 2, 40, 600))  # one alone, and several runs of a gradient's sum, take other ways
    sizes = draws.sizes(_PRODUCTS, {"samples": samples, "inputs": 1500, "units": 1500})
    return {**sizes, "bias": not draws.one_in(3), **arrays_settings(draws)}


def draw_prepared(draws: Draws) -> Settings:
    return {**draw(draws), **draw_epilogue(draws), "layout": draws.choice(KERNEL_LAYOUTS)}


def _operands(settings: Settings) -> dict[str, Operand | None]:
    samples, inputs, units, values = (settings[name] for name in ("samples", "inputs", "units", "values"))
    return {
        "x": Operand((samples, inputs), values),
        "kernel": Operand((inputs, units), values),
        "bias": Operand((units,), values) if settings["bias"] else None,
        "dy": Operand((samples, units), values),
    }


def _prepared_operands(settings: Settings) -> dict[str, Operand | None]:
    operands = _operands(settings)
    output = operands.pop("dy").shape
    return {**operands, **epilogue_operands(settings, output)}


def _without(*left_out):
    return lambda settings: {name: value for name, value in _operands(settings).items() if name not in left_out}


_WHOLE = Operation(dense_with_gradients, draw, _operands)
_PREPARED = Operation(prepared_dense, draw_prepared, _prepared_operands, ("activation",))
_ALONE = Operation(dense_kernel_gradient_without_bias, draw_prepared, _without("kernel", "bias"))

DENSE = Family("dense", (_WHOLE, _PREPARED, _WHOLE, _ALONE))
