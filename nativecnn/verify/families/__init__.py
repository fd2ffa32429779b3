"""The families of operations and how their cases are drawn: everything that a user can call."""

from . import (
    activation,
    batch_normalization,
    conv,
    conv1d,
    conv_transpose,
    dense,
    depthwise,
    elementary,
    elementwise,
    image,
    losses,
    optimizers,
    pooling,
)

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
    batch_normalization.BATCH_NORMALIZATION,
    depthwise.DEPTHWISE,
    conv1d.ROWS,
    conv_transpose.TRANSPOSED,
)

__all__ = ["FAMILIES"]
