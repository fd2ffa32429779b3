"""Accuracies: how many of a sample's predictions are right."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import positive_integer
from ..layers.steps import Shape
from .base import Measure, Metric, rows_of


class SparseCategoricalAccuracy(Metric):
    """Whether the first largest output is the labelled class; targets are class numbers.

    Of outputs (…, classes) with an inner axis each place has a label, and the value is the mean over the places.
    """

    name = "sparse_categorical_accuracy"

    def check_shapes(self, target_shape: Shape, output_shape: Shape) -> None:
        check_labels(self.name, target_shape, output_shape)

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        return _class_accuracy(lambda: y_true, y_pred)


class CategoricalAccuracy(Metric):
    """Whether the first largest output is the first largest target; targets are rows such as one-hot rows.

    Of outputs (…, classes) with an inner axis the value is the mean over the places.
    """

    name = "categorical_accuracy"

    def check_shapes(self, target_shape: Shape, output_shape: Shape) -> None:
        super().check_shapes(target_shape, output_shape)
        check_classes(self.name, output_shape)

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        labels = np.empty(y_true.shape[:-1], np.intp)
        return _class_accuracy(lambda: np.argmax(y_true, axis=-1, out=labels), y_pred)


class BinaryAccuracy(Metric):
    """How many of a sample's outputs are on the same side of the threshold as their targets are of ½."""

    name = "binary_accuracy"

    @contract_state
    def __init__(self, threshold: float = 0.5, name: str | None = None) -> None:
        super().__init__(name)
        self.threshold = float(threshold)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"threshold": self.threshold}

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        true, predicted = rows_of(y_true), rows_of(y_pred)
        agrees, expected = np.empty(true.shape, bool), np.empty(true.shape, bool)
        counts, values = np.empty(len(true), np.intp), np.empty(len(true))

        def measure() -> np.ndarray:
            np.greater(true, 0.5, out=expected)
            np.greater(predicted, self.threshold, out=agrees)
            np.equal(agrees, expected, out=agrees)
            np.add.reduce(agrees, axis=1, dtype=np.intp, out=counts)
            return np.divide(counts, true.shape[1], out=values)

        return measure


class TopKCategoricalAccuracy(Metric):
    """Whether the first largest target's class is among the ``k`` most probable ones; targets are rows.

    It is where fewer than ``k`` outputs are not at most its own: of outputs that tie with the ``k``-th all are among
    them, and one that is not a number is larger than any other.
    """

    name = "top_k_categorical_accuracy"

    def __init__(self, k: int = 5, name: str | None = None) -> None:
        super().__init__(name)
        self.k = positive_integer(k, f"{self.name}: k")

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"k": self.k}

    def check_shapes(self, target_shape: Shape, output_shape: Shape) -> None:
        super().check_shapes(target_shape, output_shape)
        check_classes(self.name, output_shape)

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        return self._prepare(lambda: np.argmax(y_true, axis=-1), y_pred)

    def _prepare(self, labels: Callable[[], np.ndarray], y_pred: np.ndarray) -> Measure:
        places = y_pred[..., 0].size // max(1, len(y_pred))
        values = np.empty(len(y_pred))

        def measure() -> np.ndarray:
            own = np.take_along_axis(y_pred, labels()[..., np.newaxis], axis=-1)
            larger = np.count_nonzero(~(y_pred <= own), axis=-1)
            return np.divide(np.count_nonzero(rows_of(larger < self.k), axis=1), places, out=values)

        return measure


class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    """Whether the labelled class is among the ``k`` most probable ones, as in :class:`TopKCategoricalAccuracy`."""

    name = "sparse_top_k_categorical_accuracy"

    def check_shapes(self, target_shape: Shape, output_shape: Shape) -> None:
        check_labels(self.name, target_shape, output_shape)

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        return self._prepare(lambda: y_true.astype(np.intp, copy=False), y_pred)


def check_classes(name: str, output_shape: Shape) -> None:
    """Raise ``ValueError`` unless the outputs have an axis of classes."""
    if not output_shape:
        raise ValueError(f"{name}: expected predictions (…, classes), got {output_shape}")


def check_labels(name: str, target_shape: Shape, output_shape: Shape) -> None:
    """Raise ``ValueError`` unless the targets are a class label for each row of outputs."""
    if not output_shape or target_shape != output_shape[:-1]:
        raise ValueError(
            f"{name}: expected class labels and predictions (…, classes), "
            f"got targets of shape {target_shape} and predictions {output_shape}"
        )


def _class_accuracy(labels: Callable[[], np.ndarray], y_pred: np.ndarray) -> Measure:
    predicted = np.empty(y_pred.shape[:-1], np.intp)
    right, values = np.empty(predicted.shape, bool), np.empty(len(y_pred))
    rows = rows_of(right) if len(right) else right

    def measure() -> np.ndarray:
        np.argmax(y_pred, axis=-1, out=predicted)
        np.equal(predicted, labels(), out=right)
        return np.divide(np.add.reduce(rows, axis=1, dtype=np.intp), rows.shape[1], out=values)

    return measure
