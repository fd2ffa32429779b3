"""2-D max and average pooling."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ..ops.pooling import PoolingGeometry, pooling_geometry
from ..ops.windows import normalize_pair
from .base import BackwardStep, Call, ForwardStep, Layer, Shape, check_image_shape, normalize_padding

# Not a docstring to take from the base class: there is none under python -OO.
_SETTINGS = """

    Parameters
    ----------
    pool_size : int or (rows, columns)
    strides : int or (rows, columns), optional
        Step from one window to the next; by default as large as the window.
    padding : "valid", "same", int or ((top, bottom), (left, right))
        By how much windows may overlap the image's edges. Padding never takes part.
    ceil_mode : bool
        Whether to keep the partial windows at the bottom and right edges.

    Notes
    -----
    Takes samples (rows, columns, channels), gives (output rows, output columns, channels).
    """


class _Pooling2D(Layer):
    """What both poolings share."""

    def __init__(
        self,
        pool_size: object = 2,
        strides: object = None,
        padding: object = "valid",
        ceil_mode: bool = False,
        input_shape: Sequence[int] | None = None,
        name: str | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(name=name, input_shape=input_shape, trainable=trainable)
        self.pool_size = normalize_pair(pool_size, f"{self.label}: pool_size")
        self.strides = self.pool_size if strides is None else normalize_pair(strides, f"{self.label}: strides")
        self.padding = normalize_padding(padding, f"{self.label}: padding")
        self.ceil_mode = bool(ceil_mode)

    def get_config(self) -> dict[str, Any]:
        return {
            "pool_size": list(self.pool_size),
            "strides": list(self.strides),
            "padding": self.padding,
            "ceil_mode": self.ceil_mode,
            **super().get_config(),
        }

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (*self._geometry(input_shape).output, input_shape[2])

    def _geometry(self, input_shape: Any) -> PoolingGeometry:
        image = check_image_shape(self, input_shape)[:2]
        return pooling_geometry(image, self.pool_size, self.strides, self.padding, self.ceil_mode, name=self.label)


class MaxPooling2D(_Pooling2D):
    __doc__ = "The largest value of each window." + _SETTINGS

    input_gradient_reads = frozenset({"input"})
    computes_relu_gradient = True

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        x = step.inputs[0]
        geometry = self._geometry(x.shape[1:]).kernel_arguments
        return [step.kernels.prepare(step.kernels.max_pool2d, x, step.output, *geometry)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        x, dx = step.inputs[0], step.input_gradients[0]
        geometry = self._geometry(x.shape[1:]).kernel_arguments
        return [partial(step.kernels.max_pool2d_gradient, step.output_gradient, x, dx, *geometry, step.relu)]


class AveragePooling2D(_Pooling2D):
    __doc__ = "The mean of each window's pixels." + _SETTINGS

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        x = step.inputs[0]
        geometry = self._geometry(x.shape[1:]).kernel_arguments
        return [step.kernels.prepare(step.kernels.average_pool2d, x, step.output, *geometry)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        dx = step.input_gradients[0]
        geometry = self._geometry(dx.shape[1:]).kernel_arguments
        return [partial(step.kernels.average_pool2d_gradient, step.output_gradient, dx, *geometry)]


MaxPool2D = MaxPooling2D
