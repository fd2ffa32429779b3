"""Larger lines, images and volumes: every pixel is repeated, or values between pixels are taken."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..ops.reshaping import interpolation_kernel
from ..ops.windows import normalize_sizes
from .base import Layer, check_image_shape
from .steps import BackwardStep, Call, ForwardStep, Shape


class _UpSampling(Layer):
    """What all upsampling shares."""

    axes = 2
    interpolation = "nearest"

    def __init__(self, size: object = 2, **settings: Any) -> None:
        super().__init__(**settings)
        self.size = normalize_sizes(size, f"{self.label}: size", self.axes)

    def get_config(self) -> dict[str, Any]:
        return {"size": list(self.size), **super().get_config()}

    def compute_output_shape(self, input_shape: Any) -> Shape:
        *sizes, channels = check_image_shape(self, input_shape, self.axes)
        return (*(pixels * factor for pixels, factor in zip(sizes, self.size, strict=True)), channels)

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        return [partial(self._kernel(step.kernels), step.inputs[0], step.output, self.size)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        gradient = self._kernel(step.kernels, "_gradient")
        return [partial(gradient, step.output_gradient, step.input_gradients[0], self.size)]

    def _kernel(self, kernels: Any, suffix: str = "") -> Any:
        name = interpolation_kernel(self.interpolation, self.axes, f"{self.label}: interpolation")
        return getattr(kernels, name + suffix)


class UpSampling1D(_UpSampling):
    """Repeats each step of lines (steps, channels).

    Parameters
    ----------
    size : int
        How often.
    """

    axes = 1


class UpSampling2D(_UpSampling):
    """Makes images (rows, columns, channels) larger.

    Parameters
    ----------
    size : int or (rows, columns)
        How many pixels for one.
    interpolation : "nearest" or "bilinear"
        Whether pixels are repeated, or values between them taken.
    """

    def __init__(self, size: object = 2, interpolation: str = "nearest", **settings: Any) -> None:
        super().__init__(size, **settings)
        interpolation_kernel(interpolation, self.axes, f"{self.label}: interpolation")
        self.interpolation = interpolation

    def get_config(self) -> dict[str, Any]:
        return {"interpolation": self.interpolation, **super().get_config()}


class UpSampling3D(_UpSampling):
    """Repeats each pixel of volumes (planes, rows, columns, channels).

    Parameters
    ----------
    size : int or (planes, rows, columns)
        How often.
    """

    axes = 3
