"""Depthwise 2-D convolution, and what separable convolutions share with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import positive_integer
from ..ops.conv import Conv2DGeometry
from ..ops.depthwise import depthwise_geometry, grouped_shape
from .base import check_image_shape
from .conv import Convolution
from .steps import Shape


class DepthwiseConvolution(Convolution):
    """Base of those that convolve every channel with filters of its own."""

    def __init__(
        self,
        kernel_size: object,
        strides: object,
        padding: object,
        depth_multiplier: int,
        dilation_rate: object,
        activation: str | None,
        use_bias: bool,
        depthwise_initializer: object,
        bias_initializer: object,
        **settings: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            dilation_rate,
            activation,
            use_bias,
            depthwise_initializer,
            bias_initializer,
            **settings,
        )
        self.depth_multiplier = positive_integer(depth_multiplier, f"{self.label}: depth_multiplier")

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        initializer = config.pop("kernel_initializer")
        return {"depth_multiplier": self.depth_multiplier, "depthwise_initializer": initializer, **config}

    def _kernel_shape(self, input_shape: Shape) -> Shape:
        return (*self.kernel_size, input_shape[-1], self.depth_multiplier)

    def _geometry(self, input_shape: Any) -> Conv2DGeometry:
        image = check_image_shape(self, input_shape)
        kernel = self._kernel_shape(image)
        return depthwise_geometry(image, kernel, self.strides, self.padding, self.dilation_rate, name=self.label)

    def _as_2d(self, kernel: np.ndarray) -> np.ndarray:
        return kernel.reshape(grouped_shape(kernel.shape))


class DepthwiseConv2D(DepthwiseConvolution):
    """2-D convolution of every channel with filters of its own.

    Parameters
    ----------
    kernel_size, strides : int or (rows, columns)
    padding : "valid", "same", int or ((top, bottom), (left, right))
        Zeros around the image. "same" yields ceil(size / stride) pixels.
    depth_multiplier : int
        Number of filters of each channel.
    dilation_rate : int or (rows, columns)
    activation : str or Activation, optional
        Function applied to the result, by name or as a layer with settings: ``LeakyReLU(0.1)``.
    use_bias : bool
    depthwise_initializer, bias_initializer : str or Initializer
        Of kernel and bias.
    depthwise_regularizer, bias_regularizer : str or Regularizer, optional
        Penalties of kernel and bias.

    Notes
    -----
    Takes samples (rows, columns, channels), gives (output rows, output columns, channels · depth multiplier), where
    filter m of channel c is channel c · depth multiplier + m. Weights: ``kernel`` (kernel rows, kernel columns,
    channels, depth multiplier) and ``bias`` (channels · depth multiplier,).
    """

    def __init__(
        self,
        kernel_size: object,
        strides: object = 1,
        padding: object = "valid",
        depth_multiplier: int = 1,
        dilation_rate: object = 1,
        activation: object = None,
        use_bias: bool = True,
        depthwise_initializer: object = "glorot_uniform",
        bias_initializer: object = "zeros",
        depthwise_regularizer: object = None,
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
        self.add_regularizer("kernel", depthwise_regularizer, "depthwise_regularizer")

    def _output_channels(self, input_shape: Shape) -> int:
        return input_shape[-1] * self.depth_multiplier
