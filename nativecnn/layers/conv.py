"""2-D convolution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from .. import initializers
from ..checks import positive_integer
from ..initializers import Initializer
from ..ops.algorithms import check_algorithm
from ..ops.conv import Conv2DGeometry, conv2d_geometry
from ..ops.windows import normalize_pair
from . import activation as activations
from .base import BackwardStep, Call, ForwardStep, Layer, Shape, check_image_shape, normalize_padding


class Conv2D(Layer):
    """2-D convolution (cross-correlation) over channels-last images.

    Parameters
    ----------
    filters : int
        Number of output channels.
    kernel_size, strides, dilation_rate : int or (rows, columns)
    padding : "valid", "same", int or ((top, bottom), (left, right))
        Zeros around the image. "same" yields ceil(size / stride) pixels.
    groups : int
        Channels and filters are cut into so many groups, each convolved on its own.
    activation : str or Activation, optional
        Function applied to the result, by name or as a layer with settings: ``LeakyReLU(0.1)``.
    use_bias : bool
    kernel_initializer, bias_initializer : str or Initializer
    algorithm : "auto", "direct" or "winograd"
        How to compute, see :func:`nativecnn.ops.conv2d`. :meth:`nativecnn.Sequential.summary` shows what is chosen.

    Notes
    -----
    Takes samples (rows, columns, channels), gives (output rows, output columns, filters). Weights: ``kernel``
    (kernel rows, kernel columns, channels / groups, filters) and ``bias`` (filters,).

    Outside of training the kernel is kept in the backend's own form as well: in as much memory again, or transformed
    for Winograd's algorithm where that takes at most 1 MB. One such copy serves all threads.
    """

    computes_relu = True

    def __init__(
        self,
        filters: int,
        kernel_size: object,
        strides: object = 1,
        padding: object = "valid",
        dilation_rate: object = 1,
        groups: int = 1,
        activation: object = None,
        use_bias: bool = True,
        kernel_initializer: object = "glorot_uniform",
        bias_initializer: object = "zeros",
        algorithm: str = "auto",
        input_shape: Sequence[int] | None = None,
        name: str | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(name=name, input_shape=input_shape, trainable=trainable)
        self.filters = positive_integer(filters, f"{self.label}: filters")
        self.kernel_size = normalize_pair(kernel_size, f"{self.label}: kernel_size")
        self.strides = normalize_pair(strides, f"{self.label}: strides")
        self.dilation_rate = normalize_pair(dilation_rate, f"{self.label}: dilation_rate")
        self.groups = positive_integer(groups, f"{self.label}: groups")
        self.padding = normalize_padding(padding, f"{self.label}: padding")
        self.algorithm = check_algorithm(
            algorithm, self.kernel_size, self.strides, self.dilation_rate, self.groups, self.label
        )
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    def get_config(self) -> dict[str, Any]:
        return {
            "filters": self.filters,
            "kernel_size": list(self.kernel_size),
            "strides": list(self.strides),
            "padding": self.padding,
            "dilation_rate": list(self.dilation_rate),
            "groups": self.groups,
            "activation": activations.configuration(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": self.kernel_initializer.get_config(),
            "bias_initializer": self.bias_initializer.get_config(),
            "algorithm": self.algorithm,
            **super().get_config(),
        }

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (*self._geometry(input_shape).output, self.filters)

    def weight_specifications(self, input_shape: Any) -> dict[str, tuple[Shape, Initializer]]:
        specifications = {"kernel": (self._kernel_shape(input_shape), self.kernel_initializer)}
        if self.use_bias:
            specifications["bias"] = ((self.filters,), self.bias_initializer)
        return specifications

    def multiply_adds(self, input_shape: Any) -> int:
        return math.prod(self._geometry(input_shape).output) * math.prod(self._kernel_shape(input_shape))

    def chosen_algorithm(self, input_shape: Any) -> str:
        return self._geometry(input_shape).algorithm

    def parts(self) -> list[Layer]:
        return [self, self.activation] if self.activation else [self]

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        x, kernel, conv2d = step.inputs[0], step.weights["kernel"], step.kernels.conv2d
        geometry = self._geometry(x.shape[1:]).kernel_arguments
        arguments = (x, kernel, step.weights.get("bias"), step.output, *geometry, step.relu)
        if step.training or step.weights is not self.weights:  # they change at every step, or are copies of the plan's
            return [step.kernels.prepare(conv2d, *arguments)]
        algorithm = geometry[-1]  # which may differ with the image, and what is kept with it
        pack = partial(step.kernels.pack_conv2d, kernel, self.groups, algorithm)
        packed = self.weights.kept((step.kernels, algorithm), pack).current
        return [step.kernels.prepare(conv2d, *arguments, packed=packed)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        dy, calls = step.output_gradient, []
        x, dx, dkernel = step.inputs[0], step.input_gradients[0], step.weight_gradients.get("kernel")
        geometry = self._geometry((x if dx is None else dx).shape[1:]).kernel_arguments
        if dkernel is not None:
            dbias = step.weight_gradients.get("bias")
            calls.append(partial(step.kernels.conv2d_kernel_gradient, x, dy, dkernel, dbias, *geometry))
        if dx is not None:
            calls.append(partial(step.kernels.conv2d_input_gradient, dy, step.weights["kernel"], dx, *geometry))
        return calls

    def _kernel_shape(self, input_shape: Shape) -> Shape:
        return (*self.kernel_size, input_shape[2] // self.groups, self.filters)

    def _geometry(self, input_shape: Any) -> Conv2DGeometry:
        image = check_image_shape(self, input_shape)
        if image[2] % self.groups:
            raise ValueError(
                f"{self.label}: expected a number of input channels divisible by {self.groups} groups, got {image[2]}"
            )
        kernel = self._kernel_shape(image)
        return conv2d_geometry(
            image,
            kernel,
            self.strides,
            self.padding,
            self.dilation_rate,
            self.groups,
            self.algorithm,
            name=self.label,
        )


class Convolution2D(Conv2D):
    """:class:`Conv2D` in its older words, the kernel's rows and columns one by one: ``Convolution2D(5, 3, 3)``."""

    def __init__(self, filters: int, kernel_size: object, columns: int | None = None, **settings: Any) -> None:
        super().__init__(filters, kernel_size if columns is None else (kernel_size, columns), **settings)


Convolution2d = Convolution2D
