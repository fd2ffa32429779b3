"""Activation layers: one function applied to every value (softmax: to every row of the last axis)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from .base import BackwardStep, Call, ForwardStep, Layer, Shape

_FUNCTIONS = ("linear", "relu", "sigmoid", "softmax", "tanh")


class Activation(Layer):
    """Applies a function by name.

    Parameters
    ----------
    function : str
        ``"relu"``, ``"sigmoid"``, ``"tanh"``, ``"softmax"`` (over the last axis) or ``"linear"`` (nothing).

    Raises
    ------
    ValueError
        If there is no function of that name.
    """

    input_gradient_reads = frozenset({"output"})

    def __init__(self, function: str, **settings: Any) -> None:
        super().__init__(**settings)
        if function not in _FUNCTIONS:
            raise ValueError(f"expected as activation one of {', '.join(_FUNCTIONS)}, got {function!r}")
        self.function = function
        self.is_view = self.function == "linear"
        self.in_place = not self.is_view

    def get_config(self) -> dict[str, Any]:
        return {"function": self.function, **super().get_config()}

    def compute_output_shape(self, input_shape: Any) -> Shape:
        if self.function == "softmax" and not input_shape:
            raise ValueError(f"{self.label}: expected samples of at least one axis, got shape {input_shape}")
        return input_shape

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        return [step.kernels.prepare(getattr(step.kernels, self.function), step.inputs[0], step.output)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        gradient = getattr(step.kernels, f"{self.function}_gradient")
        return [partial(gradient, step.output_gradient, step.output, step.input_gradients[0])]


class _Named(Activation):
    """An activation that a class of its own stands for."""

    function_name = ""

    def __init__(self, *, name: str | None = None, input_shape: Sequence[int] | None = None, **settings: Any) -> None:
        super().__init__(self.function_name, name=name, input_shape=input_shape, **settings)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["function"]
        return config


class ReLU(_Named):
    """``x`` where it is positive, 0 elsewhere."""

    function_name = "relu"


class Sigmoid(_Named):
    """``1 / (1 + exp(-x))``."""

    function_name = "sigmoid"


class Tanh(_Named):
    """The hyperbolic tangent."""

    function_name = "tanh"


class Softmax(_Named):
    """``exp(x) / sum(exp(x))`` over the last axis."""

    function_name = "softmax"


def get(value: object) -> Activation | None:
    """Return the activation that a name or a layer stands for, None for ``None`` and ``"linear"``."""
    if value is None:
        return None
    activation = Activation(value.function) if isinstance(value, Activation) else Activation(value)
    return None if activation.function == "linear" else activation
