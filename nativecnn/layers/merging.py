"""Layers that make one of several inputs: element by element, or one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ..ops.merging import concatenated_shape, normalize_axis
from .base import Layer
from .steps import BackwardStep, Call, ForwardStep, Shape

_MOST_AXES = 64  # of a NumPy array


class _Merging(Layer):
    """What all of them share: a list of inputs of one shape, to be called as ``layer([a, b, …])``."""

    in_place = True
    most_inputs: int | None = None
    kernel = ""

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shapes = check_several(self, input_shape)
        if self.most_inputs is not None and len(shapes) > self.most_inputs:
            raise ValueError(f"{self.label}: expected {self.most_inputs} inputs, got {len(shapes)}")
        if len(set(shapes)) > 1:
            raise ValueError(f"{self.label}: expected inputs of one shape, got {', '.join(map(str, shapes))}")
        return shapes[0]

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        return [step.kernels.prepare(getattr(step.kernels, self.kernel), tuple(step.inputs), step.output)]


class Add(_Merging):
    """The sum of the inputs, added in their order. The gradient of each is the output's."""

    kernel = "add_all"
    adds_inputs = True

    def passes_gradient(self, position: int) -> bool:
        return True


class Average(_Merging):
    """The sum of the inputs, added in their order, divided by their number."""

    kernel = "average_all"

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        # The first may be the output's gradient itself, and so comes last.
        count, dy = len(step.input_gradients), step.output_gradient
        wanted = [dx for dx in reversed(step.input_gradients) if dx is not None]
        return [partial(step.kernels.divide, dy, count, dx) for dx in wanted]


class Subtract(_Merging):
    """The first of two inputs minus the second."""

    most_inputs = 2

    def passes_gradient(self, position: int) -> bool:
        return position == 0

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        return [step.kernels.prepare(step.kernels.subtract, *step.inputs, step.output)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        return [partial(step.kernels.negate, step.output_gradient, step.input_gradients[1])]


class Multiply(_Merging):
    """The product of the inputs, multiplied in their order."""

    kernel = "multiply_all"
    input_gradient_reads = frozenset({"input"})

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        calls = []
        for position, dx in reversed(list(enumerate(step.input_gradients))):
            if dx is not None:
                others = (*step.inputs[:position], *step.inputs[position + 1 :])
                calls.append(partial(step.kernels.multiply_all, (step.output_gradient, *others), dx))
        return calls


class Maximum(_Merging):
    """The largest of the inputs' elements, the first of several; a NaN wins. The gradient goes where it was taken."""

    kernel = "maximum_all"
    input_gradient_reads = frozenset({"input"})

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        gradient = getattr(step.kernels, f"{self.kernel}_gradient")
        return [partial(gradient, step.output_gradient, tuple(step.inputs), tuple(step.input_gradients))]


class Minimum(Maximum):
    """The smallest of the inputs' elements, the first of several; a NaN wins. The gradient goes where it was taken."""

    kernel = "minimum_all"


class Concatenate(Layer):
    """The inputs one after the other along an axis.

    Parameters
    ----------
    axis : int
        Counted with the batch's, which it cannot be: 1 is the first of a sample, -1 the last.
    """

    def __init__(self, axis: int = -1, **settings: Any) -> None:
        super().__init__(**settings)
        normalize_axis(axis, _MOST_AXES, f"{self.label}: axis")
        self.axis = int(axis)
        if self.axis == 0:
            raise ValueError(f"{self.label}: axis: expected an axis of the samples, got that of the batch, 0")

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis, **super().get_config()}

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shapes = check_several(self, input_shape)
        return concatenated_shape(shapes, self._axis(shapes) - 1, self.label)

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        axis = self._axis([x.shape[1:] for x in step.inputs])
        return [step.kernels.prepare(step.kernels.concatenate, tuple(step.inputs), step.output, axis)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        axis = self._axis(step.input_shapes)
        sizes = tuple(shape[axis - 1] for shape in step.input_shapes)
        gradients = tuple(step.input_gradients)
        return [partial(step.kernels.concatenate_gradient, step.output_gradient, gradients, sizes, axis)]

    def _axis(self, shapes: Sequence[Shape]) -> int:
        """Return the axis counted from the batch's."""
        axis = normalize_axis(self.axis, len(shapes[0]) + 1, f"{self.label}: axis")
        if axis == 0:
            raise ValueError(f"{self.label}: axis: expected an axis of the samples, got that of the batch, {self.axis}")
        return axis


def check_several(layer: Layer, input_shape: Any) -> list[Shape]:
    """Return the shapes if they are those of two inputs or more, else raise ``ValueError``."""
    if not isinstance(input_shape, list) or len(input_shape) < 2:
        raise ValueError(f"{layer.label}: expected a list of at least two inputs, got one of shape {input_shape}")
    return input_shape
