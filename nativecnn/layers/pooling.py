"""Max and average pooling of lines, images and volumes, by windows or of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ..ops.pooling import PoolingGeometry, as_kernels_take, kernel_of, pooling_geometry
from ..ops.windows import normalize_flag, normalize_sizes
from .base import Layer, check_image_shape, normalize_padding
from .steps import BackwardStep, Call, ForwardStep, Shape


class _Pooling(Layer):
    """What all poolings share: kernels that slide windows."""

    axes = 2
    """1 for lines, 2 for images, 3 for volumes."""
    kind = "max"

    def _geometry(self, input_shape: Any) -> PoolingGeometry:
        raise NotImplementedError

    def _kernel(self, kernels: Any, suffix: str = "") -> Any:
        return getattr(kernels, kernel_of(self.kind, self.axes) + suffix)

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        x = step.inputs[0]
        geometry = self._geometry(x.shape[1:])
        y = step.output.reshape(len(x), *geometry.output, x.shape[-1])
        arrays = map(as_kernels_take, (x, y))
        return [step.kernels.prepare(self._kernel(step.kernels), *arrays, *geometry.kernel_arguments)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        dx = step.input_gradients[0]
        geometry = self._geometry(dx.shape[1:])
        dy = step.output_gradient.reshape(len(dx), *geometry.output, dx.shape[-1])
        arrays = (dy, dx) if self.kind == "average" else (dy, step.inputs[0], dx)
        options = geometry.kernel_arguments + ((step.relu,) if self.kind == "max" else ())
        return [partial(self._kernel(step.kernels, "_gradient"), *map(as_kernels_take, arrays), *options)]


class _MaxPooling(_Pooling):
    input_gradient_reads = frozenset({"input"})
    computes_relu_gradient = True


class _AveragePooling(_Pooling):
    kind = "average"


# Not a docstring to take from the base class: there is none under python -OO.
_SETTINGS = """

    Parameters
    ----------
    pool_size : {sizes}
    strides : {sizes}, optional
        Step from one window to the next; by default as large as the window.
    padding : "valid", "same", int or {pairs}
        By how much windows may overlap the edges. Padding never takes part.
    ceil_mode : bool
        Whether to keep the partial windows at the end of each axis.

    Notes
    -----
    Takes samples {shape}, gives the same with fewer {what}.
    """
_ROWS = {"sizes": "int", "pairs": "(left, right)", "shape": "(steps, channels)", "what": "steps"}
_IMAGES = {
    "sizes": "int or (rows, columns)",
    "pairs": "((top, bottom), (left, right))",
    "shape": "(rows, columns, channels)",
    "what": "rows and columns",
}
_VOLUMES = {
    "sizes": "int or (planes, rows, columns)",
    "pairs": "((front, back), (top, bottom), (left, right))",
    "shape": "(planes, rows, columns, channels)",
    "what": "planes, rows and columns",
}


class _Windows(_Pooling):
    """What poolings by windows share."""

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
        self.pool_size = normalize_sizes(pool_size, f"{self.label}: pool_size", self.axes)
        self.strides = self.pool_size
        if strides is not None:
            self.strides = normalize_sizes(strides, f"{self.label}: strides", self.axes)
        self.padding = normalize_padding(padding, f"{self.label}: padding", self.axes)
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
        return (*self._geometry(input_shape).output, input_shape[-1])

    def _geometry(self, input_shape: Any) -> PoolingGeometry:
        image = check_image_shape(self, input_shape, self.axes)[:-1]
        return pooling_geometry(image, self.pool_size, self.strides, self.padding, self.ceil_mode, name=self.label)


class MaxPooling1D(_Windows, _MaxPooling):
    __doc__ = "The largest value of each window of a line." + _SETTINGS.format(**_ROWS)

    axes = 1


class MaxPooling2D(_Windows, _MaxPooling):
    __doc__ = "The largest value of each window." + _SETTINGS.format(**_IMAGES)


class MaxPooling3D(_Windows, _MaxPooling):
    __doc__ = "The largest value of each window of a volume." + _SETTINGS.format(**_VOLUMES)

    axes = 3


class AveragePooling1D(_Windows, _AveragePooling):
    __doc__ = "The mean of each window of a line." + _SETTINGS.format(**_ROWS)

    axes = 1


class AveragePooling2D(_Windows, _AveragePooling):
    __doc__ = "The mean of each window's pixels." + _SETTINGS.format(**_IMAGES)


class AveragePooling3D(_Windows, _AveragePooling):
    __doc__ = "The mean of each window's pixels, of a volume." + _SETTINGS.format(**_VOLUMES)

    axes = 3


_WHOLE = """

    Parameters
    ----------
    keepdims : bool
        Whether to keep the axes that are pooled, with size 1.

    Notes
    -----
    Takes samples {shape}, gives (channels,): the same as a window that covers the whole.
    """


class _Global(_Pooling):
    """What poolings of the whole share."""

    def __init__(self, keepdims: bool = False, **settings: Any) -> None:
        super().__init__(**settings)
        self.keepdims = normalize_flag(keepdims, f"{self.label}: keepdims")

    def get_config(self) -> dict[str, Any]:
        return {"keepdims": self.keepdims, **super().get_config()}

    def compute_output_shape(self, input_shape: Any) -> Shape:
        geometry = self._geometry(input_shape)
        return (*(geometry.output if self.keepdims else ()), input_shape[-1])

    def _geometry(self, input_shape: Any) -> PoolingGeometry:
        image = check_image_shape(self, input_shape, self.axes)[:-1]
        return pooling_geometry(image, image, name=self.label)


class GlobalMaxPooling1D(_Global, _MaxPooling):
    __doc__ = "The largest value of each channel of a line." + _WHOLE.format(**_ROWS)

    axes = 1


class GlobalMaxPooling2D(_Global, _MaxPooling):
    __doc__ = "The largest value of each channel." + _WHOLE.format(**_IMAGES)


class GlobalMaxPooling3D(_Global, _MaxPooling):
    __doc__ = "The largest value of each channel of a volume." + _WHOLE.format(**_VOLUMES)

    axes = 3


class GlobalAveragePooling1D(_Global, _AveragePooling):
    __doc__ = "The mean of each channel of a line." + _WHOLE.format(**_ROWS)

    axes = 1


class GlobalAveragePooling2D(_Global, _AveragePooling):
    __doc__ = "The mean of each channel." + _WHOLE.format(**_IMAGES)


class GlobalAveragePooling3D(_Global, _AveragePooling):
    __doc__ = "The mean of each channel of a volume." + _WHOLE.format(**_VOLUMES)

    axes = 3


MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
