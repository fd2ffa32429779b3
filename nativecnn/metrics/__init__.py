"""Metrics: figures that are watched in training and do not steer it.

::

    base.py        what a metric is, and functions as metrics
    accuracy.py    accuracies, also among the k most probable classes
    counting.py    precision, recall, F1, area under a curve
    confusion.py   the confusion matrix, which is a function
    errors.py      errors of predicted numbers

All values depend on the samples and the model alone, not on how the samples were cut into batches: means are rounded
once from their exact sum, other metrics are computed from counts. They take no sample weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..checks import choose
from ..layers.steps import Shape
from ..losses import BinaryCrossentropy, Hinge, Loss, LossOfClasses, SparseCategoricalCrossentropy
from .accuracy import (
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from .base import CountingMetric, FunctionMetric, Measure, Metric
from .confusion import confusion_matrix
from .counting import AUC, F1Score, Precision, Recall
from .errors import MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError

__all__ = [
    "AUC",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "CountingMetric",
    "F1Score",
    "FunctionMetric",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Measure",
    "Metric",
    "Precision",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "check_names",
    "configuration",
    "confusion_matrix",
    "get",
]

_CLASSES = {
    cls.name: cls
    for cls in (
        AUC,
        BinaryAccuracy,
        CategoricalAccuracy,
        F1Score,
        MeanAbsoluteError,
        MeanSquaredError,
        Precision,
        Recall,
        RootMeanSquaredError,
        SparseCategoricalAccuracy,
        SparseTopKCategoricalAccuracy,
        TopKCategoricalAccuracy,
    )
}
_METRICS = _CLASSES | {"mse": MeanSquaredError, "mae": MeanAbsoluteError, "rmse": RootMeanSquaredError}


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
    single = isinstance(metrics, str | dict) or not isinstance(metrics, Sequence)
    return [_checked(value) for value in ([metrics] if single else metrics)]


def _checked(value: object) -> object:
    if isinstance(value, str):
        choose(value, _METRICS | {"accuracy": None, "acc": None}, "metric")
    elif isinstance(value, dict):
        settings = dict(value)
        return choose(settings.pop("class", None), _CLASSES, "metric")(**settings)
    elif not (isinstance(value, Metric) or callable(value)):
        raise TypeError(f"expected metrics to be names or functions f(y_true, y_pred), got {value!r}")
    return value


def configuration(value: object) -> str | dict[str, Any] | None:
    """Return what of a metric given to ``compile`` goes into a model's file: None of a function or a class of others'.

    :func:`check_names` takes it.
    """
    if isinstance(value, str):
        return value
    name = type(value).name if isinstance(value, Metric) else None
    return {"class": name, **value.get_config()} if _CLASSES.get(name) is type(value) else None


def get(value: object, loss: Loss, output_shape: Shape) -> tuple[str, Metric]:
    """Return the metric that a name, a function or a metric stands for, and what it is called in the history.

    "accuracy" is the accuracy that belongs to the loss: of a binary loss whose outputs are logits or margins with the
    threshold 0. For losses that are neither binary nor of classes it is the binary one where there is one output,
    otherwise the categorical one.
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
    if isinstance(loss, Hinge):
        return value, BinaryAccuracy(threshold=0.0)
    if isinstance(loss, LossOfClasses) or len(output_shape) == 1 and output_shape[0] > 1:
        return value, CategoricalAccuracy()
    return value, BinaryAccuracy()
