"""Separable 2-D convolution."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from .. import initializers
from ..checks import positive_integer
from ..initializers import Initializer
from .depthwise import DepthwiseConvolution
from .steps import BackwardStep, Call, ForwardStep, SavedArray, Shape

# Strides, padding, dilation, groups and algorithm of the second convolution.
_POINTWISE = (1, 1), (0, 0), (1, 1), 1, "direct"


class SeparableConv2D(DepthwiseConvolution):
    """Depthwise 2-D convolution, then one of 1 × 1 taps that mixes the channels.

    Parameters
    ----------
    filters : int
        Number of output channels.
    kernel_size, strides : int or (rows, columns)
        Of the depthwise convolution.
    padding : "valid", "same", int or ((top, bottom), (left, right))
        Zeros around the image. "same" yields ceil(size / stride) pixels.
    dilation_rate : int or (rows, columns)
    depth_multiplier : int
        Number of depthwise filters of each channel.
    activation : str, optional
        Function applied to the result.
    use_bias : bool
    depthwise_initializer, pointwise_initializer, bias_initializer : str or Initializer
    depthwise_regularizer, pointwise_regularizer, bias_regularizer : str or Regularizer, optional

    Notes
    -----
    Takes samples (rows, columns, channels), gives (output rows, output columns, filters). Weights: ``depthwise_kernel``
    (kernel rows, kernel columns, channels, depth multiplier), ``pointwise_kernel`` (1, 1, channels · depth multiplier,
    filters) and ``bias`` (filters,).
    """

    def __init__(
        self,
        filters: int,
        kernel_size: object,
        strides: object = 1,
        padding: object = "valid",
        dilation_rate: object = 1,
        depth_multiplier: int = 1,
        activation: str | None = None,
        use_bias: bool = True,
        depthwise_initializer: object = "glorot_uniform",
        pointwise_initializer: object = "glorot_uniform",
        bias_initializer: object = "zeros",
        depthwise_regularizer: object = None,
        pointwise_regularizer: object = None,
        **settings: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            depth_multiplier,
            dilation_rate,
            activation,
            use_bias,
            depthwise_initializer,
            bias_initializer,
            **settings,
        )
        self.filters = positive_integer(filters, f"{self.label}: filters")
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.add_regularizer("depthwise_kernel", depthwise_regularizer, "depthwise_regularizer")
        self.add_regularizer("pointwise_kernel", pointwise_regularizer, "pointwise_regularizer")

    def get_config(self) -> dict[str, Any]:
        pointwise = self.pointwise_initializer.get_config()
        return {"filters": self.filters, "pointwise_initializer": pointwise, **super().get_config()}

    def weight_specifications(self, input_shape: Any) -> dict[str, tuple[Shape, Initializer]]:
        others = super().weight_specifications(input_shape)
        pointwise = self._pointwise_shape(input_shape), self.pointwise_initializer
        return {"depthwise_kernel": others.pop("kernel"), "pointwise_kernel": pointwise, **others}

    def multiply_adds(self, input_shape: Any) -> int:
        pointwise = math.prod(self._pointwise_shape(input_shape))
        return super().multiply_adds(input_shape) + math.prod(self._geometry(input_shape).output) * pointwise

    def saved_arrays(self, input_shape: Any) -> dict[str, SavedArray]:
        between = (*self._geometry(input_shape).output, input_shape[-1] * self.depth_multiplier)
        return {"between": SavedArray(between, in_inference=True)}

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        x, between, prepare, conv2d = step.inputs[0], step.saved["between"], step.kernels.prepare, step.kernels.conv2d
        geometry = self._geometry(x.shape[1:]).kernel_arguments
        depthwise = prepare(conv2d, x, self._as_2d(step.weights["depthwise_kernel"]), None, between, *geometry)
        kernel = step.weights["pointwise_kernel"]
        arguments = (between, kernel, step.weights.get("bias"), step.output, *_POINTWISE, step.epilogue)
        if step.training or step.weights is not self.weights:  # they change at every step, or are copies of the plan's
            return [depthwise, prepare(conv2d, *arguments)]
        packed = self.weights.kept(step.kernels, partial(step.kernels.pack_conv2d, kernel, 1)).current
        return [depthwise, prepare(conv2d, *arguments, packed=packed)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        dy, between, kernels, calls = step.output_gradient, step.saved["between"], step.kernels, []
        x, dx, gradients = step.inputs[0], step.input_gradients[0], step.weight_gradients
        geometry = self._geometry((x if dx is None else dx).shape[1:]).kernel_arguments
        if gradients:
            results = gradients["pointwise_kernel"], gradients.get("bias")
            calls.append(partial(kernels.conv2d_kernel_gradient, between, dy, *results, *_POINTWISE))
        # Nobody needs these values again: their gradient takes their place.
        calls.append(partial(kernels.conv2d_input_gradient, dy, step.weights["pointwise_kernel"], between, *_POINTWISE))
        if gradients:
            dkernel = self._as_2d(gradients["depthwise_kernel"])
            calls.append(partial(kernels.conv2d_kernel_gradient, x, between, dkernel, None, *geometry))
        if dx is not None:
            kernel = self._as_2d(step.weights["depthwise_kernel"])
            calls.append(partial(kernels.conv2d_input_gradient, between, kernel, dx, *geometry))
        return calls

    def _output_channels(self, input_shape: Shape) -> int:
        return self.filters

    def _pointwise_shape(self, input_shape: Shape) -> Shape:
        return (1, 1, input_shape[-1] * self.depth_multiplier, self.filters)
