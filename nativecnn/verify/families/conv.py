"""2-D convolution with its gradients: direct, by Winograd's algorithm, in groups; fused, packed, prepared."""

from __future__ import annotations

import numpy as np

from nativecnn import ops
from nativecnn.ops.backend import kernels
from nativecnn.ops.conv import conv2d_geometry

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings, image_side, padding_pixels

# What the reference, whose steps take long however small they are, can do in a part of a second.
_PRODUCTS = (1 << 13, 1 << 15, 1 << 18)  # of a case's output
_STEPS = 7000  # of a gradient's sums


def conv2d_with_gradients(x, kernel, bias, dy, **options):
    return ops.conv2d(x, kernel, bias, **options), *ops.conv2d_backward(dy, x, kernel, **options)


def conv2d(x, kernel, bias, **options):
    return (ops.conv2d(x, kernel, bias, **options),)


def prepared_conv2d(x, kernel, bias, relu, packed, **options):
    backend, geometry = kernels(), conv2d_geometry(x.shape[1:], kernel.shape, **options)
    y = np.empty((len(x), *geometry.output, kernel.shape[3]), np.float32)
    arguments = (x, kernel, bias, y, *geometry.kernel_arguments, relu)
    weights = backend.pack_conv2d(kernel, geometry.groups, geometry.algorithm) if packed else None
    backend.prepare(backend.conv2d, *arguments, packed=(lambda: weights) if packed else None)()
    return (y,)


