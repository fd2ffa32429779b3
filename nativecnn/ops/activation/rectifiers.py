"""Functions of straight pieces: ReLU and what it is a part of."""

from __future__ import annotations

import math

import numpy as np

from ..._kernels.floating_point import contract_state
from .calls import backward, forward, nonnegative_setting


@contract_state
def relu(x: object) -> np.ndarray:
    """Return ``x`` where it is positive or NaN, +0 elsewhere (float32, the shape of ``x``)."""
    return forward("relu", x)


@contract_state
def relu_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`relu` from its output ``y`` and that output's gradient."""
    return backward("relu", dy, y)


@contract_state
def relu6(x: object) -> np.ndarray:
    """Return ``x`` between 0 and 6, which become what is below (+0) and above; NaN stays."""
    return forward("relu6", x)


@contract_state
def relu6_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`relu6` from its output ``y`` and that output's gradient."""
    return backward("relu6", dy, y)


@contract_state
def leaky_relu(x: object, negative_slope: float = 0.2) -> np.ndarray:
    """Return ``x`` where it is positive or NaN, ``negative_slope * x`` elsewhere (+0 for a slope of 0)."""
    return forward("leaky_relu", x, nonnegative_setting(negative_slope, "leaky_relu: negative_slope"))


@contract_state
def leaky_relu_backward(dy: object, y: object, negative_slope: float = 0.2) -> np.ndarray:
    """Return the gradient of the input of :func:`leaky_relu` from its output ``y`` and that output's gradient."""
    slope = nonnegative_setting(negative_slope, "leaky_relu_backward: negative_slope")
    return backward("leaky_relu", dy, y, slope)


@contract_state
def clipped_relu(
    x: object, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0
) -> np.ndarray:
    """Return ``x`` where it is above the threshold, ``negative_slope * (x - threshold)`` elsewhere.

    Parameters
    ----------
    x : array
    max_value : float, optional
        What larger values become; by default nothing does.
    negative_slope, threshold : float
        All three are 0 or more. A slope of 0 gives +0.
    """
    most = _maximum(max_value, "clipped_relu: max_value")
    slope = nonnegative_setting(negative_slope, "clipped_relu: negative_slope")
    return forward("clipped_relu", x, most, slope, nonnegative_setting(threshold, "clipped_relu: threshold"))


@contract_state
def clipped_relu_backward(
    dy: object, y: object, max_value: float | None = None, negative_slope: float = 0.0
) -> np.ndarray:
    """Return the gradient of the input of :func:`clipped_relu` from its output ``y`` and that output's gradient."""
    most = _maximum(max_value, "clipped_relu_backward: max_value")
    slope = nonnegative_setting(negative_slope, "clipped_relu_backward: negative_slope")
    return backward("clipped_relu", dy, y, most, slope)


@contract_state
def hard_sigmoid(x: object) -> np.ndarray:
    """Return ``relu6(x + 3) / 6``."""
    return forward("hard_sigmoid", x)


@contract_state
def hard_sigmoid_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`hard_sigmoid` from its output ``y`` and that output's gradient."""
    return backward("hard_sigmoid", dy, y)


@contract_state
def hard_silu(x: object) -> np.ndarray:
    """Return ``x * (relu6(x + 3) / 6)``: +0 where ``x`` is -3 or less, ``x`` where it is 3 or more."""
    return forward("hard_silu", x)


@contract_state
def hard_silu_backward(dy: object, x: object) -> np.ndarray:
    """Return the gradient of the input of :func:`hard_silu` from that input and its output's gradient."""
    return backward("hard_silu", dy, x, value="x")


def _maximum(value: object, name: str) -> float:
    return math.inf if value is None else nonnegative_setting(value, name)
