"""Metrics: figures that are watched in training and do not steer it.

A metric has one value a sample; that of several samples is the mean, summed exactly, so it does not depend on how the
samples were cut into batches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType

import numpy as np

from ._kernels.floating_point import contract_state
from .checks import choose
from .layers.base import Shape
from .losses import BinaryCrossentropy, CategoricalCrossentropy, Loss, SparseCategoricalCrossentropy

Measure = Callable[[], np.ndarray]


class Metric:
    """Base of all metrics."""

    name = ""

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


class SparseCategoricalAccuracy(Metric):
    """Whether the first largest output is the labelled class; targets are class numbers."""

    name = "sparse_categorical_accuracy"

    def check_shapes(self, target_shape: Shape, output_shape: Shape) -> None:
        if target_shape != () or len(output_shape) != 1:
            raise ValueError(
                f"{self.name}: expected class labels and predictions (classes,), "
                f"got targets of shape {target_shape} and predictions {output_shape}"
            )

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        return _class_accuracy(lambda: y_true, y_pred)


class CategoricalAccuracy(Metric):
    """Whether the first largest output is the first largest target; targets are rows such as one-hot rows."""

    name = "categorical_accuracy"

    def check_shapes(self, target_shape: Shape, output_shape: Shape) -> None:
        super().check_shapes(target_shape, output_shape)
        if len(output_shape) != 1:
            raise ValueError(f"{self.name}: expected predictions (classes,), got {output_shape}")

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        labels = np.empty(len(y_true), np.intp)
        return _class_accuracy(lambda: np.argmax(y_true, axis=1, out=labels), y_pred)


class BinaryAccuracy(Metric):
    """How many of a sample's outputs are on the same side of the threshold as their targets are of ½."""

    name = "binary_accuracy"

    @contract_state
    def __init__(self, threshold: float = 0.5) -> None:
        self.threshold = float(threshold)

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        true, predicted = _rows(y_true), _rows(y_pred)
        agrees, expected = np.empty(true.shape, bool), np.empty(true.shape, bool)
        counts, values = np.empty(len(true), np.intp), np.empty(len(true))

        def measure() -> np.ndarray:
            np.greater(true, 0.5, out=expected)
            np.greater(predicted, self.threshold, out=agrees)
            np.equal(agrees, expected, out=agrees)
            np.add.reduce(agrees, axis=1, dtype=np.intp, out=counts)
            return np.divide(counts, true.shape[1], out=values)

        return measure


class MeanSquaredError(Metric):
    """``(p - t)²``, the mean over the outputs; float32 arithmetic of the kernels."""

    name = "mean_squared_error"

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        true, predicted = _rows(y_true), _rows(y_pred)
        errors, values = np.empty(len(true), true.dtype), np.empty(len(true))

        def measure() -> np.ndarray:
            kernels.mean_squared_error(predicted, true, errors, None)
            np.copyto(values, errors)
            return values

        return measure


class MeanAbsoluteError(Metric):
    """``|p - t|``, the mean over the outputs, summed in order in float64."""

    name = "mean_absolute_error"

    def prepare(self, kernels: ModuleType, y_true: np.ndarray, y_pred: np.ndarray) -> Measure:
        true, predicted = _rows(y_true), _rows(y_pred)
        errors, values = np.empty(true.shape), np.empty(len(true))

        def measure() -> np.ndarray:
            np.subtract(predicted, true, out=errors, dtype=np.float64)
            np.absolute(errors, out=errors)
            np.add.accumulate(errors, axis=1, out=errors)  # unlike sum, in one order always
            return np.divide(errors[:, -1], true.shape[1], out=values)

        return measure


class FunctionMetric(Metric):
    """A function of a batch's targets and predictions, that returns one value or one a sample.

    It sees read-only views of the plan's buffers, to be copied if they are to be kept.
    """

    def __init__(self, function: Callable[[np.ndarray, np.ndarray], object], name: str | None = None) -> None:
        self.function = function
        self.name = name or getattr(function, "__name__", type(function).__name__)

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


_METRICS = {
    cls.name: cls
    for cls in (
        BinaryAccuracy,
        CategoricalAccuracy,
        MeanAbsoluteError,
        MeanSquaredError,
        SparseCategoricalAccuracy,
    )
} | {"mse": MeanSquaredError, "mae": MeanAbsoluteError}


def check_names(metrics: object) -> list[object]:
    """Return the metrics given to ``compile`` as a list of known names, metrics and functions.

    Raises
    ------
    ValueError
        If there is none of a name.
    TypeError
        If one is neither a name nor a function.
    """
    if metrics is None:
        return []
    values = list(metrics) if isinstance(metrics, Sequence) and not isinstance(metrics, str) else [metrics]
    for value in values:
        if isinstance(value, str):
            choose(value, _METRICS | {"accuracy": None, "acc": None}, "metric")
        elif not (isinstance(value, Metric) or callable(value)):
            raise TypeError(f"expected metrics to be names or functions f(y_true, y_pred), got {value!r}")
    return values


def get(value: object, loss: Loss, output_shape: Shape) -> tuple[str, Metric]:
    """Return the metric that a name, a function or a metric stands for, and what it is called in the history.

    "accuracy" is the accuracy that belongs to the loss; for other losses than cross-entropies the binary one where
    there is one output, otherwise the categorical one.
    """
    if isinstance(value, Metric):
        return value.name, value
    if not isinstance(value, str):
        metric = FunctionMetric(value)
        return metric.name, metric
    if value not in ("accuracy", "acc"):
        return value, _METRICS[value]()
    if isinstance(loss, SparseCategoricalCrossentropy):
        return value, SparseCategoricalAccuracy()
    if isinstance(loss, BinaryCrossentropy):
        return value, BinaryAccuracy(threshold=0.0 if loss.from_logits else 0.5)
    if isinstance(loss, CategoricalCrossentropy) or len(output_shape) == 1 and output_shape[0] > 1:
        return value, CategoricalAccuracy()
    return value, BinaryAccuracy()


def _class_accuracy(labels: Callable[[], np.ndarray], y_pred: np.ndarray) -> Measure:
    predicted, values = np.empty(len(y_pred), np.intp), np.empty(len(y_pred))

    def measure() -> np.ndarray:
        np.argmax(y_pred, axis=1, out=predicted)
        return np.equal(predicted, labels(), out=values, casting="unsafe")

    return measure


def _rows(array: np.ndarray) -> np.ndarray:
    return array.reshape(len(array), -1)
