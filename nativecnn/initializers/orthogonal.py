"""Random matrices with orthonormal columns or rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._kernels.floating_point import contract_state
from ..ops.backend import kernels
from ..random import Stream
from .base import Initializer
from .random import standard_normal


class Orthogonal(Initializer):
    """A random matrix with orthonormal columns, or rows where it has more columns (Saxe et al. 2014), times ``gain``.

    A weight is taken as a matrix whose columns are along its last axis. It needs two axes at least.
    """

    name = "orthogonal"

    @contract_state
    def __init__(self, gain: float = 1.0) -> None:
        self.gain = float(gain)

    @contract_state
    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        if len(shape) < 2:
            raise ValueError(f"orthogonal: expected a weight of at least two axes, got shape {shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        matrix = standard_normal(stream.bits(rows * columns)).reshape(max(rows, columns), min(rows, columns))
        kernels().orthonormalize(matrix)
        if rows < columns:
            matrix = matrix.T
        return np.ascontiguousarray(self.gain * matrix, np.float32).reshape(shape)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "gain": self.gain}
