"""LeNet-5."""

from __future__ import annotations

from .. import layers
from ..layers.steps import Shape
from ..model import Model


def LeNet5(classes: int = 10, input_shape: Shape = (32, 32, 1), include_top: bool = True) -> Model:  # noqa: N802
    """Return LeNet-5 in its common form: tanh, averages, full connections between all maps (61,706 parameters).

    The paper's own subsampling has a trained factor and offset a map, its second convolution connects some of the maps,
    and it classifies by distances. The command line's ``lenet5`` is a variant with ReLU and maxima.

    Parameters
    ----------
    classes : int
        Number of outputs, which are probabilities.
    input_shape : (rows, columns, channels)
        At least 16 × 16 pixels.
    include_top : bool
        Whether to end with the dense layers; else with the feature maps before them.

    References
    ----------
    LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998.
    """
    x = inputs = layers.Input(input_shape)
    for number, filters in ((1, 6), (2, 16)):
        x = layers.Conv2D(filters, 5, activation="tanh", name=f"conv{number}")(x)
        x = layers.AveragePooling2D(2, name=f"pool{number}")(x)
    if include_top:
        x = layers.Flatten(name="flatten")(x)
        x = layers.Dense(120, activation="tanh", name="fc3")(x)
        x = layers.Dense(84, activation="tanh", name="fc4")(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return Model(inputs, x, name="lenet5")
