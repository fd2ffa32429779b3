"""The networks that estimators train where they are given none: small ones."""

from __future__ import annotations

from .. import layers
from ..layers.steps import Shape
from ..sequential import Sequential

_HIDDEN = 64


def default_network(input_shape: Shape, outputs: int, activation: str | None) -> Sequential:
    """Return one hidden layer for rows of features; for images, two convolutions, each pooled, before it.

    Parameters
    ----------
    input_shape : tuple of int
        Of one sample: (features,) or (rows, columns, channels).
    outputs : int
    activation : str, optional
        Of the outputs.
    """
    model = Sequential(name="default_network")
    if len(input_shape) == 3:
        side = min(input_shape[:2])
        for filters in (16, 32):
            model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
            if side >= 4:
                model.add(layers.MaxPooling2D(2))
                side //= 2
    if len(input_shape) > 1:
        model.add(layers.Flatten())
    model.add(layers.Dense(_HIDDEN, activation="relu"))
    model.add(layers.Dense(outputs, activation=activation))
    model.build(input_shape)
    return model
