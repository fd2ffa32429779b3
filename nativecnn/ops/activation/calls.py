"""Checks and calls that all activation functions share."""

from __future__ import annotations

import numpy as np

from ...checks import number_between
from ..arguments import check_shape, empty, float_array
from ..backend import kernels

_LARGEST = float(np.finfo(np.float32).max)


def nonnegative_setting(value: object, name: str) -> float:
    """Return a number of at least 0 that float32 can hold, or raise ``TypeError`` or ``ValueError``."""
    return number_between(value, name, 0.0, _LARGEST, high_included=True)


def forward(kernel: str, x: object, *settings: float, name: str | None = None) -> np.ndarray:
    """Return what a kernel makes of ``x``; ``name`` is the function's, where that is not the kernel's."""
    function = name or kernel
    x = float_array(x, f"{function}: x")
    _check_rows(function, x)
    y = empty(x.shape, function)
    getattr(kernels(), kernel)(x, y, *settings)
    return y


def backward(
    kernel: str, dy: object, at: object, *settings: float, name: str | None = None, value: str = "y"
) -> np.ndarray:
    """Return the gradient from the value ``at`` of the output, or as ``value`` tells of the input."""
    function = f"{name or kernel}_backward"
    at = float_array(at, f"{function}: {value}")
    dy = float_array(dy, f"{function}: dy")
    check_shape(dy, f"{function}: dy", at.shape)
    _check_rows(function, at)
    dx = empty(at.shape, function)
    getattr(kernels(), f"{kernel}_gradient")(dy, at, dx, *settings)
    return dx


def _check_rows(function: str, array: np.ndarray) -> None:
    of_rows = function.startswith(("softmax", "log_softmax"))
    if of_rows and (array.ndim == 0 or array.shape[-1] == 0):
        raise ValueError(f"{function}: expected a last axis of at least one element, got shape {array.shape}")
