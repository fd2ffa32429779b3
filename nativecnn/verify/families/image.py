"""Images whose pixels are taken from other places."""

from __future__ import annotations

import numpy as np

from nativecnn.ops.backend import kernels

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings

_OUTPUTS = 1 << 13


def affine_images(x, matrices, output_size, fill_mode, fill_value):
    y = np.empty((len(x), *output_size, x.shape[3]), np.float32)
    kernels().affine_bilinear(x, matrices * np.array([1.0, 1.0, 9.0]), fill_mode, np.float32(fill_value), y)
    return (y,)


def taken_pixels(x, rows, columns, of_bytes):
    fill = x[0, 0, 0].copy()
    if of_bytes:
        x, fill = x.view(np.uint8), fill.view(np.uint8)
    y = np.empty((len(x), rows.shape[1], columns.shape[1], x.shape[3]), x.dtype)
    kernels().take_pixels(x, rows - 1, columns - 1, fill, y)
    return (y,)


def _draw_sizes(draws: Draws) -> Settings:
    sizes = draws.sizes(_OUTPUTS, {"samples": 32, "rows": 30, "columns": 30, "channels": 40})
    return {**sizes, "output_size": draws.pair(1, 20)}


def draw_affine(draws: Draws) -> Settings:
    return {
        **_draw_sizes(draws),
        "fill_mode": draws.choice(("constant", "nearest", "wrap", "reflect")),
        "fill_value": draws.choice((0.0, 1.0, -1e-41)),
        **arrays_settings(draws),
        "layout": draws.choice(KERNEL_LAYOUTS),
    }


def draw_taking(draws: Draws) -> Settings:
    return {
        **_draw_sizes(draws),
        "of_bytes": draws.one_in(2),
        **arrays_settings(draws),
        "layout": draws.choice(KERNEL_LAYOUTS),
    }


def _image(settings: Settings) -> Operand:
    return Operand(tuple(settings[name] for name in ("samples", "rows", "columns", "channels")), settings["values"])


def _affine_operands(settings: Settings) -> dict[str, Operand]:
    return {"x": _image(settings), "matrices": Operand((settings["samples"], 2, 3), "plain")}


def _taking_operands(settings: Settings) -> dict[str, Operand]:
    rows, columns = settings["output_size"]
    return {
        "x": _image(settings),
        "rows": Operand((settings["samples"], rows), "plain", settings["rows"] + 1),
        "columns": Operand((settings["samples"], columns), "plain", settings["columns"] + 1),
    }


IMAGES = Family(
    "images",
    (
        Operation(affine_images, draw_affine, _affine_operands, ("output_size", "fill_mode", "fill_value")),
        Operation(taken_pixels, draw_taking, _taking_operands, ("of_bytes",)),
    ),
)
