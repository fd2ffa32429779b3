"""ReLU with learned slopes, and both gradients."""

from __future__ import annotations

import numpy as np

from nativecnn import ops
from nativecnn.ops.backend import kernels

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings

_ELEMENTS = 1 << 16


def prelu_with_gradients(x, alpha, dy):
    return ops.prelu(x, alpha), *ops.prelu_backward(dy, x, alpha)


def prelu_in_place(x, alpha, dy):
    y, dx, dalpha = x.copy(), dy.copy(), np.empty_like(alpha)
    kernels().prelu_alpha_gradient(y, dx, dalpha)
    kernels().prelu_input_gradient(dx, y, alpha, dx)
    kernels().prelu(y, alpha, y)
    return y, dx, dalpha


def draw(draws: Draws) -> Settings:
    axes = dict(zip(("rows", "columns", "channels"), (40, 40, 300), strict=True))
    most = {"samples": draws.choice((1, 3, 600))} | dict(list(axes.items())[draws.integer(0, 2) :])
    shape = tuple(draws.sizes(_ELEMENTS, most).values())
    sharing = draws.choice(("all but the last", "all but the last", "no", "any"))
    shared = tuple(
        sharing == "any" and draws.one_in(2) or sharing == "all but the last" and axis < len(shape) - 1
        for axis in range(1, len(shape))
    )
    return {"shape": shape, "shared": shared, **arrays_settings(draws)}


def draw_in_place(draws: Draws) -> Settings:
    return {**draw(draws), "layout": draws.choice(KERNEL_LAYOUTS)}


def _operands(settings: Settings) -> dict[str, Operand]:
    shape, values = settings["shape"], settings["values"]
    slopes = tuple(1 if shared else size for size, shared in zip(shape[1:], settings["shared"], strict=False))
    return {"x": Operand(shape, values), "alpha": Operand(slopes, values), "dy": Operand(shape, values)}


PRELU = Family(
    "PReLU",
    (Operation(prelu_with_gradients, draw, _operands), Operation(prelu_in_place, draw_in_place, _operands)),
)
