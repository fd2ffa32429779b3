"""Local response normalization with its gradient."""

from __future__ import annotations

from nativecnn import ops

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import arrays_settings

_ELEMENTS = 1 << 15


def local_response_normalization_with_gradient(x, dy, **options):
    y = ops.local_response_normalization(x, **options)
    return y, ops.local_response_normalization_backward(dy, x, **options)


def draw(draws: Draws) -> Settings:
    return {
        "shape": tuple(draws.sizes(_ELEMENTS, {"samples": 20, "pixels": 400, "channels": 300}).values()),
        "size": 2 * draws.integer(0, 5) + 1,
        "alpha": draws.choice((1e-4, 1.0, 0.0, 0.3)),
        "beta": draws.choice((0.75, 0.75, 0.5, 1.0, 0.6)),
        "k": draws.choice((2.0, 1.0, 0.0)),
        **arrays_settings(draws),
    }


def _operands(settings: Settings) -> dict[str, Operand]:
    return {name: Operand(settings["shape"], settings["values"]) for name in ("x", "dy")}


LOCAL_RESPONSE_NORMALIZATION = Family(
    "local response normalization",
    (Operation(local_response_normalization_with_gradient, draw, _operands, ("size", "alpha", "beta", "k")),),
)
