"""2-D convolution, and what all convolution layers share."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from .. import initializers
from ..checks import positive_integer
from ..initializers import Initializer
from ..ops.algorithms import check_algorithm
from ..ops.conv import Conv2DGeometry, conv2d_geometry
from ..ops.windows import normalize_sizes
from . import activation as activations
from .base import Layer, check_image_shape, normalize_padding
from .steps import BackwardStep, Call, ForwardStep, Shape


class Convolution(Layer):
    """Base of the convolution layers: settings, activation and bias, and the passes of a 2-D convolution.

    A derived class states the shape of its kernel, the number of its output channels, and the 2-D convolution that
    computes it: the geometry, and images and kernels under the shapes that this one takes.
    """

    axes = 2
    computes_epilogue = True
    groups = 1

    def __init__(
        self,
        kernel_size: object,
        strides: object,
        padding: object,
        dilation_rate: object,
        activation: object,
        use_bias: bool,
        kernel_initializer: object,
        bias_initializer: object,
        kernel_regularizer: object = None,
        bias_regularizer: object = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.add_regularizer("kernel", kernel_regularizer)
        self.add_regularizer("bias", bias_regularizer)
        self.kernel_size = normalize_sizes(kernel_size, f"{self.label}: kernel_size", self.axes)
        self.strides = normalize_sizes(strides, f"{self.label}: strides", self.axes)
        self.dilation_rate = normalize_sizes(dilation_rate, f"{self.label}: dilation_rate", self.axes)
        self.padding = self._normalize_padding(padding)
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    def get_config(self) -> dict[str, Any]:
        return {
            "kernel_size": list(self.kernel_size),
            "strides": list(self.strides),
            "padding": self.padding,
            "dilation_rate": list(self.dilation_rate),
            "activation": activations.configuration(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": self.kernel_initializer.get_config(),
            "bias_initializer": self.bias_initializer.get_config(),
            **super().get_config(),
        }

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (*self._geometry(input_shape).output[-self.axes :], self._output_channels(input_shape))

    def weight_specifications(self, input_shape: Any) -> dict[str, tuple[Shape, Initializer]]:
        specifications = {"kernel": (self._kernel_shape(input_shape), self.kernel_initializer)}
        if self.use_bias:
            specifications["bias"] = ((self._output_channels(input_shape),), self.bias_initializer)
        return specifications

    def multiply_adds(self, input_shape: Any) -> int:
        return math.prod(self._geometry(input_shape).output) * math.prod(self._kernel_shape(input_shape))

    def chosen_algorithm(self, input_shape: Any) -> str:
        return self._geometry(input_shape).algorithm

    def parts(self) -> list[Layer]:
        return [self, self.activation] if self.activation else [self]

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        x, kernel, conv2d = self._image(step.inputs[0]), self._as_2d(step.weights["kernel"]), step.kernels.conv2d
        *_, groups, algorithm = geometry = self._geometry(step.inputs[0].shape[1:]).kernel_arguments
        arguments = (x, kernel, step.weights.get("bias"), self._image(step.output), *geometry, step.epilogue)
        if step.training or step.weights is not self.weights:  # they change at every step, or are copies of the plan's
            return [step.kernels.prepare(conv2d, *arguments)]
        # The algorithm may differ with the image, and what is kept with it.
        pack = partial(step.kernels.pack_conv2d, kernel, groups, algorithm)
        packed = self.weights.kept((step.kernels, algorithm), pack).current
        return [step.kernels.prepare(conv2d, *arguments, packed=packed)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        dy, calls = self._image(step.output_gradient), []
        x, dx, dkernel = step.inputs[0], step.input_gradients[0], step.weight_gradients.get("kernel")
        geometry = self._geometry((x if dx is None else dx).shape[1:]).kernel_arguments
        if dkernel is not None:
            results = self._as_2d(dkernel), step.weight_gradients.get("bias")
            calls.append(partial(step.kernels.conv2d_kernel_gradient, self._image(x), dy, *results, *geometry))
        if dx is not None:
            kernel = self._as_2d(step.weights["kernel"])
            calls.append(partial(step.kernels.conv2d_input_gradient, dy, kernel, self._image(dx), *geometry))
        return calls

    # What derived classes state

    def _geometry(self, input_shape: Any) -> Conv2DGeometry:
        """Check the shape of an input and return the geometry of the 2-D convolution."""
        raise NotImplementedError(f"{type(self).__name__} has no geometry")

    def _kernel_shape(self, input_shape: Shape) -> Shape:
        raise NotImplementedError(f"{type(self).__name__} has no kernel")

    def _output_channels(self, input_shape: Shape) -> int:
        raise NotImplementedError(f"{type(self).__name__} has no output channels")

    def _normalize_padding(self, padding: object) -> object:
        return normalize_padding(padding, f"{self.label}: padding", self.axes)

    def _image(self, array: np.ndarray) -> np.ndarray:
        """Return a batch as one of images with rows and columns."""
        return array if self.axes == 2 else array[:, np.newaxis]

    def _as_2d(self, kernel: np.ndarray) -> np.ndarray:
        """Return a kernel, or its gradient, as that of the 2-D convolution."""
        return kernel if self.axes == 2 else kernel[np.newaxis]


class GroupedConvolution(Convolution):
    """Base of those with a given number of filters, and groups of channels."""

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
        **settings: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            dilation_rate,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            **settings,
        )
        self.filters = positive_integer(filters, f"{self.label}: filters")
        self.groups = positive_integer(groups, f"{self.label}: groups")

    def get_config(self) -> dict[str, Any]:
        return {"filters": self.filters, "groups": self.groups, **super().get_config()}

    def _output_channels(self, input_shape: Shape) -> int:
        return self.filters

    def _kernel_shape(self, input_shape: Shape) -> Shape:
        return (*self.kernel_size, input_shape[-1] // self.groups, self.filters)

    def _check_image(self, input_shape: Any) -> Shape:
        image = check_image_shape(self, input_shape, self.axes)
        if image[-1] % self.groups:
            raise ValueError(
                f"{self.label}: expected a number of input channels divisible by {self.groups} groups, got {image[-1]}"
            )
        return image


class Conv2D(GroupedConvolution):
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
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        Penalties on the weights (see :mod:`nativecnn.regularizers`).
    algorithm : "auto", "direct" or "winograd"
        How to compute, see :func:`nativecnn.ops.conv2d`. :meth:`nativecnn.Sequential.summary` shows what is chosen.

    Notes
    -----
    Takes samples (rows, columns, channels), gives (output rows, output columns, filters). Weights: ``kernel``
    (kernel rows, kernel columns, channels / groups, filters) and ``bias`` (filters,).

    Outside of training the kernel is kept in the backend's own form as well: in as much memory again, or transformed
    for Winograd's algorithm where that takes at most 1 MB. One such copy serves all threads.
    """

    def __init__(
        self, filters: int, kernel_size: object, *arguments: Any, algorithm: str = "auto", **settings: Any
    ) -> None:
        super().__init__(filters, kernel_size, *arguments, **settings)
        self.algorithm = check_algorithm(
            algorithm, self.kernel_size, self.strides, self.dilation_rate, self.groups, self.label
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "algorithm": self.algorithm}

    def _geometry(self, input_shape: Any) -> Conv2DGeometry:
        image = self._check_image(input_shape)
        return conv2d_geometry(
            image,
            self._kernel_shape(image),
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
