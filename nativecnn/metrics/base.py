"""What a metric is: values of batches, the sums they are added to, and a result."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from .._kernels.floating_point import contract_state
from ..layers.steps import Shape

Measure = Callable[[], np.ndarray]


class Metric:
    """Base of all metrics: one value a sample, of several samples the mean.

    What the batches come to is kept as a list of numbers, the metric's *sums*, empty at first. They depend on the
    samples alone, not on how these were cut into batches, and go into a model's file with the state of its training.

    Parameters
    ----------
    name : str, optional
        What it is called in the history; by default the name of its kind.
    """

    name = ""

    def __init__(self, name: str | None = None) -> None:
        if name is not None:
            if not isinstance(name, str) or not name:
                raise TypeError(f"{type(self).__name__}: expected a text as name, got {name!r}")
            self.name = name

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {"name": self.name}

    def check_shapes(self, target_shape: Shape, output_shape: Shape) -> None:
        """Raise ``ValueError`` unless the metric takes targets and predictions of these shapes."""
        if target_shape != output_shape:
            raise ValueError(
                f"{self.name}: expected targets of the predictions' shape {output_shape}, got {target_shape}"
            )

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        """Return a call that gives the values (float64, one a sample) of a batch in the two buffers.

        The array it returns is overwritten by the next call.
        """
        raise NotImplementedError(f"{type(self).__name__} has no values")

    def accumulate(self, sums: list[float], values: np.ndarray) -> None:
        """Add what a batch gave to the sums of those before it."""
        add_exactly(sums, values.tolist())

    def result(self, sums: list[float], samples: int) -> float:
        """Return the metric of so many samples, one or more, from their sums."""
        return math.fsum(sums) / samples

    def check_sums(self, sums: list[float]) -> None:
        """Raise ``ValueError`` unless the list, from a file, can be one of this metric's sums."""


class CountingMetric(Metric):
    """Base of metrics that are computed from counts over all samples, such as precision.

    :meth:`prepare` returns a call that gives a batch's counts: whole numbers, which add up exactly in float64.
    """

    def count_of_counts(self) -> int:
        """Return how many counts there are, once the shapes have been checked."""
        raise NotImplementedError(f"{type(self).__name__} has no counts")

    def accumulate(self, sums: list[float], values: np.ndarray) -> None:
        sums[:] = np.add(values, sums or 0.0, dtype=np.float64).tolist()

    def check_sums(self, sums: list[float]) -> None:
        if len(sums) != self.count_of_counts() or not all(count >= 0 and count.is_integer() for count in sums):
            raise ValueError(f"{self.name}: expected {self.count_of_counts()} counts, got {sums}")


class FunctionMetric(Metric):
    """A function of a batch's targets and predictions, that returns one value or one a sample.

    It sees read-only views of the plan's buffers, to be copied if they are to be kept.
    """

    def __init__(self, function: Callable[[np.ndarray, np.ndarray], object], name: str | None = None) -> None:
        super().__init__(name or getattr(function, "__name__", type(function).__name__))
        self.function = function

    def check_shapes(self, target_shape: Shape, output_shape: Shape) -> None:
        """Leave it to the function."""

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        true, predicted = y_true.view(), y_pred.view()
        true.flags.writeable = predicted.flags.writeable = False
        values = np.empty(len(true))
        function = contract_state(self.function)  # it may leave another state behind

        def measure() -> np.ndarray:
            result = np.asarray(function(true, predicted), dtype=np.float64)
            if result.shape not in ((), (1,), values.shape):
                raise ValueError(
                    f"metric {self.name}: expected one value or one for each of {len(values)} samples, "
                    f"got an array of shape {result.shape}"
                )
            values[...] = result
            return values

        return measure


def add_exactly(parts: list[float], values: list[float]) -> None:
    """Add values to an exact sum, held as numbers of which each is the float64 nearest to what those before it lack.

    So the numbers depend on the exact sum alone, not on the order of its terms. Where it is not finite there is one.
    """
    terms = [*parts, *values]
    parts.clear()
    while part := math.fsum(terms):
        parts.append(part)
        if not math.isfinite(part):
            return
        terms.append(-part)


def rows_of(array: np.ndarray) -> np.ndarray:
    """Return a view (samples, outputs)."""
    return array.reshape(len(array), -1)
