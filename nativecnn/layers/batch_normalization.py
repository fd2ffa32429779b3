"""Batch normalization."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from .. import initializers
from ..checks import number_between
from ..initializers import Initializer
from ..ops.pixels import as_images
from .base import Layer
from .steps import BackwardStep, Call, ForwardStep, SavedArray, Shape, StateStep


class BatchNormalization(Layer):
    """Brings each channel to mean 0 and variance 1, then to a learned scale and offset.

    In training these are the mean and variance of the batch, over samples and pixels; otherwise moving averages of
    them. A layer with ``trainable=False`` uses the moving averages in training too, and leaves them as they are.

    Parameters
    ----------
    axis : int
        The axis of the channels, which must be the last: -1, or its number counted with the batch axis.
    momentum : float
        Part of the moving averages that each training step keeps.
    epsilon : float
        Added to the variance.
    center, scale : bool
        Whether there are an offset ``beta`` and a factor ``gamma``.
    beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer : str or Initializer
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
        Penalties on the weights (see :mod:`nativecnn.regularizers`).

    Notes
    -----
    Takes samples of any shape (…, channels). Weights, each (channels,): ``gamma`` and ``beta``, and those without a
    gradient, ``moving_mean`` and ``moving_variance``. The variances are biased (divided by the number of values), also
    in the moving average, as in Keras; PyTorch's is unbiased.

    Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
    2015.

    Raises
    ------
    TypeError, ValueError
        If a setting is none.
    """

    in_place = True
    computes_relu = True
    scales_and_shifts = True
    non_trainable_weights = frozenset({"moving_mean", "moving_variance"})

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: object = "zeros",
        gamma_initializer: object = "ones",
        moving_mean_initializer: object = "zeros",
        moving_variance_initializer: object = "ones",
        beta_regularizer: object = None,
        gamma_regularizer: object = None,
        input_shape: Sequence[int] | None = None,
        name: str | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(name=name, input_shape=input_shape, trainable=trainable)
        if not isinstance(axis, int) or isinstance(axis, bool):
            raise TypeError(f"{self.label}: axis: expected an integer, got {axis!r}")
        self.axis = axis
        self.momentum = number_between(momentum, f"{self.label}: momentum", high=1.0, high_included=True)
        self.epsilon = number_between(epsilon, f"{self.label}: epsilon")
        self.center = bool(center)
        self.scale = bool(scale)
        self.initializers = {
            "gamma": initializers.get(gamma_initializer),
            "beta": initializers.get(beta_initializer),
            "moving_mean": initializers.get(moving_mean_initializer),
            "moving_variance": initializers.get(moving_variance_initializer),
        }
        self.add_regularizer("beta", beta_regularizer)
        self.add_regularizer("gamma", gamma_regularizer)

    def get_config(self) -> dict[str, Any]:
        return {
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            **{f"{name}_initializer": initializer.get_config() for name, initializer in self.initializers.items()},
            **super().get_config(),
        }

    def compute_output_shape(self, input_shape: Any) -> Shape:
        if not isinstance(input_shape, tuple) or not input_shape:
            raise ValueError(f"{self.label}: expected samples of at least one axis, the channels, got {input_shape}")
        if self.axis not in (-1, len(input_shape)):
            raise ValueError(
                f"{self.label}: expected as axis the last one, -1 or {len(input_shape)} with samples of shape "
                f"{input_shape}, got {self.axis}"
            )
        return input_shape

    def weight_specifications(self, input_shape: Any) -> dict[str, tuple[Shape, Initializer]]:
        has = {"gamma": self.scale, "beta": self.center}
        return {
            name: (input_shape[-1:], initializer)
            for name, initializer in self.initializers.items()
            if has.get(name, True)
        }

    def multiply_adds(self, input_shape: Any) -> int:
        return math.prod(input_shape)

    @property
    def input_gradient_reads(self) -> frozenset[str]:
        """The input, unless the statistics are constants."""
        return frozenset({"input"} if self.trainable else ())

    def saved_arrays(self, input_shape: Any) -> dict[str, SavedArray]:
        if not self.trainable:
            return {}
        return {name: SavedArray(input_shape[-1:], batched=False) for name in ("mean", "variance")}

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        kernels, x = step.kernels, step.inputs[0]
        calls, (mean, variance) = [], self._moving(step.weights)
        if step.training and self.trainable:
            mean, variance = step.saved["mean"], step.saved["variance"]
            calls.append(partial(kernels.batch_statistics, as_images(x), mean, variance))
        coefficients, (scale, shift) = self._coefficients(step, mean, variance)
        return [*calls, coefficients, kernels.prepare(kernels.scale_shift, x, scale, shift, step.output, step.relu)]

    def prepare_scale_and_shift(self, step: ForwardStep) -> tuple[Call, np.ndarray, np.ndarray]:
        coefficients, (scale, shift) = self._coefficients(step, *self._moving(step.weights))
        return coefficients, scale, shift

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        kernels, dx = step.kernels, step.input_gradients[0]
        if not (step.training and self.trainable):
            coefficients, (scale, _) = self._coefficients(step, *self._moving(step.weights))
            return [coefficients, partial(kernels.scale_shift, step.output_gradient, scale, None, dx)]
        mean, variance = step.saved["mean"], step.saved["variance"]
        dgamma, dbeta = (
            np.empty_like(mean) if gradient is None else gradient
            for gradient in (step.weight_gradients.get("gamma"), step.weight_gradients.get("beta"))
        )
        dy, x = as_images(step.output_gradient), as_images(step.inputs[0])
        sums = kernels.batch_normalization_weight_gradients
        calls = [partial(sums, dy, x, mean, variance, self.epsilon, dgamma, dbeta)]
        if dx is not None:
            settings = step.weights.get("gamma"), mean, variance, self.epsilon, dgamma, dbeta
            calls.append(partial(kernels.batch_normalization_input_gradient, dy, x, *settings, as_images(dx)))
        return calls

    def prepare_state_update(self, step: StateStep) -> list[Call]:
        return [
            partial(step.kernels.moving_average, step.weights[f"moving_{name}"], step.saved[name], self.momentum)
            for name in ("mean", "variance")
        ]

    def _coefficients(
        self, step: ForwardStep | BackwardStep, mean: np.ndarray, variance: np.ndarray
    ) -> tuple[Call, tuple[np.ndarray, np.ndarray]]:
        """Return the call that computes scale and shift, and these: each run makes them of the weights as they are."""
        scale, shift = np.empty(mean.shape, mean.dtype), np.empty(mean.shape, mean.dtype)
        gamma, beta = step.weights.get("gamma"), step.weights.get("beta")
        function = step.kernels.batch_normalization_coefficients
        return partial(function, gamma, beta, mean, variance, self.epsilon, scale, shift), (scale, shift)

    @staticmethod
    def _moving(weights: Any) -> tuple[np.ndarray, np.ndarray]:
        return weights["moving_mean"], weights["moving_variance"]
