"""Metrics of how often an output is rightly or wrongly called positive: precision, recall, F1, the area under a curve.

Targets are class labels, or of the predictions' shape and positive above ½.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import choose, number_between, positive_integer
from ..layers.steps import Shape
from .accuracy import check_classes
from .base import CountingMetric, Measure


class _OfPositives(CountingMetric):
    """Base: sees whether each output is positive in truth.

    Parameters
    ----------
    class_id : int, optional
        The only class that counts, of outputs (…, classes); by default all outputs do.
    """

    def __init__(self, class_id: int | None = None, name: str | None = None) -> None:
        super().__init__(name)
        self.class_id = None if class_id is None else positive_integer(class_id, f"{self.name}: class_id", minimum=0)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"class_id": self.class_id}

    def check_shapes(self, target_shape: Shape, output_shape: Shape) -> None:
        if not output_shape or target_shape != output_shape[:-1]:
            super().check_shapes(target_shape, output_shape)
        if self.class_id is not None:
            check_classes(self.name, output_shape)
            if self.class_id >= output_shape[-1]:
                raise ValueError(f"{self.name}: expected a class_id below {output_shape[-1]}, got {self.class_id}")

    def _positives(self, y_true: np.ndarray, y_pred: np.ndarray) -> Callable[[], np.ndarray]:
        """Return a call that gives, for each output that counts, whether its target is positive."""
        if y_true.ndim < y_pred.ndim:
            classes = np.arange(y_pred.shape[-1]) if self.class_id is None else np.array([self.class_id])
            return lambda: y_true[..., np.newaxis] == classes
        counting = self._counting(y_true)
        return lambda: counting > 0.5

    def _counting(self, outputs: np.ndarray) -> np.ndarray:
        """Return the view of those outputs that count."""
        return outputs if self.class_id is None else outputs[..., self.class_id : self.class_id + 1]


class Precision(_OfPositives):
    """How many of the outputs above a threshold are positive in truth; 0 if none is above it.

    Parameters
    ----------
    thresholds : float
        One number, 0.5 by default (Keras also takes several).
    class_id : int, optional
        The only class that counts, of outputs (…, classes); by default all outputs do.
    """

    name = "precision"

    @contract_state
    def __init__(self, thresholds: float | None = None, class_id: int | None = None, name: str | None = None) -> None:
        super().__init__(class_id, name)
        wanted = 0.5 if thresholds is None else thresholds
        self.threshold = number_between(wanted, f"{self.name}: thresholds", low=-math.inf)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"thresholds": self.threshold}

    def count_of_counts(self) -> int:
        return 3

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        positives, outputs = self._positives(y_true, y_pred), self._counting(y_pred)

        def measure() -> np.ndarray:
            positive, above = positives(), outputs > self.threshold
            both = np.count_nonzero(positive & above)
            return np.array([both, np.count_nonzero(above) - both, np.count_nonzero(positive) - both])

        return measure

    def result(self, sums: list[float], samples: int) -> float:
        true_positives, false_positives, _ = sums
        return _quotient(true_positives, true_positives + false_positives)


class Recall(Precision):
    """How many of the outputs that are positive in truth are above a threshold; 0 if none is positive.

    Parameters are those of :class:`Precision`.
    """

    name = "recall"

    def result(self, sums: list[float], samples: int) -> float:
        true_positives, _, false_negatives = sums
        return _quotient(true_positives, true_positives + false_negatives)


class F1Score(CountingMetric):
    """The harmonic mean of precision and recall, 2·TP / (2·TP + FP + FN); 0 where that is 0 / 0.

    Parameters
    ----------
    average : str
        ``"macro"``: the mean over the classes; ``"weighted"``: that weighted by how often each is true; ``"micro"``:
        of the counts of all classes together. (Keras's default returns one number a class instead.)
    threshold : float, optional
        Outputs above it are positive; by default the first largest one is.
    """

    name = "f1_score"

    @contract_state
    def __init__(self, average: str = "macro", threshold: float | None = None, name: str | None = None) -> None:
        super().__init__(name)
        self.average = choose(average, {key: key for key in ("macro", "micro", "weighted")}, f"{self.name}: average")
        name = f"{self.name}: threshold"
        self.threshold = None if threshold is None else number_between(threshold, name, low=-math.inf)
        self._classes = 0

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"average": self.average, "threshold": self.threshold}

    def check_shapes(self, target_shape: Shape, output_shape: Shape) -> None:
        check_classes(self.name, output_shape)
        if target_shape != output_shape[:-1]:
            super().check_shapes(target_shape, output_shape)
        self._classes = output_shape[-1]

    def count_of_counts(self) -> int:
        return 3 * self._classes

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        classes = np.arange(y_pred.shape[-1])
        labelled = y_true.ndim < y_pred.ndim
        inner = tuple(range(y_pred.ndim - 1))

        def measure() -> np.ndarray:
            positive = y_true[..., np.newaxis] == classes if labelled else y_true > 0.5
            if self.threshold is None:
                called = np.argmax(y_pred, axis=-1)[..., np.newaxis] == classes
            else:
                called = y_pred > self.threshold
            both, called, positive = (np.count_nonzero(a, axis=inner) for a in (positive & called, called, positive))
            return np.concatenate([both, called - both, positive - both])

        return measure

    def result(self, sums: list[float], samples: int) -> float:
        classes = len(sums) // 3
        counts = list(zip(sums[:classes], sums[classes : 2 * classes], sums[2 * classes :], strict=True))
        if self.average == "micro":
            counts = [tuple(map(math.fsum, zip(*counts, strict=True)))]
        scores = [_quotient(2 * both, 2 * both + wrong + missed) for both, wrong, missed in counts]
        if self.average == "weighted":
            positives = [both + missed for both, _, missed in counts]
            weighted = [score * positive for score, positive in zip(scores, positives, strict=True)]
            return _quotient(math.fsum(weighted), math.fsum(positives))
        return math.fsum(scores) / len(scores)


class AUC(_OfPositives):
    """The area under the receiver operating characteristic, by trapezoids between thresholds.

    The curve has a point for each threshold: of the outputs that are negative in truth, and of those that are
    positive, how many are above it. The thresholds are Keras's: i / (n - 1) for i = 1 … n - 2 and, just outside of
    [0, 1], -1e-7 and 1 + 1e-7; all are rounded to float32, as outputs are. A NaN is above none. It is 0 if all outputs
    are positive, or none.

    Parameters
    ----------
    num_thresholds : int
        At least 2. More make the area more exact.
    class_id : int, optional
        The only class that counts, of outputs (…, classes); by default all outputs do.
    """

    name = "auc"

    @contract_state
    def __init__(self, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None) -> None:
        super().__init__(class_id, name)
        self.num_thresholds = positive_integer(num_thresholds, f"{self.name}: num_thresholds", minimum=2)
        inner = [number / (self.num_thresholds - 1) for number in range(1, self.num_thresholds - 1)]
        self._thresholds = np.array([-1e-7, *inner, 1 + 1e-7], np.float32)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"num_thresholds": self.num_thresholds}

    def count_of_counts(self) -> int:
        return 2 * (self.num_thresholds + 1)

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        positives, outputs = self._positives(y_true, y_pred), self._counting(y_pred)
        bins = self.num_thresholds + 1

        def measure() -> np.ndarray:
            scores = outputs.ravel()
            below = np.searchsorted(self._thresholds, scores, side="left")  # so many thresholds are below
            below[np.isnan(scores)] = 0
            return np.bincount(below + bins * positives().ravel(), minlength=2 * bins)

        return measure

    def result(self, sums: list[float], samples: int) -> float:
        negative, positive = np.reshape(sums, (2, -1))
        all_negative, all_positive = negative.sum(), positive.sum()
        if all_negative == 0 or all_positive == 0:
            return 0.0
        # above each threshold, from the highest to the lowest: rates from 0 to 1
        false_rate, true_rate = (np.cumsum(counts[:0:-1]) / counts.sum() for counts in (negative, positive))
        areas = np.diff(false_rate) * (true_rate[1:] + true_rate[:-1]) / 2
        return math.fsum(areas.tolist())


def _quotient(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else 0.0
