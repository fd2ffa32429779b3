"""The families of operations and how their cases are drawn: everything that a user can call."""

from . import activation, conv, dense, elementary, elementwise, losses, optimizers, pooling, prelu

FAMILIES = (
    conv.DIRECT,
    conv.WINOGRAD,
    conv.GROUPED,
    dense.DENSE,
    pooling.MAXIMUM,
    pooling.AVERAGE,
    elementary.ELEMENTARY,
    activation.ELEMENTWISE,
    activation.RECTIFIERS,
    activation.SMOOTH,
    activation.SOFTMAX,
    prelu.PRELU,
    losses.LOSSES,
    optimizers.OPTIMIZERS,
    elementwise.ADDITION,
)

__all__ = ["FAMILIES"]
