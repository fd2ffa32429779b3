"""2-D convolution with its gradients: direct, by Winograd's algorithm, in groups; fused, packed, prepared."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from nativecnn import ops
from nativecnn.epilogue import Epilogue
from nativecnn.ops.backend import kernels
from nativecnn.ops.conv import conv2d_geometry

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings, draw_epilogue, epilogue_operands, image_side

# What the reference, whose steps take long however small they are, does in up to some tenths of a second.
_PRODUCTS = (1 << 12, 1 << 15, 1 << 18)  # of a case's output
_STEPS = (300, 1000, 5000)  # of a gradient's sums


def conv2d_with_gradients(x, kernel, bias, dy, **options):
    return ops.conv2d(x, kernel, bias, **options), *ops.conv2d_backward(dy, x, kernel, **options)


def conv2d(x, kernel, bias, **options):
    return (ops.conv2d(x, kernel, bias, **options),)


def prepared_conv2d(x, kernel, bias, scale, shift, residual, activation, packed, **options):
    backend, geometry = kernels(), conv2d_geometry(x.shape[1:], kernel.shape, **options)
    y = np.empty((len(x), *geometry.output, kernel.shape[3]), np.float32)
    epilogue = Epilogue(scale, shift, residual, activation)
    arguments = (x, kernel, bias, y, *geometry.kernel_arguments, epilogue)
    weights = backend.pack_conv2d(kernel, geometry.groups, geometry.algorithm) if packed else None
    backend.prepare(backend.conv2d, *arguments, packed=(lambda: weights) if packed else None)()
    return (y,)


def conv2d_kernel_gradient_without_bias(x, dy, kernel_size, **options):
    shape = (*kernel_size, x.shape[3] // options["groups"], dy.shape[3])
    geometry, dkernel = conv2d_geometry(x.shape[1:], shape, **options), np.empty(shape, np.float32)
    kernels().conv2d_kernel_gradient(x, dy, dkernel, None, *geometry.kernel_arguments)
    return (dkernel,)


def draw_windows(draws: Draws) -> Settings:
    """Return kernel size, strides, dilation and padding, often those for which there are kernels of their own."""
    padding = draws.choice(("valid", "same", "pairs", "pairs"))
    if padding == "pairs":
        padding = (draws.pair(0, 3), draws.pair(0, 3))
    strides = draws.choice((1, 1, 1, 2, 0))
    return {
        "kernel_size": draws.choice(
            ((3, 3), (3, 3), (5, 5), (1, 1), draws.pair(1, 3), draws.pair(1, 3), draws.pair(1, 5))
        ),
        "strides": (strides, strides) if strides else draws.pair(1, 3),
        "dilation_rate": draws.pair(1, 3) if draws.one_in(4) else (1, 1),
        "padding": padding,
    }


def _draw_sizes(draws: Draws, taps: int, gradients: bool, groups: int, channels: int, filters: int) -> Settings:
    """Return samples, rows and columns of the output, and channels and filters of a group, of these at most."""
    products = max(1, draws.choice(_PRODUCTS) // (taps * groups))
    pixels = products // draws.choice((1, 16, 256)) if channels * filters > 1 else products
    # The sums of gradients are runs of up to 256 pixels, side by side.
    run = (_STEPS[-1] if groups > 1 else draws.choice(_STEPS)) // (taps * groups)
    if gradients and run < 256:
        pixels = min(run, products)
    sizes = draws.sizes(max(1, pixels), {"samples": 9, "rows": 20, "columns": 40})
    products //= sizes["samples"] * sizes["rows"] * sizes["columns"]
    return {**sizes, **draws.sizes(max(1, products), {"channels": channels, "filters": filters})}


def _draw(draws: Draws, windows: Settings, sizes: Settings, **others) -> Settings:
    """Return all settings; ``sizes`` has the rows and columns of the output, they get those of the image."""
    settings = {**sizes, **windows, "bias": not draws.one_in(3), **others, **arrays_settings(draws)}
    for axis, name in enumerate(("rows", "columns")):
        extent = (windows["kernel_size"][axis] - 1) * windows["dilation_rate"][axis] + 1
        settings[name] = image_side(draws, sizes[name], extent, windows["strides"][axis], windows["padding"], axis)
    return settings


def draw_direct(draws: Draws, gradients: bool) -> Settings:
    windows = draw_windows(draws)
    channels = draws.choice((1, 3, 15, 40, 300))  # of a picture, few, some, more than a stretch of a sum
    sizes = _draw_sizes(draws, math.prod(windows["kernel_size"]), gradients, 1, channels, 100)
    return _draw(draws, windows, sizes, groups=1, algorithm="direct" if draws.one_in(2) else "auto")


def draw_winograd(draws: Draws, gradients: bool) -> Settings:
    padding = draws.choice(
        ("valid", "same", (draws.pair(0, 2), draws.pair(0, 2)), (draws.pair(0, 4), draws.pair(0, 4)))
    )
    windows = {"kernel_size": (3, 3), "strides": (1, 1), "dilation_rate": (1, 1), "padding": padding}
    channels = 300 if draws.one_in(10) else 35
    sizes = _draw_sizes(draws, 4, gradients, 1, channels, 70)
    return _draw(draws, windows, sizes, groups=1, algorithm="auto" if draws.one_in(4) else "winograd")


def draw_grouped(draws: Draws, gradients: bool) -> Settings:
    """Depthwise, or groups of one or several channels and filters."""
    windows = draw_windows(draws)
    depthwise = draws.one_in(2)
    if depthwise and draws.one_in(2):  # as networks have them
        strides = draws.integer(1, 2)
        windows.update(kernel_size=(3, 3), strides=(strides, strides), dilation_rate=(1, 1))
    groups = draws.size(100 if depthwise else 5)
    channels, filters = (1, 1) if depthwise else (20, 35)
    sizes = _draw_sizes(draws, math.prod(windows["kernel_size"]), gradients, groups, channels, filters)
    return _draw(draws, windows, sizes, groups=groups, algorithm="auto")


def _draw_prepared(draw: Callable[[Draws], Settings], draws: Draws) -> Settings:
    """Draw for the kernels themselves: with an epilogue, with packed weights, or both."""
    settings = {**draw(draws), **draw_epilogue(draws), "packed": not draws.one_in(3)}
    return {**settings, "layout": draws.choice(KERNEL_LAYOUTS)}


def _operands(settings: Settings) -> dict[str, Operand | None]:
    groups, channels, filters = (
        settings[name] for name in ("groups", "channels", "filters")
    )  # the last two of a group
    image = (settings["rows"], settings["columns"], groups * channels)
    kernel = (*settings["kernel_size"], channels, groups * filters)
    output = conv2d_geometry(image, kernel, **{name: settings[name] for name in _OPTIONS}).output
    values = settings["values"]
    return {
        "x": Operand((settings["samples"], *image), values),
        "kernel": Operand(kernel, values),
        "bias": Operand(kernel[3:], values) if settings["bias"] else None,
        "dy": Operand((settings["samples"], *output, groups * filters), values),
    }


def _prepared_operands(settings: Settings) -> dict[str, Operand | None]:
    operands = _operands(settings)
    output = operands.pop("dy").shape
    return {**operands, **epilogue_operands(settings, output)}


def _without(*left_out):
    return lambda settings: {name: value for name, value in _operands(settings).items() if name not in left_out}


_OPTIONS = ("strides", "padding", "dilation_rate", "groups", "algorithm")


def _operations(draw: Callable[[Draws, bool], Settings]) -> tuple[Operation, ...]:
    outputs, gradients = partial(draw, gradients=False), partial(draw, gradients=True)
    whole = Operation(conv2d_with_gradients, gradients, _operands, _OPTIONS)
    forward = Operation(conv2d, outputs, _without("dy"), _OPTIONS)
    prepared = Operation(
        prepared_conv2d, partial(_draw_prepared, outputs), _prepared_operands, (*_OPTIONS, "activation", "packed")
    )
    alone = Operation(
        conv2d_kernel_gradient_without_bias,
        partial(_draw_prepared, gradients),
        _without("kernel", "bias"),
        (*_OPTIONS, "kernel_size"),
    )
    return whole, prepared, whole, alone, forward


DIRECT = Family("convolution, direct", _operations(draw_direct))
WINOGRAD = Family("convolution, Winograd", _operations(draw_winograd))
GROUPED = Family("convolution, depthwise and grouped", _operations(draw_grouped))
