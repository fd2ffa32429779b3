"""Batch normalization over the last axis, with given or with a batch's own statistics."""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import number_between
from .arguments import check_shape, empty, float_array
from .backend import kernels
from .pixels import as_images


@contract_state
def batch_normalization(
    x: object, mean: object, variance: object, gamma: object = None, beta: object = None, *, epsilon: float = 1e-3
) -> np.ndarray:
    """Return ``(x - mean) / sqrt(variance + epsilon) * gamma + beta`` of each channel, as one multiply-add.

    Parameters
    ----------
    x : array, shape (samples, …, channels)
    mean, variance : array, shape (channels,)
    gamma, beta : array, shape (channels,), optional
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
    name = "batch_normalization"
    x = _samples(x, name)
    mean, variance, gamma, beta = (
        _per_channel(value, f"{name}: {label}", x, value is None and label in ("gamma", "beta"))
        for label, value in (("mean", mean), ("variance", variance), ("gamma", gamma), ("beta", beta))
    )
    epsilon = number_between(epsilon, f"{name}: epsilon")
    scale, shift, y = empty(mean.shape, name), empty(mean.shape, name), empty(x.shape, name)
    kernels().batch_normalization_coefficients(gamma, beta, mean, variance, epsilon, scale, shift)
    kernels().scale_shift(x, scale, shift, y)
    return y


@contract_state
def batch_statistics(x: object) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance (divided by the number of values) of each channel over all samples and pixels.

    Parameters
    ----------
    x : array, shape (samples, …, channels)

    Returns
    -------
    mean, variance : numpy.ndarray, float32, shape (channels,)
        NaN where there are no values.

    Raises
    ------
    TypeError, ValueError
        If ``x`` has the wrong type or fewer than two axes.
    """
    x = _samples(x, "batch_statistics")
    mean, variance = empty(x.shape[-1:], "batch_statistics"), empty(x.shape[-1:], "batch_statistics")
    kernels().batch_statistics(as_images(x), mean, variance)
    return mean, variance


@contract_state
def batch_normalization_backward(
    dy: object, x: object, mean: object, variance: object, gamma: object = None, *, epsilon: float = 1e-3
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of :func:`batch_normalization` by the statistics of ``x`` itself, which depend on ``x``.

    Parameters
    ----------
    dy, x : array, shape (samples, …, channels)
        The output's gradient, and the input.
    mean, variance : array, shape (channels,)
        Of ``x``, as :func:`batch_statistics` gives them.
    gamma : array, shape (channels,), optional
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
    name = "batch_normalization_backward"
    x, dy = _samples(x, name), float_array(dy, f"{name}: dy")
    check_shape(dy, f"{name}: dy", x.shape)
    mean, variance, gamma = (
        _per_channel(value, f"{name}: {label}", x, value is None and label == "gamma")
        for label, value in (("mean", mean), ("variance", variance), ("gamma", gamma))
    )
    epsilon = number_between(epsilon, f"{name}: epsilon")
    dx, dgamma, dbeta = empty(x.shape, name), empty(mean.shape, name), empty(mean.shape, name)
    dy_images, x_images = as_images(dy), as_images(x)
    kernels().batch_normalization_weight_gradients(dy_images, x_images, mean, variance, epsilon, dgamma, dbeta)
    kernels().batch_normalization_input_gradient(
        dy_images, x_images, gamma, mean, variance, epsilon, dgamma, dbeta, as_images(dx)
    )
    return dx, dgamma, dbeta


def _samples(x: object, name: str) -> np.ndarray:
    x = float_array(x, f"{name}: x")
    if x.ndim < 2:
        raise ValueError(f"{name}: x: expected at least 2 axes, samples and channels, got {x.ndim} (shape {x.shape})")
    return x


def _per_channel(value: object, name: str, x: np.ndarray, missing: bool) -> np.ndarray | None:
    if missing:
        return None
    array = float_array(value, name, 1)
    check_shape(array, name, x.shape[-1:])
    return array
