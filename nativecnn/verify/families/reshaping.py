"""Padding with zeros, cropping, upsampling and permuting, with their gradients; rows of a table and its gradient."""

from __future__ import annotations

from nativecnn import ops

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import arrays_settings

_VALUES = 1 << 14


def padding_and_cropping(x, sides):
    padded = ops.zero_pad(x, sides)
    return padded, ops.crop(padded, sides)


def upsampling_with_gradient(x, dy, size):
    return ops.upsample(x, size), ops.upsample_backward(dy, size)


def interpolating_with_gradient(x, dy, size):
    return ops.upsample(x, size, "bilinear"), ops.upsample_backward(dy, size, "bilinear")


def permuting(x, axes):
    return (ops.permute(x, axes),)


def embedding_with_gradient(tokens, table, dy):
    return ops.embedding(tokens, table), ops.embedding_backward(dy, tokens, len(table))


def _draw_image(draws: Draws, axes: int | None = None) -> Settings:
    """Draw the shape of lines, images or volumes."""
    names = ("samples", "planes", "rows", "columns", "channels")
    axes = axes or draws.integer(1, 3)
    chosen = (names[0], *names[4 - axes : 4], names[4])
    drawn = draws.sizes(_VALUES, {name: 300 if name == "channels" else 20 for name in chosen})
    return {"shape": tuple(drawn[name] for name in chosen)}


def draw_sides(draws: Draws) -> Settings:
    image = _draw_image(draws)
    sides = tuple(draws.pair(0, 3) for _ in image["shape"][1:-1])
    return {**image, "sides": sides, **arrays_settings(draws)}


def draw_size(draws: Draws) -> Settings:
    image = _draw_image(draws)
    size = tuple(draws.integer(1, 3) for _ in image["shape"][1:-1])
    return {**image, "size": size, **arrays_settings(draws)}


def draw_image_size(draws: Draws) -> Settings:
    return {**_draw_image(draws, 2), "size": draws.pair(1, 4), **arrays_settings(draws)}


def draw_axes(draws: Draws) -> Settings:
    image, axes = _draw_image(draws), []
    for axis in range(len(image["shape"])):
        axes.insert(draws.integer(0, axis), axis)
    return {**image, "axes": tuple(axes), **arrays_settings(draws)}


def draw_embedding(draws: Draws) -> Settings:
    shape = tuple(draws.sizes(300, {"samples": 30, "positions": 100}).values())
    return {"shape": shape, "rows": draws.size(300), "columns": draws.size(100), **arrays_settings(draws)}


def _one_operand(settings: Settings) -> dict[str, Operand]:
    return {"x": Operand(settings["shape"], settings["values"])}


def _upsampling_operands(settings: Settings) -> dict[str, Operand]:
    samples, *sizes, channels = settings["shape"]
    repeated = (size * factor for size, factor in zip(sizes, settings["size"], strict=True))
    return _one_operand(settings) | {"dy": Operand((samples, *repeated, channels), settings["values"])}


def _embedding_operands(settings: Settings) -> dict[str, Operand]:
    shape, rows, columns, values = (settings[name] for name in ("shape", "rows", "columns", "values"))
    return {
        "tokens": Operand(shape, values, rows),
        "table": Operand((rows, columns), values),
        "dy": Operand((*shape, columns), values),
    }


RESHAPING = Family(
    "padding, cropping, upsampling, permuting",
    (
        Operation(padding_and_cropping, draw_sides, _one_operand, ("sides",)),
        Operation(upsampling_with_gradient, draw_size, _upsampling_operands, ("size",)),
        Operation(interpolating_with_gradient, draw_image_size, _upsampling_operands, ("size",)),
        Operation(permuting, draw_axes, _one_operand, ("axes",)),
    ),
)
EMBEDDING = Family("embedding", (Operation(embedding_with_gradient, draw_embedding, _embedding_operands),))
