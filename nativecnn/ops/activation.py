"""Activation functions. The gradients take the function's output, as the layers keep it."""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from .arguments import check_shape, empty, float_array
from .backend import kernels


@contract_state
def relu(x: object) -> np.ndarray:
    """Return ``x`` where it is positive or NaN, +0 elsewhere (float32, the shape of ``x``)."""
    return _forward("relu", x)


@contract_state
def relu_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`relu` from its output ``y`` and that output's gradient."""
    return _backward("relu", dy, y)


@contract_state
def sigmoid(x: object) -> np.ndarray:
    """Return ``1 / (1 + exp(-x))``, rounded once to float32."""
    return _forward("sigmoid", x)


@contract_state
def sigmoid_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`sigmoid` from its output ``y`` and that output's gradient."""
    return _backward("sigmoid", dy, y)


@contract_state
def tanh(x: object) -> np.ndarray:
    """Return the hyperbolic tangent, rounded once to float32."""
    return _forward("tanh", x)


@contract_state
def tanh_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`tanh` from its output ``y`` and that output's gradient."""
    return _backward("tanh", dy, y)


@contract_state
def softmax(x: object) -> np.ndarray:
    """Return ``exp(x) / sum(exp(x))`` over the last axis, which must not be empty."""
    return _forward("softmax", x)


@contract_state
def softmax_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`softmax` from its output ``y`` and that output's gradient."""
    return _backward("softmax", dy, y)


def _forward(function: str, x: object) -> np.ndarray:
    x = float_array(x, f"{function}: x")
    _check_rows(function, x)
    y = empty(x.shape, function)
    getattr(kernels(), function)(x, y)
    return y


def _backward(function: str, dy: object, y: object) -> np.ndarray:
    y = float_array(y, f"{function}_backward: y")
    dy = float_array(dy, f"{function}_backward: dy")
    check_shape(dy, f"{function}_backward: dy", y.shape)
    _check_rows(f"{function}_backward", y)
    dx = empty(y.shape, f"{function}_backward")
    getattr(kernels(), f"{function}_gradient")(dy, y, dx)
    return dx


def _check_rows(function: str, array: np.ndarray) -> None:
    if function.startswith("softmax") and (array.ndim == 0 or array.shape[-1] == 0):
        raise ValueError(f"{function}: expected a last axis of at least one element, got shape {array.shape}")
