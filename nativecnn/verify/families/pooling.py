"""Max and average pooling with their gradients; with ReLU's in the same call, prepared."""

from __future__ import annotations

import numpy as np

from nativecnn import ops
from nativecnn.ops.backend import kernels
from nativecnn.ops.pooling import pooling_geometry

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings, image_side

_OUTPUTS = 1 << 14


def max_pool2d_with_gradient(x, dy, **options):
    return ops.max_pool2d(x, **options), ops.max_pool2d_backward(dy, x, **options)


def average_pool2d_with_gradient(x, dy, **options):
    return ops.average_pool2d(x, **options), ops.average_pool2d_backward(dy, x.shape[1:3], **options)


def pool1d_with_gradients(x, dy, **options):
    maximum = ops.max_pool1d(x, **options), ops.max_pool1d_backward(dy, x, **options)
    return *maximum, ops.average_pool1d(x, **options), ops.average_pool1d_backward(dy, x.shape[1], **options)


def pool3d_with_gradients(x, dy, **options):
    maximum = ops.max_pool3d(x, **options), ops.max_pool3d_backward(dy, x, **options)
    return *maximum, ops.average_pool3d(x, **options), ops.average_pool3d_backward(dy, x.shape[1:4], **options)


def prepared_max_pool2d(x, dy, relu, **options):
    geometry = pooling_geometry(x.shape[1:3], **options)
    y, dx = np.empty(dy.shape, np.float32), np.empty(x.shape, np.float32)
    kernels().prepare(kernels().max_pool2d, x, y, *geometry.kernel_arguments)()
    kernels().max_pool2d_gradient(dy, x, dx, *geometry.kernel_arguments, relu)
    return y, dx


def prepared_average_pool2d(x, dy, **options):
    geometry = pooling_geometry(x.shape[1:3], **options)
    y, dx = np.empty(dy.shape, np.float32), np.empty(x.shape, np.float32)
    kernels().prepare(kernels().average_pool2d, x, y, *geometry.kernel_arguments)()
    kernels().prepare(kernels().average_pool2d_gradient, dy, dx, *geometry.kernel_arguments)()
    return y, dx


def draw(draws: Draws) -> Settings:
    window = (2, 2) if draws.one_in(3) else draws.pair(1, 4)
    return _draw_windows(draws, window, draws.choice((None, draws.pair(1, 4))), {"rows": 12, "columns": 12})


def draw_lines(draws: Draws) -> Settings:
    return _draw_windows(draws, (draws.integer(1, 5),), draws.choice((None, (draws.integer(1, 4),))), {"columns": 100})


def draw_volumes(draws: Draws) -> Settings:
    window = (2, 2, 2) if draws.one_in(3) else (draws.integer(1, 3), *draws.pair(1, 3))
    strides = draws.choice((None, (draws.integer(1, 3), *draws.pair(1, 3))))
    return _draw_windows(draws, window, strides, {"planes": 6, "rows": 6, "columns": 6})


def _draw_windows(
    draws: Draws, window: tuple[int, ...], strides: tuple[int, ...] | None, outputs: dict[str, int]
) -> Settings:
    """Draw padding, and images of about so many outputs along each axis."""
    padding = draws.choice(("valid", "same", "pairs"))
    if padding == "pairs":
        padding = tuple((draws.integer(0, size - 1), draws.integer(0, size - 1)) for size in window)
    settings = draws.sizes(_OUTPUTS, {"samples": 32, **outputs, "channels": 300})
    for axis, name in enumerate(outputs):
        stride = (strides or window)[axis]
        settings[name] = image_side(draws, settings[name], window[axis], stride, padding, axis)
    return {
        **settings,
        "pool_size": window,
        "strides": strides,
        "padding": padding,
        "ceil_mode": draws.one_in(2),
        **arrays_settings(draws),
    }


def draw_prepared(draws: Draws) -> Settings:
    return {**draw(draws), "relu": draws.one_in(2), "layout": draws.choice(KERNEL_LAYOUTS)}


def _operands(settings: Settings) -> dict[str, Operand]:
    image = tuple(settings[name] for name in ("planes", "rows", "columns") if name in settings)
    output = pooling_geometry(image, **{name: settings[name] for name in _OPTIONS}).output
    samples, channels, values = (settings[name] for name in ("samples", "channels", "values"))
    return {
        "x": Operand((samples, *image, channels), values),
        "dy": Operand((samples, *output, channels), values),
    }


_OPTIONS = ("pool_size", "strides", "padding", "ceil_mode")

MAXIMUM = Family(
    "max pooling",
    (
        Operation(max_pool2d_with_gradient, draw, _operands, _OPTIONS),
        Operation(prepared_max_pool2d, draw_prepared, _operands, (*_OPTIONS, "relu")),
    ),
)
AVERAGE = Family(
    "average pooling",
    (
        Operation(average_pool2d_with_gradient, draw, _operands, _OPTIONS),
        Operation(prepared_average_pool2d, draw_prepared, _operands, _OPTIONS),
    ),
)
LINES_AND_VOLUMES = Family(
    "pooling along one and three axes",
    (
        Operation(pool1d_with_gradients, draw_lines, _operands, _OPTIONS),
        Operation(pool3d_with_gradients, draw_volumes, _operands, _OPTIONS),
    ),
)
