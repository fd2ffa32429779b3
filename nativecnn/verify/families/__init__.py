"""The families of operations and how their cases are drawn: everything that a user can call."""

from . import (
    activation,
    batch_normalization,
    conv,
    conv1d,
    conv3d,
    conv_transpose,
    dense,
    depthwise,
    elementary,
    elementwise,
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
    batch_normalization.BATCH_NORMALIZATION,
    depthwise.DEPTHWISE,
    conv1d.ROWS,
    conv3d.VOLUMES,
    conv_transpose.TRANSPOSED,
)

__all__ = ["FAMILIES"]
