"""Functions of the rows of the last axis."""

from __future__ import annotations

import numpy as np

from ..._kernels.floating_point import contract_state
from .calls import backward, forward


@contract_state
def softmax(x: object) -> np.ndarray:
    """Return ``exp(x) / sum(exp(x))`` over the last axis, which must not be empty."""
    return forward("softmax", x)


@contract_state
def softmax_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`softmax` from its output ``y`` and that output's gradient."""
    return backward("softmax", dy, y)


@contract_state
def log_softmax(x: object) -> np.ndarray:
    """Return the logarithm of :func:`softmax` over the last axis, which must not be empty."""
    return forward("log_softmax", x)


@contract_state
def log_softmax_backward(dy: object, y: object) -> np.ndarray:
    """Return the gradient of the input of :func:`log_softmax` from its output ``y`` and that output's gradient."""
    return backward("log_softmax", dy, y)
