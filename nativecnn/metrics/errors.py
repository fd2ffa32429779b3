"""Errors of predicted numbers."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np

from .base import Measure, Metric, rows_of


class MeanSquaredError(Metric):
    """``(p - t)²``, the mean over the outputs; float32 arithmetic of the kernels."""

    name = "mean_squared_error"

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        true, predicted = rows_of(y_true), rows_of(y_pred)
        errors, values = np.empty(len(true), true.dtype), np.empty(len(true))

        def measure() -> np.ndarray:
            kernels.mean_squared_error(predicted, true, errors, None)
            np.copyto(values, errors)
            return values

        return measure


class RootMeanSquaredError(MeanSquaredError):
    """The square root of the mean squared error of all samples."""

    name = "root_mean_squared_error"

    def result(self, sums: list[float], samples: int) -> float:
        return math.sqrt(super().result(sums, samples))


class MeanAbsoluteError(Metric):
    """``|p - t|``, the mean over the outputs, summed in order in float64."""

    name = "mean_absolute_error"

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        true, predicted = rows_of(y_true), rows_of(y_pred)
        errors, values = np.empty(true.shape), np.empty(len(true))

        def measure() -> np.ndarray:
            np.subtract(predicted, true, out=errors, dtype=np.float64)
            np.absolute(errors, out=errors)
            np.add.accumulate(errors, axis=1, out=errors)  # unlike sum, in one order always
            return np.divide(errors[:, -1], true.shape[1], out=values)

        return measure