def conv2d_kernel_gradient_without_bias(x, dy, kernel_size, **options):
    shape = (*kernel_size, x.shape[3] // options["groups"], dy.shape[3])
    geometry, dkernel = conv2d_geometry(x.shape[1:], shape, **options), np.empty(shape, np.float32)
    kernels().conv2d_kernel_gradient(x, dy, dkernel, None, *geometry.kernel_arguments)
    return (dkernel,)


def _draw_windows(draws: Draws) -> Settings:
    """Return kernel size, strides, dilation and padding."""
    padding = draws.choice(("valid", "same", "pairs", "pairs"))
    if padding == "pairs":
        padding = (draws.pair(0, 3), draws.pair(0, 3))
    return {
        "kernel_size": (1, 1) if draws.one_in(8) else draws.pair(1, 5 if draws.one_in(3) else 3),
        "strides": draws.pair(1, 3) if draws.one_in(2) else (1, 1),
        "dilation_rate": draws.pair(1, 3) if draws.one_in(3) else (1, 1),
        "padding": padding,
    }


def _draw(draws: Draws, windows: Settings, sizes: Settings, **others) -> Settings:
    """Return all settings; ``sizes`` has the rows and columns of the output, and gets those of the image."""
    settings = {**sizes, **windows, "bias": not draws.one_in(3), **others, **arrays_settings(draws)}
    for axis, name in enumerate(("rows", "columns")):  # now the image's
        extent = (windows["kernel_size"][axis] - 1) * windows["dilation_rate"][axis] + 1
        pixels = padding_pixels(windows["padding"])[axis]
        settings[name] = image_side(draws, sizes[name], extent, windows["strides"][axis], pixels)
    return settings


def draw_direct(draws: Draws) -> Settings:
    windows = _draw_windows(draws)
    taps = windows["kernel_size"][0] * windows["kernel_size"][1]
    most = {"samples": 9, "rows": 40, "columns": 40, "channels": 300 if draws.one_in(8) else 40, "filters": 100}
    algorithm = "direct" if draws.one_in(2) else "auto"
    return _draw(draws, windows, draws.sizes(draws.choice(_PRODUCTS) // taps, most), groups=1, algorithm=algorithm)


def draw_winograd(draws: Draws) -> Settings:
    padding = draws.choice(
        ("valid", "same", (draws.pair(0, 2), draws.pair(0, 2)), (draws.pair(0, 4), draws.pair(0, 4)))
    )
    windows = {"kernel_size": (3, 3), "strides": (1, 1), "dilation_rate": (1, 1), "padding": padding}
    most = {"samples": 9, "rows": 40, "columns": 40, "channels": 300 if draws.one_in(16) else 35, "filters": 70}
    algorithm = "auto" if draws.one_in(4) else "winograd"
    return _draw(draws, windows, draws.sizes(draws.choice(_PRODUCTS) // 4, most), groups=1, algorithm=algorithm)


def _with_gradients(draw):
    """Return a draw of cases whose gradients the reference computes in bearable time."""

    def draw_affordable(draws: Draws) -> Settings:
        while True:
            settings = draw(draws)
            taps = settings["kernel_size"][0] * settings["kernel_size"][1]
            pixels = settings["samples"] * settings["rows"] * settings["columns"]
            if settings["groups"] * taps * min(pixels, 256) <= _STEPS:
                return settings

    return draw_affordable


def draw_grouped(draws: Draws) -> Settings:
    """Depthwise, or groups of one or several channels and filters."""
    windows = _draw_windows(draws)
    taps = windows["kernel_size"][0] * windows["kernel_size"][1]
    if draws.one_in(2):
        sizes = draws.sizes(
            draws.choice(_PRODUCTS) // 4 // taps, {"samples": 9, "rows": 40, "columns": 40, "groups": 100}
        )
        sizes.update(channels=sizes["groups"], filters=sizes["groups"])
    else:
        most = {"samples": 9, "rows": 30, "columns": 30, "channels": 20, "filters": 35, "groups": 7}
        sizes = draws.sizes(draws.choice(_PRODUCTS) // 4 // taps, most)
        sizes["channels"] *= sizes["groups"]
        sizes["filters"] *= sizes["groups"]
    return _draw(draws, windows, sizes, algorithm="auto")


def _prepared(draw):
    """Return a draw for the kernels themselves: with ReLU in the same call, or packed weights, or both."""

    def draw_prepared(draws: Draws) -> Settings:
        settings = draw(draws)
        settings["layout"] = draws.choice(KERNEL_LAYOUTS)
        return {**settings, "relu": not draws.one_in(3), "packed": not draws.one_in(3)}

    return draw_prepared


def _operands(settings: Settings) -> dict[str, Operand | None]:
    image = (settings["rows"], settings["columns"], settings["channels"])
    group_channels, rest = divmod(settings["channels"], settings["groups"])
    if rest:
        raise ValueError("expected whole groups of channels")
    kernel = (*settings["kernel_size"], group_channels, settings["filters"])
    output = conv2d_geometry(image, kernel, **{name: settings[name] for name in _OPTIONS}).output
    values = settings["values"]
    return {
        "x": Operand((settings["samples"], *image), values),
        "kernel": Operand(kernel, values),
        "bias": Operand(kernel[3:], values) if settings["bias"] else None,
        "dy": Operand((settings["samples"], *output, settings["filters"]), values),
    }


def _without(*left_out):
    return lambda settings: {name: value for name, value in _operands(settings).items() if name not in left_out}


_OPTIONS = ("strides", "padding", "dilation_rate", "groups", "algorithm")


def _operations(draw) -> tuple[Operation, ...]:
    affordable = _with_gradients(draw)
    whole = Operation(conv2d_with_gradients, affordable, _operands, _OPTIONS)
    forward = Operation(conv2d, draw, _without("dy"), _OPTIONS)
    prepared = Operation(prepared_conv2d, _prepared(draw), _without("dy"), (*_OPTIONS, "relu", "packed"))
    alone = Operation(
        conv2d_kernel_gradient_without_bias,
        _prepared(affordable),
        _without("kernel", "bias"),
        (*_OPTIONS, "kernel_size"),
    )
    return whole, forward, prepared, whole, prepared, alone


DIRECT = Family("convolution, direct", _operations(draw_direct))
WINOGRAD = Family("convolution, Winograd", _operations(draw_winograd))
GROUPED = Family("convolution, depthwise and grouped", _operations(draw_grouped))
