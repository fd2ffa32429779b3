"""Independent random numbers, uniform or normal, of a given size or of one that suits the weight's shape.

They are one rounding to float32 away from float64 operations that docs/arithmetic-training.md states.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import choose, number_between
from ..float64 import normal_quantile
from ..random import Stream
from .base import Initializer

# The normal distribution's part below -2, and between -2 and 2.
_BELOW_TWO = float.fromhex("0x1.74bcf82c9d86p-6")
_WITHIN_TWO = float.fromhex("0x1.e8b4307d3627ap-1")
# The standard deviation of a normal distribution truncated at 2 of its own.
_TRUNCATED_DEVIATION = 0.87962566103423978
_AT_A_TIME = 1 << 16  # normal numbers: their intermediate values stay in the cache


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


class RandomNormal(Initializer):
    """Normal, of a mean and a standard deviation."""

    name = "random_normal"

    def __init__(self, mean: float = 0.0, stddev: float = 0.05) -> None:
        self.mean = number_between(mean, f"{self.name}: mean", low=-math.inf, low_included=False)
        self.stddev = number_between(stddev, f"{self.name}: stddev")

    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        return _normal(shape, stream, self.mean, self.stddev)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomNormal):
    """Normal within two standard deviations of the mean (``stddev`` is that of the distribution before it is cut)."""

    name = "truncated_normal"

    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        return _normal(shape, stream, self.mean, self.stddev, truncated=True)


class VarianceScaling(Initializer):
    """Random numbers of mean 0 and a variance of ``scale / n``, n the number of inputs or outputs of the weight.

    Parameters
    ----------
    scale : float
        Above 0.
    mode : "fan_in", "fan_out" or "fan_avg"
        Whether n is the number of inputs that feed an output, of outputs that an input feeds, or the mean of both. The
        last two axes of a weight are inputs and outputs, those before them taps.
    distribution : "truncated_normal", "untruncated_normal" or "uniform"
        The first is cut at two standard deviations, and has the same variance all the same.
    """

    name = "variance_scaling"

    def __init__(self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal") -> None:
        self.scale = number_between(scale, f"{self.name}: scale", low_included=False)
        choose(mode, _FANS, f"{self.name}'s mode")
        choose(distribution, _DISTRIBUTIONS, f"{self.name}'s distribution")
        self.mode, self.distribution = mode, distribution

    @contract_state
    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        fan = max(_FANS[self.mode](*_fans(shape)), 1)
        return _DISTRIBUTIONS[self.distribution](shape, stream, self.scale, fan)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "scale": self.scale, "mode": self.mode, "distribution": self.distribution}


class _Named(VarianceScaling):
    """Variance scaling with settings that have a name."""

    settings: tuple[float, str, str]

    def __init__(self) -> None:
        super().__init__(*self.settings)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name}


class GlorotUniform(_Named):
    """Uniform within ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010)."""

    name = "glorot_uniform"
    settings = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Named):
    """Truncated normal of the variance 2 / (fan in + fan out) (Glorot and Bengio 2010)."""

    name = "glorot_normal"
    settings = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Named):
    """Uniform within ±√(6 / fan in) (He et al. 2015)."""

    name = "he_uniform"
    settings = (2.0, "fan_in", "uniform")


class HeNormal(_Named):
    """Truncated normal of the variance 2 / fan in (He et al. 2015)."""

    name = "he_normal"
    settings = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Named):
    """Uniform within ±√(3 / fan in) (LeCun et al. 1998)."""

    name = "lecun_uniform"
    settings = (1.0, "fan_in", "uniform")


class LecunNormal(_Named):
    """Truncated normal of the variance 1 / fan in (LeCun et al. 1998)."""

    name = "lecun_normal"
    settings = (1.0, "fan_in", "truncated_normal")


_FANS = {
    "fan_in": lambda fan_in, fan_out: fan_in,
    "fan_out": lambda fan_in, fan_out: fan_out,
    "fan_avg": lambda fan_in, fan_out: (fan_in + fan_out) / 2,
}


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return how many inputs feed an output and how many outputs an input feeds; the last two axes are in and out."""
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


def _scaled_uniform(shape: tuple[int, ...], stream: Stream, scale: float, fan: float) -> np.ndarray:
    limit = math.sqrt(3 * scale / fan)
    return _uniform(shape, stream, -limit, limit)


def _scaled_normal(shape: tuple[int, ...], stream: Stream, scale: float, fan: float) -> np.ndarray:
    return _normal(shape, stream, 0.0, math.sqrt(scale / fan))


def _scaled_truncated_normal(shape: tuple[int, ...], stream: Stream, scale: float, fan: float) -> np.ndarray:
    return _normal(shape, stream, 0.0, math.sqrt(scale / fan) / _TRUNCATED_DEVIATION, truncated=True)


_DISTRIBUTIONS = {
    "truncated_normal": _scaled_truncated_normal,
    "untruncated_normal": _scaled_normal,
    "uniform": _scaled_uniform,
}


@contract_state
def _uniform(shape: tuple[int, ...], stream: Stream, low: float, high: float) -> np.ndarray:
    return (low + (high - low) * stream.uniform(shape).astype(np.float64)).astype(np.float32)


@contract_state
def _normal(shape: tuple[int, ...], stream: Stream, mean: float, stddev: float, truncated: bool = False) -> np.ndarray:
    words = stream.bits(math.prod(shape))
    values = np.empty(len(words), np.float32)
    with np.errstate(over="ignore"):  # beyond float32's range is infinite, as in any conversion
        for first in range(0, len(words), _AT_A_TIME):
            part = slice(first, first + _AT_A_TIME)
            values[part] = mean + stddev * standard_normal(words[part], truncated)
    return values.reshape(shape)


def standard_normal(words: np.ndarray, truncated: bool = False) -> np.ndarray:
    """Return normal numbers (float64) of random 64-bit words, one for each; ``truncated``, none beyond ±2."""
    u = ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52
    return normal_quantile(_BELOW_TWO + _WITHIN_TWO * u if truncated else u)
