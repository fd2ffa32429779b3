"""SqueezeNet."""

from __future__ import annotations

from .. import layers
from ..checks import choose
from ..layers.steps import Shape
from ..layers.tensors import Tensor
from ..model import Model
from .blocks import conv_relu

# By version: filters and size of the first convolution, and the places of the poolings: after how many fire modules.
_VERSIONS = {"1.0": (96, 7, (0, 3, 7)), "1.1": (64, 3, (0, 2, 4))}
_FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))


def SqueezeNet(  # noqa: N802
    classes: int = 1000,
    input_shape: Shape = (224, 224, 3),
    include_top: bool = True,
    version: str = "1.0",
) -> Model:
    """Return SqueezeNet: the paper's (1,248,424 parameters), or its authors' faster version 1.1 (1,235,496).

    Parameters
    ----------
    classes : int
        Number of outputs, which are probabilities.
    input_shape : (rows, columns, channels)
        At least 29 × 29 pixels; 25 × 25 for version 1.1.
    include_top : bool
        Whether to end with the last convolution and its mean; else with the feature maps before it.
    version : "1.0" or "1.1"

    References
    ----------
    Iandola et al.: SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and < 0.5 MB model size, 2016.
    """
    filters, size, poolings = choose(version, _VERSIONS, "version")
    x = inputs = layers.Input(input_shape)
    x = conv_relu(x, filters, size, 2, padding="valid", name="conv1")
    for number in range(len(_FIRES) + 1):
        if number:
            x = _fire(x, *_FIRES[number - 1], f"fire{number + 1}")
        if number in poolings:
            x = layers.MaxPooling2D(3, 2, ceil_mode=True, name=f"pool{number + 1}")(x)
    if include_top:
        x = layers.Dropout(0.5, name="dropout")(x)
        x = conv_relu(x, classes, 1, name="conv10")
        x = layers.GlobalAveragePooling2D(name="pool10")(x)
        x = layers.Softmax(name="predictions")(x)
    return Model(inputs, x, name="squeezenet")


def _fire(x: Tensor, squeezed: int, expanded: int, name: str) -> Tensor:
    """Narrow by a 1 × 1 convolution, then widen by some filters of 1 × 1 and as many of 3 × 3."""
    x = conv_relu(x, squeezed, 1, name=f"{name}_squeeze")
    one = conv_relu(x, expanded, 1, name=f"{name}_1x1")
    three = conv_relu(x, expanded, 3, name=f"{name}_3x3")
    return layers.Concatenate(name=name)([one, three])
