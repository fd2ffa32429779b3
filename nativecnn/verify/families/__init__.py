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
    losses,
    merging,
    optimizers,
    pooling,
    reshaping,
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
    pooling.LINES_AND_VOLUMES,
    merging.MERGING,
    merging.CONCATENATION,
    reshaping.RESHAPING,
    reshaping.EMBEDDING,
    batch_normalization.BATCH_NORMALIZATION,
    depthwise.DEPTHWISE,
    conv1d.ROWS,
    conv_transpose.TRANSPOSED,
)

__all__ = ["FAMILIES"]
