"""What weights are before training.

The uniform ones compute ``float32(low + (high - low) * u)`` in float64 from ``u`` in [0, 1), a multiple of 2^-24: only
additions, multiplications and a correctly rounded square root, so the weights are the same bits everywhere.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._kernels.floating_point import contract_state
from .checks import choose
from .random import Stream


class Initializer:
    """Gives a weight its first values."""

    name = ""

    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        """Return a new float32 array of the given shape, its random numbers drawn from ``stream``."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return what :func:`get` makes an equal initializer of."""
        return {"name": self.name}


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


class RandomUniform(Initializer):
    """Uniform between ``low`` and ``high``."""

    name = "random_uniform"

    @contract_state
    def __init__(self, low: float = -0.05, high: float = 0.05) -> None:
        self.low, self.high = float(low), float(high)
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueError(f"random_uniform: expected finite bounds low <= high, got {low!r} and {high!r}")

    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        return _uniform(shape, stream, self.low, self.high)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "low": self.low, "high": self.high}


class GlorotUniform(Initializer):
    """Uniform within ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010)."""

    name = "glorot_uniform"

    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        fan_in, fan_out = _fans(shape)
        return _within(shape, stream, 6, fan_in + fan_out)


class HeUniform(Initializer):
    """Uniform within ±√(6 / fan in) (He et al. 2015)."""

    name = "he_uniform"

    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        return _within(shape, stream, 6, _fans(shape)[0])


class LecunUniform(Initializer):
    """Uniform within ±√(3 / fan in) (LeCun et al. 1998)."""

    name = "lecun_uniform"

    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        return _within(shape, stream, 3, _fans(shape)[0])


_INITIALIZERS = {
    cls.name: cls for cls in (Zeros, Ones, Constant, RandomUniform, GlorotUniform, HeUniform, LecunUniform)
}


def get(value: object) -> Initializer:
    """Return the initializer that a name, a configuration or an initializer stands for.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if isinstance(value, Initializer):
        return value
    if isinstance(value, dict):
        settings = dict(value)
        return choose(settings.pop("name", None), _INITIALIZERS, "initializer")(**settings)
    return choose(value, _INITIALIZERS, "initializer")()


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return how many inputs feed an output and how many outputs an input feeds; the last two axes are in and out."""
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


@contract_state
def _within(shape: tuple[int, ...], stream: Stream, numerator: int, denominator: int) -> np.ndarray:
    limit = math.sqrt(numerator / max(denominator, 1))
    return _uniform(shape, stream, -limit, limit)


@contract_state
def _uniform(shape: tuple[int, ...], stream: Stream, low: float, high: float) -> np.ndarray:
    return (low + (high - low) * stream.uniform(shape).astype(np.float64)).astype(np.float32)
