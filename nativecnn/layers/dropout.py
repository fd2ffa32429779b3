"""Layers that drop values at random in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import number_between, positive_integer
from ..ops.dropout import as_droppable
from .base import Layer
from .steps import BackwardStep, Call, ForwardStep, Shape


class Dropout(Layer):
    """Replaces values by 0 at random in training, and scales the others so that their mean stays; otherwise nothing.

    Parameters
    ----------
    rate : float
        Part of the values that is dropped, from 0 to 1.
    seed : int, optional
        Of its random numbers; by default the seed of the training, ``nativecnn.set_random_seed``.

    Notes
    -----
    Which values are dropped depends on the seed, the layer's name, the step of the training and their place in the
    batch alone.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.

    Raises
    ------
    TypeError, ValueError
        If the rate is no number from 0 to 1, or the seed no integer of 0 or more.
    """

    in_place = True
    draws_random_numbers = True
    _spatial_axes: int | None = None
    """Axes of the pixels, all of which drop the same channels; None where every value is on its own."""

    def __init__(
        self,
        rate: float,
        seed: int | None = None,
        input_shape: Sequence[int] | None = None,
        name: str | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(name=name, input_shape=input_shape, trainable=trainable)
        self.rate = number_between(rate, f"{self.label}: rate", high=1.0, high_included=True)
        self.seed = None if seed is None else positive_integer(seed, f"{self.label}: seed", minimum=0)

    def get_config(self) -> dict[str, Any]:
        return {"rate": self.rate, "seed": self.seed, **super().get_config()}

    def compute_output_shape(self, input_shape: Any) -> Shape:
        axes = self._spatial_axes
        if not isinstance(input_shape, tuple):
            raise ValueError(f"{self.label}: expected one input, got {len(input_shape)}")
        if axes is not None and len(input_shape) != axes + 1:
            expected = {1: "(steps, channels)", 2: "(rows, columns, channels)", 3: "(planes, rows, columns, channels)"}
            raise ValueError(f"{self.label}: expected samples of shape {expected[axes]}, got {input_shape}")
        return input_shape

    def computes_nothing(self, training: bool) -> bool:
        return not training or self.rate == 0

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        return [self._dropping(step, step.inputs[0], step.output)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        return [self._dropping(step, step.output_gradient, step.input_gradients[0])]

    def _dropping(self, step: ForwardStep | BackwardStep, x: np.ndarray, y: np.ndarray) -> Call:
        kernels, draws, rate = step.kernels, step.draws, self.rate
        x, y = (as_droppable(array, self._spatial_axes is not None) for array in (x, y))
        return lambda: kernels.dropout(x, draws.stream.philox_key, draws.step, rate, y)


class SpatialDropout1D(Dropout):
    """:class:`Dropout` of whole channels of samples (steps, channels)."""

    _spatial_axes = 1


class SpatialDropout2D(Dropout):
    """:class:`Dropout` of whole channels of samples (rows, columns, channels).

    Tompson et al., "Efficient object localization using convolutional networks", 2015.
    """

    _spatial_axes = 2


class SpatialDropout3D(Dropout):
    """:class:`Dropout` of whole channels of samples (planes, rows, columns, channels)."""

    _spatial_axes = 3
