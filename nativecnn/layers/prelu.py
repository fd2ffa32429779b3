"""ReLU whose slopes are learned."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from .. import initializers
from ..checks import positive_integer
from ..initializers import Initializer
from .base import Layer
from .steps import BackwardStep, Call, ForwardStep, Shape


class PReLU(Layer):
    """``x`` where it is positive, ``alpha * x`` elsewhere, with slopes alpha that are trained (He et al. 2015).

    Parameters
    ----------
    alpha_initializer : str or Initializer
    shared_axes : int or sequence of int, optional
        Axes of the input along which slopes are shared, counted from the batch's axis 0. For images ``(1, 2)`` gives
        each channel one slope; by default every element of a sample has its own.
    alpha_regularizer : str or Regularizer, optional
        A penalty on the slopes (see :mod:`nativecnn.regularizers`).

    Raises
    ------
    TypeError, ValueError
        If an axis is no integer, or less than 1.

    Notes
    -----
    Takes samples of any shape, gives the same. Weight: ``alpha``, of a sample's shape, with 1 along shared axes.
    """

    in_place = True
    input_gradient_reads = frozenset({"input"})

    def __init__(
        self,
        alpha_initializer: object = "zeros",
        shared_axes: int | Sequence[int] | None = None,
        alpha_regularizer: object = None,
        input_shape: Sequence[int] | None = None,
        name: str | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(name=name, input_shape=input_shape, trainable=trainable)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.add_regularizer("alpha", alpha_regularizer)
        axes = () if shared_axes is None else shared_axes if isinstance(shared_axes, (tuple, list)) else (shared_axes,)
        self.shared_axes = tuple(sorted({positive_integer(axis, f"{self.label}: shared_axes") for axis in axes}))

    def get_config(self) -> dict[str, Any]:
        return {
            "alpha_initializer": self.alpha_initializer.get_config(),
            "shared_axes": list(self.shared_axes) or None,
            **super().get_config(),
        }

    def compute_output_shape(self, input_shape: Any) -> Shape:
        if not isinstance(input_shape, tuple):
            raise ValueError(f"{self.label}: expected one input, got inputs of shapes {input_shape}")
        last = self.shared_axes[-1] if self.shared_axes else 0
        if last > len(input_shape):
            raise ValueError(f"{self.label}: expected samples that have axis {last}, got shape {input_shape}")
        return input_shape

    def weight_specifications(self, input_shape: Any) -> dict[str, tuple[Shape, Initializer]]:
        shape = tuple(1 if axis in self.shared_axes else size for axis, size in enumerate(input_shape, 1))
        return {"alpha": (shape, self.alpha_initializer)}

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        return [step.kernels.prepare(step.kernels.prelu, step.inputs[0], step.weights["alpha"], step.output)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        x, dy, calls = step.inputs[0], step.output_gradient, []
        dx, dalpha = step.input_gradients[0], step.weight_gradients.get("alpha")
        if dalpha is not None:  # first: dx may be dy
            calls.append(partial(step.kernels.prelu_alpha_gradient, x, dy, dalpha))
        if dx is not None:
            calls.append(partial(step.kernels.prelu_input_gradient, dy, x, step.weights["alpha"], dx))
        return calls
