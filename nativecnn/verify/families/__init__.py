"""The families of operations and how their cases are drawn: everything that a user can call."""

from . import activation, conv, dense, elementary, elementwise, image, losses, optimizers, pooling

FAMILIES = (
    conv.DIRECT,
    conv.WINOGRAD,
    conv.GROUPED,
    dense.DENSE,
    pooling.MAXIMUM,
    pooling.AVERAGE,
    elementary.ELEMENTARY,
    activation.ELEMENTWISE,
    activation.SOFTMAX,
    losses.LOSSES,
    optimizers.OPTIMIZERS,
    elementwise.ADDITION,
    image.IMAGES,
)

__all__ = ["FAMILIES"]
