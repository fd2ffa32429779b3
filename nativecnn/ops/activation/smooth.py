"""Functions with exponentials, rounded once to float32."""

from __future__ import annotations

import numpy as np

from ..._kernels.floating_point import contract_state
from ..windows import normalize_flag
from .calls import backward, forward, nonnegative_setting


@contract_state
def sigmoid(x: object) -> np.ndarray:
    """Return ``1 / (1 + exp(-x))``, rounded once to float32."""
    return forward("sigmoid", x)


@contract_state
def sigmoid_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`sigmoid` from its output ``y`` and that output's gradient."""
    return backward("sigmoid", dy, y)


@contract_state
def tanh(x: object) -> np.ndarray:
    """Return the hyperbolic tangent, rounded once to float32."""
    return forward("tanh", x)


@contract_state
def tanh_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`tanh` from its output ``y`` and that output's gradient."""
    return backward("tanh", dy, y)


@contract_state
def exp_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`exp` from its output ``y`` and that output's gradient."""
    return backward("exp", dy, y)


@contract_state
def elu(x: object, alpha: float = 1.0) -> np.ndarray:
    """Return ``x`` where it is positive, ``alpha * (exp(x) - 1)`` elsewhere, rounded once to float32."""
    return forward("elu", x, nonnegative_setting(alpha, "elu: alpha"))


@contract_state
def elu_backward(dy: object, y: object, alpha: float = 1.0) -> np.ndarray:
    """Return the gradient of the input of :func:`elu` from its output ``y`` and that output's gradient."""
    return backward("elu", dy, y, nonnegative_setting(alpha, "elu_backward: alpha"))


@contract_state
def selu(x: object) -> np.ndarray:
    """Return ELU times 1.0507 with an alpha of 1.6733, rounded once to float32."""
    return forward("selu", x)


@contract_state
def selu_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`selu` from its output ``y`` and that output's gradient."""
    return backward("selu", dy, y)


@contract_state
def gelu(x: object, approximate: bool = False) -> np.ndarray:
    """Return ``x`` times the probability that a normally distributed number is less, rounded once to float32.

    Parameters
    ----------
    x : array
    approximate : bool
        Whether to take ``x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`` instead.
    """
    return forward("approximate_gelu" if normalize_flag(approximate, "gelu: approximate") else "gelu", x, name="gelu")


@contract_state
def gelu_backward(dy: object, x: object, approximate: bool = False) -> np.ndarray:
    """Return the gradient of the input of :func:`gelu` from that input and its output's gradient."""
    approximate = normalize_flag(approximate, "gelu_backward: approximate")
    return backward("approximate_gelu" if approximate else "gelu", dy, x, name="gelu", value="x")


@contract_state
def silu(x: object) -> np.ndarray:
    """Return ``x * sigmoid(x)``, rounded once to float32."""
    return forward("silu", x)


@contract_state
def silu_backward(dy: object, x: object) -> np.ndarray:
    """Return the gradient of the input of :func:`silu` from that input and its output's gradient."""
    return backward("silu", dy, x, value="x")


@contract_state
def mish(x: object) -> np.ndarray:
    """Return ``x * tanh(log(1 + exp(x)))``, rounded once to float32."""
    return forward("mish", x)


@contract_state
def mish_backward(dy: object, x: object) -> np.ndarray:
    """Return the gradient of the input of :func:`mish` from that input and its output's gradient."""
    return backward("mish", dy, x, value="x")


@contract_state
def softplus(x: object) -> np.ndarray:
    """Return ``log(1 + exp(x))``, rounded once to float32."""
    return forward("softplus", x)


@contract_state
def softplus_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`softplus` from its output ``y`` and that output's gradient."""
    return backward("softplus", dy, y)


@contract_state
def softsign(x: object) -> np.ndarray:
    """Return ``x / (1 + abs(x))``, rounded once to float32."""
    return forward("softsign", x)


@contract_state
def softsign_backward(dy: object, x: object) -> np.ndarray:
    """Return the gradient of the input of :func:`softsign` from that input and its output's gradient."""
    return backward("softsign", dy, x, value="x")
