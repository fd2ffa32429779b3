"""Dropout of single values and of whole channels."""

from __future__ import annotations

from nativecnn import ops

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import arrays_settings

_ELEMENTS = 1 << 16


def dropout(x, **options):
    return (ops.dropout(x, **options),)


def draw(draws: Draws) -> Settings:
    return {
        "shape": tuple(draws.sizes(_ELEMENTS, {"samples": 40, "pixels": 3000, "channels": 5000}).values()),
        "rate": draws.choice((0.5, 0.1, 0.25, 0.999, 0.0, 1.0)),
        "step": draws.choice((0, 1, draws.integer(0, 2**40))),
        "spatial": draws.one_in(2),
        **arrays_settings(draws),
        "values": draws.choice(("plain", "special", "any_bits")),
    }


def _operands(settings: Settings) -> dict[str, Operand]:
    return {"x": Operand(settings["shape"], settings["values"])}


DROPOUT = Family("dropout", (Operation(dropout, draw, _operands, ("rate", "step", "spatial")),))
