"""Losses of predicted numbers; p is the prediction, t the target."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.floating_point import contract_state
from ..ops.losses import positive_delta
from .base import Loss, chunks, raise_at


class MeanSquaredError(Loss):
    """``(p - t)²``, the mean over the outputs."""

    name = "mean_squared_error"
    kernel = "mean_squared_error"


class HalfSquaredError(Loss):
    """The lecture's C = Σ ½ (p - t)², the sum over outputs and samples: nothing is averaged.

    The gradient grows with the batch, and the loss that ``fit`` and ``evaluate`` report is that of all samples.
    """

    name = "half_squared_error"
    kernel = "half_squared_error"
    averaged = False


class MeanAbsoluteError(Loss):
    """``|p - t|``, the mean over the outputs. The gradient is 0 where the error is."""

    name = "mean_absolute_error"
    kernel = "mean_absolute_error"


class MeanSquaredLogarithmicError(Loss):
    """``(log(p + 1) - log(t + 1))²``, the mean over the outputs, p and t at least 1e-7; targets are not negative."""

    name = "mean_squared_logarithmic_error"
    kernel = "mean_squared_logarithmic_error"

    def _check_values(self, y: np.ndarray, name: str) -> None:
        _check_not_negative(y, name)


class Huber(Loss):
    """``½ (p - t)²`` as far as ``|p - t| <= delta``, then ``delta (|p - t| - ½ delta)``; the mean over the outputs.

    Parameters
    ----------
    delta : float
        Errors beyond it count in proportion to their size, not to its square; positive.

    Source: Huber, "Robust estimation of a location parameter", 1964.
    """

    name = "huber"
    kernel = "huber"

    @contract_state
    def __init__(self, delta: float = 1.0) -> None:
        super().__init__()
        self.delta = positive_delta(delta, "huber: delta")

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"delta": self.delta}

    def _settings(self) -> tuple[float, ...]:
        return (self.delta,)


class LogCosh(Loss):
    """``log(cosh(p - t))``, the mean over the outputs: half the square of small errors, the size of large ones."""

    name = "log_cosh"
    kernel = "log_cosh"


class Poisson(Loss):
    """``p - t log(p + 1e-7)``, the mean over the outputs, for counts t, which are not negative, of expectation p."""

    name = "poisson"
    kernel = "poisson"

    def _check_values(self, y: np.ndarray, name: str) -> None:
        _check_not_negative(y, name)


def _check_not_negative(y: np.ndarray, name: str) -> None:
    for first, part in chunks(y):
        raise_at(~(part >= 0), part, first, name, "numbers of 0 or more")
