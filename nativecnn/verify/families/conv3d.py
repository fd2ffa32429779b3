"""3-D convolution with its gradients; with an epilogue, packed weights, prepared."""

from __future__ import annotations

import math

import numpy as np

from nativecnn import ops
from nativecnn.epilogue import Epilogue
from nativecnn.ops.backend import kernels
from nativecnn.ops.conv3d import conv3d_geometry

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings, draw_epilogue, epilogue_operands, image_side

_PRODUCTS = (1 << 10, 1 << 13, 1 << 16)  # of a case's output


def conv3d_with_gradients(x, kernel, bias, dy, **options):
    return ops.conv3d(x, kernel, bias, **options), *ops.conv3d_backward(dy, x, kernel, **options)


def prepared_conv3d(x, kernel, bias, scale, shift, residual, activation, packed, **options):
    backend, geometry = kernels(), conv3d_geometry(x.shape[1:], kernel.shape, **options)
    y = np.empty((len(x), *geometry.output, kernel.shape[4]), np.float32)
    epilogue = Epilogue(scale, shift, residual, activation)
    weights = backend.pack_conv2d(kernel.reshape(-1, *kernel.shape[2:]), geometry.groups) if packed else None
    arguments = (x, kernel, bias, y, *geometry.kernel_arguments, epilogue)
    backend.prepare(backend.conv3d, *arguments, packed=(lambda: weights) if packed else None)()
    return (y,)


def conv3d_kernel_gradient_without_bias(x, dy, kernel_size, **options):
    shape = (*kernel_size, x.shape[4] // options["groups"], dy.shape[4])
    geometry, dkernel = conv3d_geometry(x.shape[1:], shape, **options), np.empty(shape, np.float32)
    kernels().conv3d_kernel_gradient(x, dy, dkernel, None, *geometry.kernel_arguments)
    return (dkernel,)


def _draw(draws: Draws) -> Settings:
    def three(low: int, high: int) -> tuple[int, ...]:
        return tuple(draws.integer(low, high) for _ in range(3))

    kernel_size = draws.choice(((3, 3, 3), (1, 1, 1), three(1, 3), three(1, 4)))
    strides = draws.choice(((1, 1, 1), (1, 1, 1), (2, 2, 2), three(1, 3)))
    dilation = three(1, 2) if draws.one_in(3) else (1, 1, 1)
    padding = draws.choice(("valid", "same", (draws.pair(0, 2), draws.pair(0, 2), draws.pair(0, 2))))
    groups = draws.choice((1, 1, 1, 2, 5))
    products = max(1, draws.choice(_PRODUCTS) // (math.prod(kernel_size) * groups))
    sizes = draws.sizes(products, {"samples": 5, "planes": 8, "rows": 10, "columns": 20, "channels": 20, "filters": 35})
    for axis, name in enumerate(("planes", "rows", "columns")):
        extent = (kernel_size[axis] - 1) * dilation[axis] + 1
        sizes[name] = image_side(draws, sizes[name], extent, strides[axis], padding, axis)
    return {
        **sizes,
        "kernel_size": kernel_size,
        "strides": strides,
        "dilation_rate": dilation,
        "padding": padding,
        "groups": groups,
        "bias": not draws.one_in(3),
        **arrays_settings(draws),
    }


def _draw_for_kernels(draws: Draws) -> Settings:
    settings = {**_draw(draws), **draw_epilogue(draws), "packed": not draws.one_in(3)}
    return {**settings, "layout": draws.choice(KERNEL_LAYOUTS)}


def _operands(settings: Settings) -> dict[str, Operand | None]:
    groups, channels, filters = (settings[name] for name in ("groups", "channels", "filters"))
    volume = (settings["planes"], settings["rows"], settings["columns"], groups * channels)
    kernel = (*settings["kernel_size"], channels, groups * filters)
    output = conv3d_geometry(volume, kernel, **{name: settings[name] for name in _OPTIONS}).output
    values = settings["values"]
    return {
        "x": Operand((settings["samples"], *volume), values),
        "kernel": Operand(kernel, values),
        "bias": Operand(kernel[4:], values) if settings["bias"] else None,
        "dy": Operand((settings["samples"], *output, kernel[4]), values),
    }


def _prepared_operands(settings: Settings) -> dict[str, Operand | None]:
    operands = _operands(settings)
    output = operands.pop("dy").shape
    return {**operands, **epilogue_operands(settings, output)}


def _x_and_dy(settings: Settings) -> dict[str, Operand | None]:
    operands = _operands(settings)
    return {name: operands[name] for name in ("x", "dy")}


_OPTIONS = ("strides", "padding", "dilation_rate", "groups")

VOLUMES = Family(
    "convolution, 3-D",
    (
        Operation(conv3d_with_gradients, _draw, _operands, _OPTIONS),
        Operation(prepared_conv3d, _draw_for_kernels, _prepared_operands, (*_OPTIONS, "activation", "packed")),
        Operation(conv3d_kernel_gradient_without_bias, _draw_for_kernels, _x_and_dy, (*_OPTIONS, "kernel_size")),
    ),
)
