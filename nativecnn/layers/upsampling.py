"""Larger lines, images and volumes: every pixel is repeated."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..ops.windows import normalize_sizes
from .base import BackwardStep, Call, ForwardStep, Layer, Shape, check_image_shape


class _UpSampling(Layer):
    """What all upsampling shares: every pixel is repeated."""

    axes = 2

    def __init__(self, size: object = 2, **settings: Any) -> None:
        super().__init__(**settings)
        self.size = normalize_sizes(size, f"{self.label}: size", self.axes)

    def get_config(self) -> dict[str, Any]:
        return {"size": list(self.size), **super().get_config()}

    def compute_output_shape(self, input_shape: Any) -> Shape:
        *sizes, channels = check_image_shape(self, input_shape, self.axes)
        return (*(pixels * factor for pixels, factor in zip(sizes, self.size, strict=True)), channels)

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        return [partial(step.kernels.upsample, step.inputs[0], step.output, self.size)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        return [partial(step.kernels.upsample_gradient, step.output_gradient, step.input_gradients[0], self.size)]


class UpSampling1D(_UpSampling):
    """Repeats each step of lines (steps, channels).

    Parameters
    ----------
    size : int
        How often.
    """

    axes = 1


class UpSampling2D(_UpSampling):
    """Repeats each pixel of images (rows, columns, channels).

    Parameters
    ----------
    size : int or (rows, columns)
        How often.
    """


class UpSampling3D(_UpSampling):
    """Repeats each pixel of volumes (planes, rows, columns, channels).

    Parameters
    ----------
    size : int or (planes, rows, columns)
        How often.
    """

    axes = 3
