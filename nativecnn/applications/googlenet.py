"""GoogLeNet, the first Inception network."""

from __future__ import annotations

from typing import NamedTuple

from .. import layers
from ..layers.steps import Shape
from ..layers.tensors import Tensor
from ..model import Model
from .blocks import conv_relu, pooled_head


class _Filters(NamedTuple):
    """Of the branches of an inception module, and of the 1 × 1 convolutions that reduce their inputs."""

    conv1: int
    reduce3: int
    conv3: int
    reduce5: int
    conv5: int
    pool: int


_MODULES = {
    "3a": _Filters(64, 96, 128, 16, 32, 32),
    "3b": _Filters(128, 128, 192, 32, 96, 64),
    "4a": _Filters(192, 96, 208, 16, 48, 64),
    "4b": _Filters(160, 112, 224, 24, 64, 64),
    "4c": _Filters(128, 128, 256, 24, 64, 64),
    "4d": _Filters(112, 144, 288, 32, 64, 64),
    "4e": _Filters(256, 160, 320, 32, 128, 128),
    "5a": _Filters(256, 160, 320, 32, 128, 128),
    "5b": _Filters(384, 192, 384, 48, 128, 128),
}
_AUXILIARY = ("4a", "4d")  # the modules after which the paper puts its auxiliary classifiers
_POOLED = ("3b", "4e")


def GoogLeNet(  # noqa: N802
    classes: int = 1000,
    input_shape: Shape = (224, 224, 3),
    include_top: bool = True,
    auxiliary_outputs: bool = False,
) -> Model:
    """Return GoogLeNet (Inception v1) as in the paper, with its 5 × 5 branches (6,998,552 parameters).

    Parameters
    ----------
    classes : int
        Number of outputs, which are probabilities.
    input_shape : (rows, columns, channels)
        At least 47 × 47 pixels; 79 × 79 with the auxiliary outputs.
    include_top : bool
        Whether to end with the dense layer; else with the feature maps before it.
    auxiliary_outputs : bool
        Whether to have the two further outputs that the paper trains with, of weight 0.3 in the loss:
        ``compile(…, loss_weights=[1, 0.3, 0.3])``. They have 6,379,728 parameters more. Only with the top.

    References
    ----------
    Szegedy et al.: Going deeper with convolutions, 2015.
    """
    if auxiliary_outputs and not include_top:
        raise ValueError("GoogLeNet: expected auxiliary outputs with the top only, got include_top=False")
    x = inputs = layers.Input(input_shape)
    x = conv_relu(x, 64, 7, 2, name="conv1")
    x = _response_normalized(_halved(x, "pool1"), "norm1")
    x = conv_relu(x, 64, 1, name="conv2_reduce")
    x = conv_relu(x, 192, 3, name="conv2")
    x = _halved(_response_normalized(x, "norm2"), "pool2")
    auxiliary = []
    for name, filters in _MODULES.items():
        x = _inception(x, filters, f"inception_{name}")
        if auxiliary_outputs and name in _AUXILIARY:
            auxiliary.append(_auxiliary_head(x, classes, f"auxiliary_{name}"))
        if name in _POOLED:
            x = _halved(x, f"pool{name[0]}")
    outputs = pooled_head(x, classes, rate=0.4) if include_top else x
    return Model(inputs, [outputs, *auxiliary], name="googlenet")


def _inception(x: Tensor, filters: _Filters, name: str) -> Tensor:
    """Look at several scales at once, and put what they give side by side."""
    branch1 = conv_relu(x, filters.conv1, 1, name=f"{name}_1x1")
    branch3 = conv_relu(x, filters.reduce3, 1, name=f"{name}_3x3_reduce")
    branch3 = conv_relu(branch3, filters.conv3, 3, name=f"{name}_3x3")
    branch5 = conv_relu(x, filters.reduce5, 1, name=f"{name}_5x5_reduce")
    branch5 = conv_relu(branch5, filters.conv5, 5, name=f"{name}_5x5")
    pooled = layers.MaxPooling2D(3, 1, padding=1, name=f"{name}_pool")(x)
    pooled = conv_relu(pooled, filters.pool, 1, name=f"{name}_pool_projection")
    return layers.Concatenate(name=name)([branch1, branch3, branch5, pooled])


def _auxiliary_head(x: Tensor, classes: int, name: str) -> Tensor:
    x = layers.AveragePooling2D(5, 3, name=f"{name}_pool")(x)
    x = conv_relu(x, 128, 1, name=f"{name}_conv")
    x = layers.Flatten(name=f"{name}_flatten")(x)
    x = layers.Dense(1024, activation="relu", kernel_initializer="he_uniform", name=f"{name}_fc")(x)
    x = layers.Dropout(0.7, name=f"{name}_dropout")(x)
    return layers.Dense(classes, activation="softmax", name=name)(x)


def _halved(x: Tensor, name: str) -> Tensor:
    return layers.MaxPooling2D(3, 2, ceil_mode=True, name=name)(x)


def _response_normalized(x: Tensor, name: str) -> Tensor:
    return layers.LocalResponseNormalization(size=5, alpha=2e-5, beta=0.75, k=1.0, name=name)(x)
