"""Local response normalization."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ..ops.local_response_normalization import ResponseSettings, response_settings
from ..ops.pixels import as_rows
from .base import Layer
from .steps import BackwardStep, Call, ForwardStep, Shape


class LocalResponseNormalization(Layer):
    """Divides each value by a power of the squares of its neighbouring channels, ``(k + alpha * sum) ** beta``.

    Parameters
    ----------
    size : int
        Odd; how many channels are summed, the value's own in the middle. There are fewer at the edges.
    alpha, beta, k : float
        AlexNet's by default. PyTorch and Caffe divide alpha by the size: their alpha is ``size`` times this one.

    Notes
    -----
    Takes samples (…, channels) and keeps their shape.

    Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", 2012.

    Raises
    ------
    TypeError, ValueError
        If a setting is none.
    """

    in_place = True
    input_gradient_reads = frozenset({"input"})

    def __init__(
        self,
        size: int = 5,
        alpha: float = 1e-4,
        beta: float = 0.75,
        k: float = 2.0,
        input_shape: Sequence[int] | None = None,
        name: str | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(name=name, input_shape=input_shape, trainable=trainable)
        self.settings: ResponseSettings = response_settings(size, alpha, beta, k, self.label)

    def get_config(self) -> dict[str, Any]:
        return {**self.settings._asdict(), **super().get_config()}

    def compute_output_shape(self, input_shape: Any) -> Shape:
        if not isinstance(input_shape, tuple) or not input_shape:
            raise ValueError(f"{self.label}: expected samples of at least one axis, the channels, got {input_shape}")
        return input_shape

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        x, y = as_rows(step.inputs[0]), as_rows(step.output)
        return [partial(step.kernels.local_response_normalization, x, *self.settings, y)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        dy, x, dx = (as_rows(array) for array in (step.output_gradient, step.inputs[0], step.input_gradients[0]))
        return [partial(step.kernels.local_response_normalization_gradient, dy, x, *self.settings, dx)]
