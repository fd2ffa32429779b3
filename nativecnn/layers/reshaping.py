"""Layers that only arrange: the values stay what they are, under another shape, in another order, or repeated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from ..checks import positive_integer, shown
from ..ops.reshaping import normalize_permutation
from .base import Layer
from .steps import BackwardStep, Call, ForwardStep, Shape


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


class Reshape(Layer):
    """Gives each sample another shape; the values stay in row-major order.

    Parameters
    ----------
    target_shape : tuple of int
        Of one sample; one size may be -1, which is what remains.
    """

    is_view = True

    def __init__(self, target_shape: Sequence[int], **settings: Any) -> None:
        super().__init__(**settings)
        name = f"{self.label}: target_shape"
        sizes = target_shape if isinstance(target_shape, Sequence) and not isinstance(target_shape, str) else None
        if sizes is None:
            raise TypeError(f"{name}: expected a sequence of integers, got {shown(target_shape)}")
        self.target_shape = tuple(positive_integer(size, name, minimum=-1) for size in sizes)
        if 0 in self.target_shape or self.target_shape.count(-1) > 1:
            raise ValueError(f"{name}: expected positive sizes, of which one may be -1, got {shown(target_shape)}")

    def get_config(self) -> dict[str, Any]:
        return {"target_shape": list(self.target_shape), **super().get_config()}

    def compute_output_shape(self, input_shape: Any) -> Shape:
        values, known = math.prod(input_shape), math.prod(size for size in self.target_shape if size != -1)
        fits = values % known == 0 if -1 in self.target_shape else values == known
        if not fits:
            raise ValueError(
                f"{self.label}: expected samples of as many values as {self.target_shape} has, "
                f"got shape {input_shape} of {values}"
            )
        return tuple(values // known if size == -1 else size for size in self.target_shape)


class Permute(Layer):
    """Gives the axes of each sample another order.

    Parameters
    ----------
    dims : tuple of int
        The axes of the input in the order of the output, counted from 1: ``(2, 1)`` exchanges two axes.
    """

    def __init__(self, dims: Sequence[int], **settings: Any) -> None:
        super().__init__(**settings)
        name = f"{self.label}: dims"
        if not isinstance(dims, Sequence) or isinstance(dims, str):
            raise TypeError(f"{name}: expected a sequence of integers, got {shown(dims)}")
        self.dims = normalize_permutation(dims, len(dims), name, first=1)

    def get_config(self) -> dict[str, Any]:
        return {"dims": list(self.dims), **super().get_config()}

    def compute_output_shape(self, input_shape: Any) -> Shape:
        if not isinstance(input_shape, tuple) or len(input_shape) != len(self.dims):
            raise ValueError(f"{self.label}: expected samples of {len(self.dims)} axes, got shape {input_shape}")
        return tuple(input_shape[axis - 1] for axis in self.dims)

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        return [partial(step.kernels.permute, step.inputs[0], step.output, (0, *self.dims))]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        inverse = tuple(self.dims.index(axis) + 1 for axis in range(1, len(self.dims) + 1))
        return [partial(step.kernels.permute, step.output_gradient, step.input_gradients[0], (0, *inverse))]


class RepeatVector(Layer):
    """Repeats each sample, a row of values, as so many steps: (features,) becomes (n, features).

    Parameters
    ----------
    n : int
    """

    def __init__(self, n: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.n = positive_integer(n, f"{self.label}: n")

    def get_config(self) -> dict[str, Any]:
        return {"n": self.n, **super().get_config()}

    def compute_output_shape(self, input_shape: Any) -> Shape:
        if not isinstance(input_shape, tuple) or len(input_shape) != 1:
            raise ValueError(f"{self.label}: expected samples of one axis, got shape {input_shape}")
        return (self.n, *input_shape)

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        return [partial(step.kernels.upsample, step.inputs[0][:, None], step.output, (self.n,))]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        dx = step.input_gradients[0][:, None]
        return [partial(step.kernels.upsample_gradient, step.output_gradient, dx, (self.n,))]
