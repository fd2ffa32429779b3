"""What several of the networks are made of."""

from __future__ import annotations

from .. import layers
from ..layers.tensors import Tensor


def normalized(
    x: Tensor, filters: int, size: int, strides: int = 1, *, name: str, activation: str | None = "relu"
) -> Tensor:
    """Convolve with padding that keeps the size (if the strides do), normalize by batches, apply an activation."""
    x = layers.Conv2D(
        filters,
        size,
        strides=strides,
        padding=size // 2,
        use_bias=False,
        kernel_initializer="he_uniform",
        name=f"{name}_conv",
    )(x)
    return batch_normalized(x, name=name, activation=activation)


def batch_normalized(x: Tensor, *, name: str, activation: str | None = "relu") -> Tensor:
    """Normalize by batches, with the constants usual for these networks, then apply an activation."""
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_norm")(x)
    return x if activation is None else layers.Activation(activation, name=f"{name}_{activation}")(x)


def conv_relu(x: Tensor, filters: int, size: int, strides: int = 1, *, name: str, **settings: object) -> Tensor:
    """Convolve, with a bias, and apply ReLU; by default with padding that keeps the size."""
    settings = {"padding": size // 2, "kernel_initializer": "he_uniform", **settings}
    return layers.Conv2D(filters, size, strides=strides, activation="relu", name=name, **settings)(x)


def dense_head(x: Tensor, classes: int, units: int = 4096, rate: float = 0.5) -> Tensor:
    """Classify by two hidden dense layers with dropout, as AlexNet began it."""
    x = layers.Flatten(name="flatten")(x)
    for name in ("fc6", "fc7"):
        x = layers.Dense(units, activation="relu", kernel_initializer="he_uniform", name=name)(x)
        x = layers.Dropout(rate, name=f"{name}_dropout")(x)
    return layers.Dense(classes, activation="softmax", name="predictions")(x)


def pooled_head(x: Tensor, classes: int, rate: float = 0.0) -> Tensor:
    """Classify by the mean of each feature map."""
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    if rate:
        x = layers.Dropout(rate, name="dropout")(x)
    return layers.Dense(classes, activation="softmax", name="predictions")(x)
