"""Losses of probabilities: cross-entropies and the Kullback-Leibler divergence."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import number_between
from ..layers.steps import Shape
from ..ops.losses import smooth_targets
from .base import Loss, LossOfClasses, TargetRows, check_probabilities, chunks, numbers, raise_at


class _Crossentropy(Loss):
    """Base of the cross-entropies.

    Parameters
    ----------
    from_logits : bool
        Whether the model's outputs are logits: the loss then applies the activation itself.
    label_smoothing : float
        Part s of the targets that is spread evenly over J classes (the binary loss has two): of t remains
        t (1 - s) + s / J. Metrics see the targets as they were.
    """

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0) -> None:
        super().__init__(from_logits)
        name = f"{self.name}: label_smoothing"
        self.label_smoothing = number_between(label_smoothing, name, high=1, high_included=True)

    def get_config(self) -> dict[str, Any]:
        smoothing = {"label_smoothing": self.label_smoothing} if self.label_smoothing else {}
        return super().get_config() | smoothing

    def prepare_targets(self, targets: np.ndarray) -> TargetRows:
        if not self.label_smoothing:
            return TargetRows(targets)
        rows, classes = np.empty_like(targets), self._classes(targets.shape)
        return TargetRows(rows, lambda: smooth_targets(rows, self.label_smoothing, classes, targets))

    def _classes(self, shape: Shape) -> int:
        return shape[-1]

    def _check_values(self, y: np.ndarray, name: str) -> None:
        check_probabilities(y, name)


class CategoricalCrossentropy(_Crossentropy, LossOfClasses):
    """``-Σ t log p`` over the classes; targets are rows of class probabilities, such as one-hot rows.

    Probabilities are clipped to [1e-7, 1 - 1e-7], logits are not (see the package's text). Of outputs (…, classes) with
    inner axes, such as one row for each pixel, it is the mean over the places.

    Parameters
    ----------
    from_logits : bool
        Whether the model's outputs are logits: the loss then applies the activation itself.
    label_smoothing : float
        Part s of the targets that is spread evenly over the J classes: of t remains t (1 - s) + s / J.
    """

    name = "categorical_crossentropy"
    kernel = "categorical_crossentropy"
    logits_kernel = "softmax_crossentropy"
    activation = "softmax"


class SparseCategoricalCrossentropy(_Crossentropy, LossOfClasses):
    """``-log p`` of the labelled class; targets are class numbers, (samples, …) or (samples, …, 1).

    Otherwise it is :class:`CategoricalCrossentropy`, label smoothing included, which Keras does not have here.
    """

    name = "sparse_categorical_crossentropy"
    kernel = "categorical_crossentropy"
    logits_kernel = "softmax_crossentropy"
    activation = "softmax"

    def target_shape(self, output_shape: Shape) -> Shape:
        return output_shape[:-1]

    def check_targets(self, y: object, output_shape: Shape, samples: int, name: str = "y") -> np.ndarray:
        y = numbers(y, name)
        shape = (samples, *output_shape[:-1])
        if y.shape not in (shape, (*shape, 1)):
            hint = "; for rows of probabilities use categorical_crossentropy" if y.ndim == len(shape) + 1 else ""
            raise ValueError(f"{name}: expected class labels of shape {shape}, got {y.shape}{hint}")
        y = y.reshape(shape)
        classes = output_shape[-1]
        for first, part in chunks(y):
            wrong = ~((part >= 0) & (part < classes))
            if y.dtype.kind == "f":
                wrong |= part != np.floor(part)
            raise_at(wrong, part, first, name, f"whole class labels from 0 to {classes - 1}")
        return y

    def prepare_targets(self, targets: np.ndarray) -> TargetRows:
        labels, values = np.empty(targets.shape[:-1], np.int64), targets.reshape(-1)
        row_starts = (np.arange(labels.size, dtype=np.int64) * targets.shape[-1]).reshape(labels.shape)
        places, others_and_own = np.empty_like(labels), np.array([0, 1], targets.dtype)
        if self.label_smoothing:
            smooth_targets(others_and_own, self.label_smoothing, targets.shape[-1], others_and_own)
        others, own = others_and_own

        def expand() -> None:
            values.fill(others)
            np.add(row_starts, labels, out=places)
            values[places] = own

        return TargetRows(labels, expand)


class BinaryCrossentropy(_Crossentropy):
    """``-(t log p + (1 - t) log(1 - p))``, the mean over the outputs; the lecture's log loss.

    Probabilities are clipped to [1e-7, 1 - 1e-7], logits are not (see the package's text).

    Parameters
    ----------
    from_logits : bool
        Whether the model's outputs are logits: the loss then applies the activation itself.
    label_smoothing : float
        Part s of the targets that is replaced by ½: of t remains t (1 - s) + s / 2.
    """

    name = "binary_crossentropy"
    kernel = "binary_crossentropy"
    logits_kernel = "sigmoid_crossentropy"
    activation = "sigmoid"

    def _classes(self, shape: Shape) -> int:
        return 2


class KLDivergence(LossOfClasses):
    """``Σ t log(t / p)`` over the classes, targets and probabilities clipped to [1e-7, 1].

    Targets are rows of class probabilities. Of outputs (…, classes) with inner axes it is the mean over the places.
    """

    name = "kl_divergence"
    kernel = "kl_divergence"

    def _check_values(self, y: np.ndarray, name: str) -> None:
        check_probabilities(y, name)
