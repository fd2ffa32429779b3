"""The part of the second opinion that is in docs/arithmetic-activations.md."""

import math
from functools import partialmethod

import numpy as np


class MoreActivations:
    """Functions named and called as those of ``nativecnn.ops``; what calls C stands in ``SecondOpinion``."""

    def _forward(self, name, x, *settings):
        y = np.empty_like(x)
        self._call(f"{name}_array", x.size, x, y, *map(float, settings))
        return y

    def _backward(self, name, dy, at, *settings):
        dx = np.empty_like(at)
        self._call(f"{name}_gradient", at.size, dy, at, dx, *map(float, settings))
        return dx

    def leaky_relu(self, x, negative_slope=0.2):
        return self._forward("leaky_relu", x, negative_slope)

    def leaky_relu_backward(self, dy, y, negative_slope=0.2):
        return self._backward("leaky_relu", dy, y, negative_slope)

    def clipped_relu(self, x, max_value=None, negative_slope=0.0, threshold=0.0):
        most = math.inf if max_value is None else max_value
        return self._forward("clipped_relu", x, most, negative_slope, threshold)

    def clipped_relu_backward(self, dy, y, max_value=None, negative_slope=0.0):
        most = math.inf if max_value is None else max_value
        return self._backward("clipped_relu", dy, y, most, negative_slope)

    def elu(self, x, alpha=1.0):
        return self._forward("elu", x, alpha)

    def elu_backward(self, dy, y, alpha=1.0):
        return self._backward("elu", dy, y, alpha)

    def gelu(self, x, approximate=False):
        return self._forward("approximate_gelu" if approximate else "gelu", x)

    def gelu_backward(self, dy, x, approximate=False):
        return self._backward("approximate_gelu" if approximate else "gelu", dy, x)

    def exp_backward(self, dy, y):
        return self._backward("exp", dy, y)

    def log_softmax(self, x):
        y = np.empty_like(x)
        self._call("log_softmax", x.size // x.shape[-1], x.shape[-1], x, y)
        return y

    def log_softmax_backward(self, dy, y):
        dx = np.empty_like(y)
        self._call("log_softmax_gradient", y.size // y.shape[-1], y.shape[-1], dy, y, dx)
        return dx

    def prelu(self, x, alpha):
        pixels, back = _by_pixels(x, alpha)
        y = np.empty_like(pixels)
        self._call("prelu", *pixels.shape, pixels, alpha.reshape(-1), y)
        return back(y)

    def prelu_backward(self, dy, x, alpha):
        (gradients, _), (pixels, back) = _by_pixels(dy, alpha), _by_pixels(x, alpha)
        dx, dalpha = np.empty_like(pixels), np.empty_like(alpha)
        self._call("prelu_input_gradient", *pixels.shape, gradients, pixels, alpha.reshape(-1), dx)
        self._call("prelu_slope_gradient", *pixels.shape, pixels, gradients, dalpha)
        return back(dx), dalpha


for _name in ("relu6", "hard_sigmoid", "hard_silu", "selu", "softplus", "softsign", "silu", "mish"):
    setattr(MoreActivations, _name, partialmethod(MoreActivations._forward, _name))
    setattr(MoreActivations, f"{_name}_backward", partialmethod(MoreActivations._backward, _name))


def _by_pixels(x, alpha):
    """Return x as (samples, pixels, slopes), and the function that brings such an array back into x's form."""
    shared = [axis for axis, size in enumerate(alpha.shape, 1) if size == 1]
    own = [axis for axis in range(1, x.ndim) if axis not in shared]
    moved = x.transpose(0, *shared, *own)

    def back(array):
        return np.ascontiguousarray(array.reshape(moved.shape).transpose(np.argsort([0, *shared, *own])))

    pixels = math.prod(x.shape[axis] for axis in shared)
    return np.ascontiguousarray(moved).reshape(len(x), pixels, alpha.size), back
