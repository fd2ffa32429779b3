"""Local response normalization across channels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import number_between, positive_integer, shown
from .arguments import check_shape, empty, float_array
from .backend import kernels
from .pixels import as_rows


class ResponseSettings(NamedTuple):
    """What the kernels take besides arrays."""

    size: int
    alpha: float
    beta: float
    k: float


def response_settings(size: object, alpha: object, beta: object, k: object, name: str) -> ResponseSettings:
    """Check the settings of a local response normalization and return them; errors begin with ``name``."""
    size = positive_integer(size, f"{name}: size")
    if size % 2 == 0:
        raise ValueError(
            f"{name}: size: expected an odd integer, so that neighbours lie on both sides, got {shown(size)}"
        )
    if size >= 2**31:
        raise ValueError(f"{name}: size: expected an integer below 2**31, got {shown(size)}")
    numbers = (("alpha", alpha), ("beta", beta), ("k", k))
    return ResponseSettings(size, *(number_between(value, f"{name}: {label}") for label, value in numbers))


@contract_state
def local_response_normalization(
    x: object, *, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0
) -> np.ndarray:
    """Return ``x / (k + alpha * s) ** beta`` with ``s`` the sum of squares of neighbouring channels of a pixel.

    Parameters
    ----------
    x : array, shape (…, channels)
    size : int
        Odd; how many channels are summed, the value's own in the middle. There are fewer at the edges.
    alpha, beta, k : float
        As AlexNet has them. PyTorch and Caffe divide alpha by the size: their alpha is ``size`` times this one.

    Returns
    -------
    numpy.ndarray, float32, the shape of ``x``

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, rank or size.
    MemoryError
        If there is not enough memory for the result.
    """
    name = "local_response_normalization"
    x = _pixels(x, f"{name}: x")
    settings = response_settings(size, alpha, beta, k, name)
    y = empty(x.shape, name)
    kernels().local_response_normalization(as_rows(x), *settings, as_rows(y))
    return y


@contract_state
def local_response_normalization_backward(
    dy: object, x: object, *, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0
) -> np.ndarray:
    """Return the gradient of the input of :func:`local_response_normalization` from that of its output."""
    name = "local_response_normalization_backward"
    x, dy = _pixels(x, f"{name}: x"), float_array(dy, f"{name}: dy")
    check_shape(dy, f"{name}: dy", x.shape)
    settings = response_settings(size, alpha, beta, k, name)
    dx = empty(x.shape, name)
    kernels().local_response_normalization_gradient(as_rows(dy), as_rows(x), *settings, as_rows(dx))
    return dx


def _pixels(x: object, name: str) -> np.ndarray:
    x = float_array(x, name)
    if x.ndim == 0:
        raise ValueError(f"{name}: expected at least 1 axis, the channels, got 0")
    return x
