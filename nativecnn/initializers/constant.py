"""First values that are not random."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.floating_point import contract_state
from ..random import Stream
from .base import Initializer


class Zeros(Initializer):
    """All zeros."""

    name = "zeros"

    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        return np.zeros(shape, np.float32)


class Ones(Initializer):
    """All ones."""

    name = "ones"

    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        return np.ones(shape, np.float32)


class Constant(Initializer):
    """The same value everywhere."""

    name = "constant"

    @contract_state
    def __init__(self, value: float = 0.0) -> None:
        self.value = float(value)

    @contract_state
    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        return np.full(shape, self.value, np.float32)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "value": self.value}


class Identity(Initializer):
    """``gain`` on the diagonal of a matrix, zeros elsewhere; for weights of two axes."""

    name = "identity"

    @contract_state
    def __init__(self, gain: float = 1.0) -> None:
        self.gain = float(gain)

    @contract_state
    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        if len(shape) != 2:
            raise ValueError(f"identity: expected a weight of two axes, got shape {shape}")
        matrix = np.zeros(shape, np.float32)
        np.fill_diagonal(matrix, np.float32(self.gain))
        return matrix

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "gain": self.gain}
