"""Transposed 2-D convolution."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..ops.algorithms import check_algorithm
from ..ops.conv import Conv2DGeometry
from ..ops.conv_transpose import TransposeGeometry, conv2d_transpose_geometry
from ..ops.windows import normalize_pair
from .conv import GroupedConvolution
from .steps import BackwardStep, Call, ForwardStep, Shape


class Conv2DTranspose(GroupedConvolution):
    """Transposed 2-D convolution ("deconvolution"): what undoes the shape of a convolution with the same settings.

    Parameters
    ----------
    filters : int
        Number of output channels.
    kernel_size, strides : int or (rows, columns)
    padding : "valid", "same", int or ((top, bottom), (left, right))
        What is cut off the output's edges. "same" yields size · stride pixels.
    output_padding : int or (rows, columns), optional
        Pixels more at the bottom and right, less than the strides; see :func:`nativecnn.ops.conv2d_transpose`.
    dilation_rate : int or (rows, columns)
    activation : str or Activation, optional
        Function applied to the result, by name or as a layer with settings: ``LeakyReLU(0.1)``.
    use_bias : bool
    kernel_initializer, bias_initializer : str or Initializer
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        Penalties on the weights (see :mod:`nativecnn.regularizers`).
    groups : int
        Channels and filters are cut into so many groups, each on its own.
    algorithm : "auto", "direct" or "winograd"
        As for :class:`Conv2D`, decided from the corresponding convolution.

    Notes
    -----
    Takes samples (rows, columns, channels), gives (output rows, output columns, filters). Weights: ``kernel``
    (kernel rows, kernel columns, filters / groups, channels) and ``bias`` (filters,).
    """

    def __init__(
        self,
        filters: int,
        kernel_size: object,
        strides: object = 1,
        padding: object = "valid",
        output_padding: object = None,
        dilation_rate: object = 1,
        activation: object = None,
        use_bias: bool = True,
        kernel_initializer: object = "glorot_uniform",
        bias_initializer: object = "zeros",
        groups: int = 1,
        algorithm: str = "auto",
        **settings: Any,
    ) -> None:
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            dilation_rate,
            groups,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            **settings,
        )
        if self.filters % self.groups:
            raise ValueError(
                f"{self.label}: expected a number of filters divisible by {self.groups} groups, got {self.filters}"
            )
        self.output_padding = None
        if output_padding is not None:
            self.output_padding = normalize_pair(output_padding, f"{self.label}: output_padding", minimum=0)
        self.algorithm = check_algorithm(
            algorithm, self.kernel_size, self.strides, self.dilation_rate, self.groups, self.label
        )

    def get_config(self) -> dict[str, Any]:
        extra = None if self.output_padding is None else list(self.output_padding)
        return {**super().get_config(), "output_padding": extra, "algorithm": self.algorithm}

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (*self._transpose_geometry(input_shape).output, self.filters)

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        x, weights = step.inputs[0], step.weights
        geometry = self._transpose_geometry(x.shape[1:]).kernel_arguments
        arguments = (x, weights["kernel"], weights.get("bias"), step.output, *geometry, step.epilogue)
        return [step.kernels.prepare(step.kernels.conv2d_transpose, *arguments)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        dy, calls = step.output_gradient, []
        x, dx = step.inputs[0], step.input_gradients[0]
        geometry = self._transpose_geometry((x if dx is None else dx).shape[1:]).kernel_arguments
        if "kernel" in step.weight_gradients:
            dkernel = step.weight_gradients["kernel"]
            calls.append(partial(step.kernels.conv2d_kernel_gradient, dy, x, dkernel, None, *geometry))
        if "bias" in step.weight_gradients:
            calls.append(partial(step.kernels.bias_gradient, dy, step.weight_gradients["bias"]))
        if dx is not None:
            calls.append(partial(step.kernels.conv2d, dy, step.weights["kernel"], None, dx, *geometry))
        return calls

    def _kernel_shape(self, input_shape: Shape) -> Shape:
        return (*self.kernel_size, self.filters // self.groups, input_shape[-1])

    def _geometry(self, input_shape: Any) -> Conv2DGeometry:
        return self._transpose_geometry(input_shape).convolution

    def _transpose_geometry(self, input_shape: Any) -> TransposeGeometry:
        image = self._check_image(input_shape)
        return conv2d_transpose_geometry(
            image,
            self._kernel_shape(image),
            self.strides,
            self.padding,
            self.output_padding,
            self.dilation_rate,
            self.groups,
            self.algorithm,
            name=self.label,
        )
