"""Transposed 2-D convolution with its gradients: direct, by Winograd's algorithm, in groups; with an epilogue."""

from __future__ import annotations

import math

import numpy as np

from nativecnn import ops
from nativecnn.epilogue import Epilogue
from nativecnn.ops.backend import kernels
from nativecnn.ops.conv_transpose import conv2d_transpose_geometry

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings, draw_epilogue, epilogue_operands
from .conv import draw_windows

_PRODUCTS = (1 << 10, 1 << 13, 1 << 16)  # of a case's input


def conv2d_transpose_with_gradients(x, kernel, bias, dy, **options):
    y = ops.conv2d_transpose(x, kernel, bias, **options)
    return y, *ops.conv2d_transpose_backward(dy, x, kernel, **options)


def conv2d_transpose_with_epilogue(x, kernel, bias, scale, shift, residual, activation, **options):
    geometry = conv2d_transpose_geometry(x.shape[1:], kernel.shape, **options)
    y = np.empty((len(x), *geometry.output, kernel.shape[2] * options["groups"]), np.float32)
    kernels().conv2d_transpose(
        x, kernel, bias, y, *geometry.kernel_arguments, Epilogue(scale, shift, residual, activation)
    )
    return (y,)


def bias_gradient(dy):
    dbias = np.empty(dy.shape[3], np.float32)
    kernels().bias_gradient(dy, dbias)
    return (dbias,)


def _draw(draws: Draws) -> Settings:
    algorithm = draws.choice(("auto", "direct", "winograd"))
    windows = draw_windows(draws)
    if algorithm == "winograd":
        windows.update(kernel_size=(3, 3), strides=(1, 1), dilation_rate=(1, 1))
    padding = windows["padding"] if isinstance(windows["padding"], str) else (draws.pair(0, 1), draws.pair(0, 1))
    groups = 1 if algorithm == "winograd" else draws.choice((1, 1, 2, 5))
    products = max(1, draws.choice(_PRODUCTS) // (math.prod(windows["kernel_size"]) * groups))
    sizes = draws.sizes(products, {"samples": 5, "rows": 16, "columns": 30, "channels": 35, "filters": 35})
    for name in ("rows", "columns"):
        sizes[name] = max(sizes[name], 3)  # of which padding leaves something
    extra = None if draws.one_in(2) else tuple(draws.integer(0, stride - 1) for stride in windows["strides"])
    return {
        **sizes,
        **windows,
        "padding": padding,
        "output_padding": extra,
        "groups": groups,
        "algorithm": algorithm,
        "bias": not draws.one_in(3),
        **arrays_settings(draws),
    }


def _draw_for_kernels(draws: Draws) -> Settings:
    return {**_draw(draws), **draw_epilogue(draws), "layout": draws.choice(KERNEL_LAYOUTS)}


def _operands(settings: Settings) -> dict[str, Operand | None]:
    groups, filters = settings["groups"], settings["filters"]
    image = (settings["rows"], settings["columns"], groups * settings["channels"])
    kernel = (*settings["kernel_size"], filters, image[2])
    output = conv2d_transpose_geometry(image, kernel, **{name: settings[name] for name in _OPTIONS}).output
    values = settings["values"]
    return {
        "x": Operand((settings["samples"], *image), values),
        "kernel": Operand(kernel, values),
        "bias": Operand((groups * filters,), values) if settings["bias"] else None,
        "dy": Operand((settings["samples"], *output, groups * filters), values),
    }


def _operands_of_kernel(settings: Settings) -> dict[str, Operand | None]:
    operands = _operands(settings)
    output = operands.pop("dy").shape
    return {**operands, **epilogue_operands(settings, output)}


def _dy(settings: Settings) -> dict[str, Operand | None]:
    return {"dy": _operands(settings)["dy"]}


_OPTIONS = ("strides", "padding", "output_padding", "dilation_rate", "groups", "algorithm")

TRANSPOSED = Family(
    "convolution, transposed",
    (
        Operation(conv2d_transpose_with_gradients, _draw, _operands, _OPTIONS),
        Operation(conv2d_transpose_with_epilogue, _draw_for_kernels, _operands_of_kernel, (*_OPTIONS, "activation")),
        Operation(bias_gradient, _draw_for_kernels, _dy),
    ),
)
