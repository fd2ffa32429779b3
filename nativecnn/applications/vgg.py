"""VGG16 and VGG19."""

from __future__ import annotations

from .. import layers
from ..layers.steps import Shape
from ..model import Model
from .blocks import conv_relu, dense_head

_FILTERS = (64, 128, 256, 512, 512)


def VGG16(classes: int = 1000, input_shape: Shape = (224, 224, 3), include_top: bool = True) -> Model:  # noqa: N802
    """Return VGG16, configuration D of the paper (138,357,544 parameters).

    Parameters
    ----------
    classes : int
        Number of outputs, which are probabilities.
    input_shape : (rows, columns, channels)
        At least 32 × 32 pixels.
    include_top : bool
        Whether to end with the dense layers; else with the feature maps before them.

    References
    ----------
    Simonyan, Zisserman: Very deep convolutional networks for large-scale image recognition, 2015.
    """
    return _vgg((2, 2, 3, 3, 3), classes, input_shape, include_top, "vgg16")


def VGG19(classes: int = 1000, input_shape: Shape = (224, 224, 3), include_top: bool = True) -> Model:  # noqa: N802
    """Return VGG19, configuration E of the paper (143,667,240 parameters); otherwise as :func:`VGG16`."""
    return _vgg((2, 2, 4, 4, 4), classes, input_shape, include_top, "vgg19")


def _vgg(depths: tuple[int, ...], classes: int, input_shape: Shape, include_top: bool, name: str) -> Model:
    x = inputs = layers.Input(input_shape)
    for block, (filters, depth) in enumerate(zip(_FILTERS, depths, strict=True), 1):
        for number in range(1, depth + 1):
            x = conv_relu(x, filters, 3, name=f"conv{block}_{number}")
        x = layers.MaxPooling2D(2, name=f"pool{block}")(x)
    return Model(inputs, dense_head(x, classes) if include_top else x, name=name)
