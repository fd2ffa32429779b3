"""Padding with zeros and cropping, of lines, images and volumes."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..ops.reshaping import cropped_sizes, normalize_sides
from .base import Layer, check_image_shape
from .steps import BackwardStep, Call, ForwardStep, Shape


class _Sides(Layer):
    """What padding and cropping share: pixels before and after each axis."""

    axes = 2
    setting = "padding"

    def __init__(self, pixels: object, **settings: Any) -> None:
        super().__init__(**settings)
        self.sides = normalize_sides(pixels, f"{self.label}: {self.setting}", self.axes)

    def get_config(self) -> dict[str, Any]:
        return {self.setting: [list(side) for side in self.sides], **super().get_config()}

    @property
    def _before(self) -> Shape:
        return tuple(side[0] for side in self.sides)


class _ZeroPadding(_Sides):
    def compute_output_shape(self, input_shape: Any) -> Shape:
        *sizes, channels = check_image_shape(self, input_shape, self.axes)
        return (*(size + sum(side) for size, side in zip(sizes, self.sides, strict=True)), channels)

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        return [partial(step.kernels.zero_pad, step.inputs[0], step.output, self._before)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        return [partial(step.kernels.crop, step.output_gradient, step.input_gradients[0], self._before)]


class ZeroPadding1D(_ZeroPadding):
    """Adds steps of zeros before and after lines (steps, channels).

    Parameters
    ----------
    padding : int or (left, right)
    """

    axes = 1

    def __init__(self, padding: object = 1, **settings: Any) -> None:
        super().__init__(padding, **settings)


class ZeroPadding2D(_ZeroPadding):
    """Adds zeros around images (rows, columns, channels).

    Parameters
    ----------
    padding : int, (rows, columns) or ((top, bottom), (left, right))
    """

    def __init__(self, padding: object = 1, **settings: Any) -> None:
        super().__init__(padding, **settings)


class ZeroPadding3D(_ZeroPadding):
    """Adds zeros around volumes (planes, rows, columns, channels).

    Parameters
    ----------
    padding : int, (planes, rows, columns) or ((front, back), (top, bottom), (left, right))
    """

    axes = 3

    def __init__(self, padding: object = 1, **settings: Any) -> None:
        super().__init__(padding, **settings)


class _Cropping(_Sides):
    setting = "cropping"

    def compute_output_shape(self, input_shape: Any) -> Shape:
        *sizes, channels = check_image_shape(self, input_shape, self.axes)
        return (*cropped_sizes(tuple(sizes), self.sides, self.label), channels)

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        return [partial(step.kernels.crop, step.inputs[0], step.output, self._before)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        return [partial(step.kernels.zero_pad, step.output_gradient, step.input_gradients[0], self._before)]


class Cropping1D(_Cropping):
    """Leaves out steps at both ends of lines (steps, channels).

    Parameters
    ----------
    cropping : int or (left, right)
    """

    axes = 1

    def __init__(self, cropping: object = 1, **settings: Any) -> None:
        super().__init__(cropping, **settings)


class Cropping2D(_Cropping):
    """Leaves out pixels at the edges of images (rows, columns, channels).

    Parameters
    ----------
    cropping : int, (rows, columns) or ((top, bottom), (left, right))
    """

    def __init__(self, cropping: object = 0, **settings: Any) -> None:
        super().__init__(cropping, **settings)


class Cropping3D(_Cropping):
    """Leaves out pixels at the sides of volumes (planes, rows, columns, channels).

    Parameters
    ----------
    cropping : int, (planes, rows, columns) or ((front, back), (top, bottom), (left, right))
    """

    axes = 3

    def __init__(self, cropping: object = 1, **settings: Any) -> None:
        super().__init__(cropping, **settings)
