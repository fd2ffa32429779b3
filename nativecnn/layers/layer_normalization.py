"""Layer normalization."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from .. import initializers
from ..checks import number_between, shown
from ..initializers import Initializer
from ..ops.pixels import as_images, as_rows
from .base import Layer
from .steps import BackwardStep, Call, ForwardStep, SavedArray, Shape


class LayerNormalization(Layer):
    """Brings the values of each place of each sample to mean 0 and variance 1, then to a learned scale and offset.

    Parameters
    ----------
    axis : int or sequence of int
        The axes that are normalized together, which must be the last ones: from -1 backwards, or their numbers
        counted with the batch axis.
    epsilon : float
        Added to the variance.
    center, scale : bool
        Whether there are an offset ``beta`` and a factor ``gamma``.
    beta_initializer, gamma_initializer : str or Initializer
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
        Penalties on the weights (see :mod:`nativecnn.regularizers`).

    Notes
    -----
    Takes samples of any shape of at least one axis. Weights: ``gamma`` and ``beta``, of the shape of the normalized
    axes.

    Ba, Kiros and Hinton, "Layer normalization", 2016.

    Raises
    ------
    TypeError, ValueError
        If a setting is none.
    """

    in_place = True
    input_gradient_reads = frozenset({"input"})

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: object = "zeros",
        gamma_initializer: object = "ones",
        beta_regularizer: object = None,
        gamma_regularizer: object = None,
        input_shape: Sequence[int] | None = None,
        name: str | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(name=name, input_shape=input_shape, trainable=trainable)
        self.axis = list(axis) if isinstance(axis, list | tuple) else [axis]
        if not self.axis or not all(isinstance(number, int) and not isinstance(number, bool) for number in self.axis):
            raise TypeError(f"{self.label}: axis: expected an integer or several, got {shown(axis)}")
        self.epsilon = number_between(epsilon, f"{self.label}: epsilon")
        self.center = bool(center)
        self.scale = bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.add_regularizer("beta", beta_regularizer)
        self.add_regularizer("gamma", gamma_regularizer)

    def get_config(self) -> dict[str, Any]:
        return {
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": self.beta_initializer.get_config(),
            "gamma_initializer": self.gamma_initializer.get_config(),
            **super().get_config(),
        }

    def compute_output_shape(self, input_shape: Any) -> Shape:
        if not isinstance(input_shape, tuple) or not input_shape:
            raise ValueError(f"{self.label}: expected samples of at least one axis, got {input_shape}")
        rank = len(input_shape)
        from_the_end = {number if number < 0 else number - rank - 1 for number in self.axis}
        if from_the_end != set(range(-len(self.axis), 0)) or len(self.axis) > rank:
            raise ValueError(
                f"{self.label}: expected as axis the last one or several last ones of samples of shape {input_shape}, "
                f"got {self.axis}"
            )
        return input_shape

    def weight_specifications(self, input_shape: Any) -> dict[str, tuple[Shape, Initializer]]:
        shape = input_shape[-len(self.axis) :]
        specifications = {"gamma": (shape, self.gamma_initializer)} if self.scale else {}
        return specifications | ({"beta": (shape, self.beta_initializer)} if self.center else {})

    def saved_arrays(self, input_shape: Any) -> dict[str, SavedArray]:
        return {name: SavedArray(input_shape[: -len(self.axis)]) for name in ("mean", "inverse")}

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        x, y = self._rows(step.inputs[0]), self._rows(step.output)
        saved = step.saved or {name: np.empty(len(x), x.dtype) for name in ("mean", "inverse")}
        gamma, beta = _flat(step.weights.get("gamma")), _flat(step.weights.get("beta"))
        mean, inverse = _flat(saved["mean"]), _flat(saved["inverse"])
        return [partial(step.kernels.layer_normalization, x, gamma, beta, self.epsilon, mean, inverse, y)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        kernels, calls, x, dy = step.kernels, [], step.inputs[0], step.output_gradient
        mean, inverse = _flat(step.saved["mean"]), _flat(step.saved["inverse"])
        if step.weight_gradients:
            rows = self._rows(x)
            dgamma, dbeta = (
                np.empty(rows.shape[1], x.dtype) if gradient is None else _flat(gradient)
                for gradient in (step.weight_gradients.get("gamma"), step.weight_gradients.get("beta"))
            )
            images = (as_images(array.reshape(*step.saved["mean"].shape, rows.shape[1])) for array in (dy, x))
            calls.append(partial(kernels.layer_normalization_weight_gradients, *images, mean, inverse, dgamma, dbeta))
        if step.input_gradients[0] is not None:
            dy, x, dx = (self._rows(array) for array in (dy, x, step.input_gradients[0]))
            gamma = _flat(step.weights.get("gamma"))
            calls.append(partial(kernels.layer_normalization_input_gradient, dy, x, gamma, mean, inverse, dx))
        return calls

    def _rows(self, array: np.ndarray) -> np.ndarray:
        return as_rows(array, len(self.axis))


def _flat(array: np.ndarray | None) -> np.ndarray | None:
    return None if array is None else array.reshape(-1)
