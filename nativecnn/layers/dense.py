"""Dense layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from .. import initializers
from ..checks import positive_integer
from ..initializers import Initializer
from . import activation as activations
from .base import Layer
from .steps import BackwardStep, Call, ForwardStep, Shape

_PIECE = 1 << 20  # weights updated together: with gradient and velocity they stay in the cache


class Dense(Layer):
    """Every output is a weighted sum of all inputs plus a bias.

    Parameters
    ----------
    units : int
        Number of outputs.
    activation : str or Activation, optional
        Function applied to the result, by name or as a layer with settings: ``LeakyReLU(0.1)``.
    use_bias : bool
    kernel_initializer, bias_initializer : str or Initializer
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        Penalties on the weights (see :mod:`nativecnn.regularizers`).
    input_dim : int, optional
        The same as ``input_shape=(input_dim,)``.

    Notes
    -----
    Takes samples (inputs,), gives (units,). Weights: ``kernel`` (inputs, units) and ``bias`` (units,).
    """

    computes_epilogue = True

    def __init__(
        self,
        units: int,
        activation: object = None,
        use_bias: bool = True,
        kernel_initializer: object = "glorot_uniform",
        bias_initializer: object = "zeros",
        kernel_regularizer: object = None,
        bias_regularizer: object = None,
        input_dim: int | None = None,
        input_shape: Sequence[int] | None = None,
        name: str | None = None,
        trainable: bool = True,
    ) -> None:
        if input_dim is not None and input_shape is not None:
            raise ValueError(f"Dense: expected input_dim or input_shape, got both ({input_dim} and {input_shape})")
        super().__init__(name=name, input_shape=input_shape if input_dim is None else (input_dim,), trainable=trainable)
        self.units = positive_integer(units, f"{self.label}: units")
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.add_regularizer("kernel", kernel_regularizer)
        self.add_regularizer("bias", bias_regularizer)

    def get_config(self) -> dict[str, Any]:
        return {
            "units": self.units,
            "activation": activations.configuration(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": self.kernel_initializer.get_config(),
            "bias_initializer": self.bias_initializer.get_config(),
            **super().get_config(),
        }

    def compute_output_shape(self, input_shape: Any) -> Shape:
        if not isinstance(input_shape, tuple) or len(input_shape) != 1:
            raise ValueError(
                f"{self.label}: expected samples of shape (inputs,), got {input_shape}; add a Flatten() before it"
            )
        return (self.units,)

    def weight_specifications(self, input_shape: Any) -> dict[str, tuple[Shape, Initializer]]:
        specifications = {"kernel": ((input_shape[0], self.units), self.kernel_initializer)}
        if self.use_bias:
            specifications["bias"] = ((self.units,), self.bias_initializer)
        return specifications

    def multiply_adds(self, input_shape: Any) -> int:
        (units,) = self.compute_output_shape(input_shape)
        return input_shape[0] * units

    def parts(self) -> list[Layer]:
        return [self, self.activation] if self.activation else [self]

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        kernel, bias = step.weights["kernel"], step.weights.get("bias")
        return [step.kernels.prepare(step.kernels.dense, step.inputs[0], kernel, bias, step.output, step.epilogue)]

    def gradient_pieces(self) -> dict[str, Shape]:
        shapes = {name: weight.shape for name, weight in self.trainable_weights.items()}
        if math.prod(shapes.get("kernel", ())) <= 2 * _PIECE:
            return {}
        return shapes | {"kernel": (max(1, _PIECE // self.units), self.units)}

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        if step.update is not None:
            return self._prepare_pieces(step)
        dy, calls = step.output_gradient, []
        dx, dkernel = step.input_gradients[0], step.weight_gradients.get("kernel")
        if dkernel is not None:
            dbias = step.weight_gradients.get("bias")
            calls.append(partial(step.kernels.dense_kernel_gradient, step.inputs[0], dy, dkernel, dbias))
        if dx is not None:
            calls.append(partial(step.kernels.dense_input_gradient, dy, step.weights["kernel"], dx))
        return calls

    def _prepare_pieces(self, step: BackwardStep) -> list[Call]:
        """Return the calls that go through the kernel once: both gradients and the update of some rows at a time."""
        kernels, kernel, calls = step.kernels, step.weights["kernel"], []
        x, dy, dx = step.inputs[0], step.output_gradient, step.input_gradients[0]
        dkernel, dbias = step.weight_gradients["kernel"], step.weight_gradients.get("bias")
        x_columns, dx_columns = (np.empty(len(x) * len(dkernel), x.dtype) for _ in range(2))  # without gaps
        for first in range(0, len(kernel), len(dkernel)):
            rows = slice(first, min(first + len(dkernel), len(kernel)))
            count = rows.stop - rows.start
            x_piece, dx_piece = (flat[: len(x) * count].reshape(-1, count) for flat in (x_columns, dx_columns))
            piece, dbias_now = dkernel[:count], dbias if first == 0 else None
            calls.append(partial(np.copyto, x_piece, x[:, rows]))
            calls.append(partial(kernels.dense_kernel_gradient, x_piece, dy, piece, dbias_now))
            if dx is not None:
                calls.append(partial(kernels.dense_input_gradient, dy, kernel[rows], dx_piece))
                calls.append(partial(np.copyto, dx[:, rows], dx_piece))
            calls.append(step.update("kernel", piece, rows))
        if dbias is not None:
            calls.append(step.update("bias", dbias, slice(None)))
        return calls
