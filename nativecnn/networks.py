"""The small networks that the command line offers, built for an image's shape and a number of classes."""

from collections.abc import Callable
from typing import NamedTuple

from nativecnn import layers
from nativecnn.sequential import Sequential

Shape = tuple[int, int, int]


class Network(NamedTuple):
    """A network on offer."""

    description: str
    build: Callable[[Shape, int], Sequential]
    smallest_image: int
    """Least height and width it takes, in pixels."""


def convnet(input_shape: Shape, classes: int) -> Sequential:
    """Two convolutions, each pooled, and a hidden layer of 128.

    Kernels of 5 × 5 with 16 and 64 filters; of 3 × 3, padded, with 32 and 64 for images under 16 pixels, of which
    little would be left otherwise.
    """
    if min(input_shape[:2]) < 16:
        first, second, size, padding = 32, 64, 3, "same"
    else:
        first, second, size, padding = 16, 64, 5, "valid"
    return Sequential(
        [
            layers.Conv2D(first, size, padding=padding, activation="relu", input_shape=input_shape),
            layers.MaxPooling2D(2),
            layers.Conv2D(second, size, padding=padding, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(classes, activation="softmax"),
        ],
        name="convnet",
    )


def lenet5(input_shape: Shape, classes: int) -> Sequential:
    """LeNet-5 as it is built today: ReLU and max pooling in place of tanh and averages.

    References
    ----------
    LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998.
    """
    return Sequential(
        [
            layers.Conv2D(6, 5, padding="same", activation="relu", input_shape=input_shape),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, padding="same" if min(input_shape[:2]) < 12 else "valid", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(120, activation="relu"),
            layers.Dense(84, activation="relu"),
            layers.Dense(classes, activation="softmax"),
        ],
        name="lenet5",
    )


def x_or_o(input_shape: Shape, classes: int) -> Sequential:
    """The lecture's network for pictures of X and O: features of 3 × 3, ReLU and pooling, twice, then votes.

    Pooling keeps its partial windows: of 9 × 9 pixels, 7 × 7 remain, then 4 × 4, 2 × 2 and one.

    References
    ----------
    Rohrer: How convolutional neural networks work, 2016.
    """
    return Sequential(
        [
            layers.Conv2D(8, 3, activation="relu", input_shape=input_shape),
            layers.MaxPooling2D(2, ceil_mode=True),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(2, ceil_mode=True),
            layers.Flatten(),
            layers.Dense(classes, activation="softmax"),
        ],
        name="x_or_o",
    )


def dense(input_shape: Shape, classes: int) -> Sequential:
    """Two hidden layers of 256 and 128: what a network makes of pixels without their places."""
    return Sequential(
        [
            layers.Flatten(input_shape=input_shape),
            layers.Dense(256, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(classes, activation="softmax"),
        ],
        name="dense",
    )


def logistic(input_shape: Shape, classes: int) -> Sequential:
    """Logistic regression: one dense layer, the yardstick for the others."""
    return Sequential(
        [layers.Flatten(input_shape=input_shape), layers.Dense(classes, activation="softmax")],
        name="logistic",
    )


NETWORKS = {
    "convnet": Network("two convolutions, two dense layers", convnet, 4),
    "lenet5": Network("two convolutions, three dense layers", lenet5, 4),
    "x_or_o": Network("two convolutions, one dense layer", x_or_o, 9),
    "dense": Network("three dense layers", dense, 1),
    "logistic": Network("one dense layer", logistic, 1),
}
