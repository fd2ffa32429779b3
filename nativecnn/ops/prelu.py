"""ReLU whose slopes are learned."""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from .arguments import check_shape, empty, float_array
from .backend import kernels


@contract_state
def prelu(x: object, alpha: object) -> np.ndarray:
    """Return ``x`` where it is positive or NaN, ``alpha * x`` elsewhere.

    Parameters
    ----------
    x : array, (samples, …)
    alpha : array, (…)
        The slopes: as many axes as a sample has, each of the sample's size or of size 1, along which a slope is shared.

    Raises
    ------
    TypeError, ValueError
        If an argument is no array of real numbers, or the shapes do not fit.
    """
    x, alpha = _arrays("prelu", x, alpha)
    y = empty(x.shape, "prelu")
    kernels().prelu(x, alpha, y)
    return y


@contract_state
def prelu_backward(dy: object, x: object, alpha: object) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of input and slopes of :func:`prelu`, from those two and the output's gradient ``dy``."""
    x, alpha = _arrays("prelu_backward", x, alpha)
    dy = float_array(dy, "prelu_backward: dy")
    check_shape(dy, "prelu_backward: dy", x.shape)
    dx, dalpha = empty(x.shape, "prelu_backward"), empty(alpha.shape, "prelu_backward")
    kernels().prelu_input_gradient(dy, x, alpha, dx)
    kernels().prelu_alpha_gradient(x, dy, dalpha)
    return dx, dalpha


def _arrays(function: str, x: object, alpha: object) -> tuple[np.ndarray, np.ndarray]:
    x, alpha = float_array(x, f"{function}: x"), float_array(alpha, f"{function}: alpha")
    if x.ndim == 0:
        raise ValueError(f"{function}: x: expected an axis of samples, got shape ()")
    sample = x.shape[1:]
    fits = all(own in (1, size) for own, size in zip(alpha.shape, sample, strict=False))
    if alpha.ndim != len(sample) or not fits:
        raise ValueError(f"{function}: alpha: expected shape {sample} or 1 along some of these axes, got {alpha.shape}")
    return x, alpha
