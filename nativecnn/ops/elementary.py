"""Elementary functions of float32 arrays, correctly rounded."""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from .arguments import empty, float_array
from .backend import kernels


@contract_state
def exp(x: object) -> np.ndarray:
    """Return e to the power of ``x``, rounded once to float32."""
    x = float_array(x, "exp: x")
    y = empty(x.shape, "exp")
    kernels().exp(x, y)
    return y


@contract_state
def log(x: object) -> np.ndarray:
    """Return the natural logarithm of ``x``, rounded once to float32 (-inf of zeros, NaN of negative numbers)."""
    x = float_array(x, "log: x")
    y = empty(x.shape, "log")
    kernels().log(x, y)
    return y
