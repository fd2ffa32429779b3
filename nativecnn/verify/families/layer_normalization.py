"""Layer normalization with its gradients."""

from __future__ import annotations

from nativecnn import ops

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import arrays_settings

_ELEMENTS = 1 << 16


def layer_normalization_with_gradient(x, dy, gamma, beta, epsilon):
    y = ops.layer_normalization(x, gamma, beta, epsilon=epsilon)
    return y, *ops.layer_normalization_backward(dy, x, gamma, epsilon=epsilon)


def draw(draws: Draws) -> Settings:
    most = {"samples": 600, "values": 3000} if draws.one_in(2) else {"samples": 40, "steps": 700, "values": 600}
    return {
        "shape": tuple(draws.sizes(_ELEMENTS, most).values()),
        "with_gamma": draws.one_in(2),
        "with_beta": draws.one_in(2),
        "epsilon": draws.choice((1e-3, 1e-5, 0.0, 0.1)),
        **arrays_settings(draws),
    }


def _operands(settings: Settings) -> dict[str, Operand | None]:
    shape, values = settings["shape"], settings["values"]
    return {
        "x": Operand(shape, values),
        "dy": Operand(shape, values),
        "gamma": Operand(shape[-1:], values) if settings["with_gamma"] else None,
        "beta": Operand(shape[-1:], values) if settings["with_beta"] else None,
    }


LAYER_NORMALIZATION = Family(
    "layer normalization", (Operation(layer_normalization_with_gradient, draw, _operands, ("epsilon",)),)
)
