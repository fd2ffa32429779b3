"""AlexNet and ZFNet, which refines its first layers."""

from __future__ import annotations

from .. import layers
from ..layers.steps import Shape
from ..layers.tensors import Tensor
from ..model import Model
from .blocks import conv_relu, dense_head


def AlexNet(classes: int = 1000, input_shape: Shape = (227, 227, 3), include_top: bool = True) -> Model:  # noqa: N802
    """Return AlexNet as in the paper, with its two groups and its response normalization (60,965,224 parameters).

    Images have 227 pixels a side: with the 224 that the paper names, its first layer would not give 55.

    Parameters
    ----------
    classes : int
        Number of outputs, which are probabilities.
    input_shape : (rows, columns, channels)
        At least 67 × 67 pixels.
    include_top : bool
        Whether to end with the dense layers; else with the feature maps before them.

    References
    ----------
    Krizhevsky, Sutskever, Hinton: ImageNet classification with deep convolutional neural networks, 2012.
    """
    x = inputs = layers.Input(input_shape)
    x = conv_relu(x, 96, 11, 4, padding="valid", name="conv1")
    x = _normalized_and_pooled(x, 1)
    x = conv_relu(x, 256, 5, groups=2, name="conv2")
    x = _normalized_and_pooled(x, 2)
    x = conv_relu(x, 384, 3, name="conv3")
    x = conv_relu(x, 384, 3, groups=2, name="conv4")
    x = conv_relu(x, 256, 3, groups=2, name="conv5")
    x = layers.MaxPooling2D(3, 2, name="pool5")(x)
    return Model(inputs, dense_head(x, classes) if include_top else x, name="alexnet")


def ZFNet(classes: int = 1000, input_shape: Shape = (224, 224, 3), include_top: bool = True) -> Model:  # noqa: N802
    """Return ZFNet: AlexNet without groups, its first layers finer (62,357,608 parameters).

    Parameters
    ----------
    classes : int
        Number of outputs, which are probabilities.
    input_shape : (rows, columns, channels)
        At least 63 × 63 pixels.
    include_top : bool
        Whether to end with the dense layers; else with the feature maps before them.

    References
    ----------
    Zeiler, Fergus: Visualizing and understanding convolutional networks, 2014.
    """
    x = inputs = layers.Input(input_shape)
    x = conv_relu(x, 96, 7, 2, padding=1, name="conv1")
    x = layers.MaxPooling2D(3, 2, ceil_mode=True, name="pool1")(x)
    x = _response_normalized(x, 1)
    x = conv_relu(x, 256, 5, 2, padding="valid", name="conv2")
    x = layers.MaxPooling2D(3, 2, ceil_mode=True, name="pool2")(x)
    x = _response_normalized(x, 2)
    for number, filters in ((3, 384), (4, 384), (5, 256)):
        x = conv_relu(x, filters, 3, name=f"conv{number}")
    x = layers.MaxPooling2D(3, 2, name="pool5")(x)
    return Model(inputs, dense_head(x, classes) if include_top else x, name="zfnet")


def _normalized_and_pooled(x: Tensor, number: int) -> Tensor:
    return layers.MaxPooling2D(3, 2, name=f"pool{number}")(_response_normalized(x, number))


def _response_normalized(x: Tensor, number: int) -> Tensor:
    return layers.LocalResponseNormalization(size=5, alpha=1e-4, beta=0.75, k=2.0, name=f"norm{number}")(x)
