"""What a convolution or a dense layer computes in one call after its sums: every number is stored once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Epilogue(NamedTuple):
    """The operations that follow a sum and its bias, in this order; what is None is left out.

    Each is an operation of the contract of its own, rounded as if it were computed by a call of its own.
    """

    scale: np.ndarray | None = None
    """(filters,): ``fma(sum, scale, shift)``, as batch normalization computes outside of training."""
    shift: np.ndarray | None = None
    """(filters,), with ``scale``."""
    residual: np.ndarray | None = None
    """Of as many numbers as the output, in its order, and not in its memory: ``sum + residual``."""
    activation: str | None = None
    """ "relu" or "relu6"."""
