"""Layers that only arrange: the values stay where they are."""

from __future__ import annotations

import math
from typing import Any

from .base import Layer, Shape


class Flatten(Layer):
    """Gives each sample as one row of values, in row-major order (channels vary fastest)."""

    is_view = True

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (math.prod(input_shape),)


class InputLayer(Layer):
    """States the shape of a model's samples; it computes nothing and is no entry of ``model.layers``.

    Parameters
    ----------
    input_shape : tuple of int
        Shape of one sample.
    """

    is_view = True

    def __init__(self, input_shape: Shape, name: str | None = None) -> None:
        super().__init__(name=name, input_shape=input_shape)
