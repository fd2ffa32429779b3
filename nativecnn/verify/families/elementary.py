"""exp, log, tanh and sigmoid as functions of all float32 numbers."""

from __future__ import annotations

from nativecnn import ops

from ..cases import Family, Operation
from .elementwise import draw_elements, elements_operands


def elementary_functions(x):
    return ops.exp(x), ops.log(x), ops.tanh(x), ops.sigmoid(x)


ELEMENTARY = Family(
    "exp, log, tanh, sigmoid", (Operation(elementary_functions, draw_elements, elements_operands("x")),)
)
