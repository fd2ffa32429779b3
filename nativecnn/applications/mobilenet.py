"""MobileNetV2."""

from __future__ import annotations

from typing import NamedTuple

from .. import layers
from ..layers.steps import Shape
from ..layers.tensors import Tensor
from ..model import Model
from .blocks import batch_normalized, normalized, pooled_head


class _Stage(NamedTuple):
    """Inverted residual blocks of one width."""

    expansion: int
    filters: int
    depth: int
    strides: int
    """Of the first block."""


_STAGES = (
    _Stage(1, 16, 1, 1),
    _Stage(6, 24, 2, 2),
    _Stage(6, 32, 3, 2),
    _Stage(6, 64, 4, 2),
    _Stage(6, 96, 3, 1),
    _Stage(6, 160, 3, 2),
    _Stage(6, 320, 1, 1),
)


def MobileNetV2(  # noqa: N802
    classes: int = 1000, input_shape: Shape = (224, 224, 3), include_top: bool = True
) -> Model:
    """Return MobileNetV2 of width 1 (3,504,872 parameters that are trained, 34,112 running means and variances).

    Parameters
    ----------
    classes : int
        Number of outputs, which are probabilities.
    input_shape : (rows, columns, channels)
        Images of any size.
    include_top : bool
        Whether to end with the dense layer; else with the feature maps before it.

    References
    ----------
    Sandler et al.: MobileNetV2: inverted residuals and linear bottlenecks, 2018.
    """
    x = inputs = layers.Input(input_shape)
    x = normalized(x, 32, 3, 2, name="stem", activation="relu6")
    for stage_number, stage in enumerate(_STAGES, 1):
        for number in range(stage.depth):
            strides = stage.strides if number == 0 else 1
            x = _inverted_residual(x, stage, strides, f"stage{stage_number}_block{number + 1}")
    x = normalized(x, 1280, 1, name="last", activation="relu6")
    return Model(inputs, pooled_head(x, classes, rate=0.2) if include_top else x, name="mobilenet_v2")


def _inverted_residual(x: Tensor, stage: _Stage, strides: int, name: str) -> Tensor:
    """Widen, filter each channel by itself, narrow again without an activation, and add the input where it fits."""
    channels = x.shape[2]
    y = x
    if stage.expansion > 1:
        y = normalized(y, stage.expansion * channels, 1, name=f"{name}_expand", activation="relu6")
    y = layers.DepthwiseConv2D(
        3,
        strides=strides,
        padding=1,
        use_bias=False,
        depthwise_initializer="he_uniform",
        name=f"{name}_depthwise_conv",
    )(y)
    y = batch_normalized(y, name=f"{name}_depthwise", activation="relu6")
    y = normalized(y, stage.filters, 1, name=f"{name}_project", activation=None)
    if strides == 1 and channels == stage.filters:
        y = layers.Add(name=f"{name}_add")([y, x])
    return y
