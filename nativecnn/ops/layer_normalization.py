"""Layer normalization over the last axis."""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import number_between
from .arguments import check_shape, empty, float_array
from .backend import kernels
from .pixels import as_images, as_rows


@contract_state
def layer_normalization(x: object, gamma: object = None, beta: object = None, *, epsilon: float = 1e-3) -> np.ndarray:
    """Return ``(x - mean) / sqrt(variance + epsilon) * gamma + beta``, mean and variance being those of each row.

    Parameters
    ----------
    x : array, shape (samples, …, values)
        A row is a place of all axes but the last.
    gamma, beta : array, shape (values,), optional
        Without them nothing is multiplied or added.
    epsilon : float

    Returns
    -------
    numpy.ndarray, float32, the shape of ``x``

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, rank, shape or size.
    MemoryError
        If there is not enough memory for the result.
    """
    name = "layer_normalization"
    x = _samples(x, name)
    gamma, beta = _per_value(gamma, f"{name}: gamma", x), _per_value(beta, f"{name}: beta", x)
    epsilon = number_between(epsilon, f"{name}: epsilon")
    y = empty(x.shape, name)
    rows = as_rows(x)
    mean, inverse = empty(rows.shape[:1], name), empty(rows.shape[:1], name)
    kernels().layer_normalization(rows, gamma, beta, epsilon, mean, inverse, as_rows(y))
    return y


@contract_state
def layer_normalization_backward(
    dy: object, x: object, gamma: object = None, *, epsilon: float = 1e-3
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of :func:`layer_normalization`.

    Parameters
    ----------
    dy, x : array, shape (samples, …, values)
        The output's gradient, and the input.
    gamma : array, shape (values,), optional
    epsilon : float

    Returns
    -------
    dx, dgamma, dbeta : numpy.ndarray, float32

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, rank, shape or size.
    MemoryError
        If there is not enough memory for the results.
    """
    name = "layer_normalization_backward"
    x, dy = _samples(x, name), float_array(dy, f"{name}: dy")
    check_shape(dy, f"{name}: dy", x.shape)
    gamma = _per_value(gamma, f"{name}: gamma", x)
    epsilon = number_between(epsilon, f"{name}: epsilon")
    dx, dgamma, dbeta = empty(x.shape, name), empty(x.shape[-1:], name), empty(x.shape[-1:], name)
    rows, dx_rows = as_rows(x), as_rows(dx)
    mean, inverse = empty(rows.shape[:1], name), empty(rows.shape[:1], name)
    kernels().layer_normalization(rows, None, None, epsilon, mean, inverse, dx_rows)  # for mean and inverse
    kernels().layer_normalization_weight_gradients(as_images(dy), as_images(x), mean, inverse, dgamma, dbeta)
    kernels().layer_normalization_input_gradient(as_rows(dy), rows, gamma, mean, inverse, dx_rows)
    return dx, dgamma, dbeta


def _samples(x: object, name: str) -> np.ndarray:
    x = float_array(x, f"{name}: x")
    if x.ndim < 2:
        raise ValueError(f"{name}: x: expected at least 2 axes, samples and values, got {x.ndim} (shape {x.shape})")
    return x


def _per_value(value: object, name: str, x: np.ndarray) -> np.ndarray | None:
    if value is None:
        return None
    array = float_array(value, name, 1)
    check_shape(array, name, x.shape[-1:])
    return array
