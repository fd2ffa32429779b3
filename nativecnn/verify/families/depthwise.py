"""Depthwise 2-D convolution with its gradients."""

from __future__ import annotations

import math

from nativecnn import ops
from nativecnn.ops.depthwise import depthwise_geometry

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import arrays_settings, image_side
from .conv import draw_windows

_PRODUCTS = (1 << 10, 1 << 13, 1 << 15)  # of a case's output
_MOST_CHANNELS = {1: 100, 2: 12, 3: 9}  # by the number of filters of each: with several, each channel takes steps


def depthwise_conv2d_with_gradients(x, kernel, bias, dy, **options):
    return ops.depthwise_conv2d(x, kernel, bias, **options), *ops.depthwise_conv2d_backward(dy, x, kernel, **options)


def _draw(draws: Draws) -> Settings:
    windows = draw_windows(draws)
    multiplier = draws.choice((1, 1, 2, 3))
    products = draws.choice(_PRODUCTS) // (math.prod(windows["kernel_size"]) * multiplier)
    most = {"samples": 5, "rows": 20, "columns": 40, "channels": _MOST_CHANNELS[multiplier]}
    sizes = draws.sizes(max(1, products), most)
    for axis, name in enumerate(("rows", "columns")):
        extent = (windows["kernel_size"][axis] - 1) * windows["dilation_rate"][axis] + 1
        sizes[name] = image_side(draws, sizes[name], extent, windows["strides"][axis], windows["padding"], axis)
    bias = not draws.one_in(3)
    return {**sizes, **windows, "depth_multiplier": multiplier, "bias": bias, **arrays_settings(draws)}


def _operands(settings: Settings) -> dict[str, Operand | None]:
    image = (settings["rows"], settings["columns"], settings["channels"])
    kernel = (*settings["kernel_size"], settings["channels"], settings["depth_multiplier"])
    output = depthwise_geometry(image, kernel, **{name: settings[name] for name in _OPTIONS}).output
    filters, values = kernel[2] * kernel[3], settings["values"]
    return {
        "x": Operand((settings["samples"], *image), values),
        "kernel": Operand(kernel, values),
        "bias": Operand((filters,), values) if settings["bias"] else None,
        "dy": Operand((settings["samples"], *output, filters), values),
    }


_OPTIONS = ("strides", "padding", "dilation_rate")

DEPTHWISE = Family("convolution, depthwise", (Operation(depthwise_conv2d_with_gradients, _draw, _operands, _OPTIONS),))
