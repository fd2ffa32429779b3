"""Losses: what training makes small.

A loss has one value a sample. Most are averaged over the samples, the lecture's half squared error is their sum, and
the gradient is that of this mean or sum over the batch.

Where a model ends with softmax and is trained with a categorical cross-entropy, or with sigmoid and the binary one,
loss and gradient are computed from the values before that last activation (the logits), in training and in evaluation
alike: the probabilities are then neither clipped nor divided by. ``Plan.describe()`` shows it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .checks import choose
from .layers.base import Call, Shape

_CHUNK = 1 << 20  # values of the targets looked at together


@dataclass
class TargetRows:
    """Where a batch's targets go."""

    rows: np.ndarray
    """To be filled with the batch's part of the checked targets."""
    expand: Call | None = None
    """What then brings them into the form that the loss takes; None if they have it."""


class Loss:
    """Base of all losses.

    Parameters
    ----------
    from_logits : bool
        Whether the model's outputs are logits: the loss then applies the activation itself. A model that ends with
        that activation does not need it (see the module's text).
    """

    name = ""
    kernel = ""
    """The kernel that computes it from the model's outputs, and …"""
    logits_kernel = ""
    """… from logits."""
    activation: str | None = None
    """The activation that the logits' kernel contains."""
    averaged = True
    """Whether the loss of several samples is their mean, or else their sum."""

    def __init__(self, from_logits: bool = False) -> None:
        if from_logits and not self.logits_kernel:
            raise ValueError(f"{self.name}: expected no logits, as it takes any outputs, got from_logits=True")
        self.from_logits = bool(from_logits)

    def get_config(self) -> dict[str, Any]:
        """Return what :func:`get` makes an equal loss of."""
        return {"name": self.name, "from_logits": True} if self.from_logits else {"name": self.name}

    def check_output(self, output_shape: Shape) -> None:
        """Raise ``ValueError`` unless the loss takes outputs of this shape."""

    def target_shape(self, output_shape: Shape) -> Shape:
        """Return the shape of one sample's target, as :meth:`check_targets` returns it."""
        return output_shape

    def check_targets(self, y: object, output_shape: Shape, samples: int, name: str = "y") -> np.ndarray:
        """Check all targets of a data set and return them as ``(samples, …)``, not copied, of any real dtype.

        Raises
        ------
        TypeError
            If they are not numbers.
        ValueError
            If their shape does not fit, or a value is not one that the loss takes.
        """
        y = _numbers(y, name)
        if len(y.shape) == 1 and math.prod(output_shape) == 1:
            y = y.reshape(len(y), *output_shape)
        if y.shape != (samples, *output_shape):
            raise ValueError(f"{name}: expected targets of shape {(samples, *output_shape)}, got {y.shape}")
        self._check_values(y, name)
        return y

    def prepare_targets(self, targets: np.ndarray) -> TargetRows:
        """Return where to put a batch's targets, so that they end up in the plan's buffer ``targets``."""
        return TargetRows(targets)

    def total(self, sum_of_losses: float, samples: int) -> float:
        """Return the loss of several samples from the sum of theirs."""
        return sum_of_losses / samples if self.averaged else sum_of_losses

    def _check_values(self, y: np.ndarray, name: str) -> None:
        if y.dtype.kind == "f":
            for first, part in _chunks(y):
                _raise_at(np.isnan(part), part, first, name, "numbers")

    def _check_two_classes(self, output_shape: Shape) -> None:
        if len(output_shape) != 1 or output_shape[0] < 2:
            raise ValueError(
                f"{self.name}: expected a model whose outputs are (classes,), two or more, got {output_shape}"
            )


@dataclass(frozen=True)
class Objective:
    """The loss of one of a model's outputs."""

    loss: Loss
    weight: float = 1.0
    """By which it counts among those of several outputs."""


class CategoricalCrossentropy(Loss):
    """``-Σ t log p`` over the classes; targets are rows of class probabilities, such as one-hot rows.

    Probabilities are clipped to [1e-7, 1 - 1e-7], logits are not (see the module's text).
    """

    name = "categorical_crossentropy"
    kernel = "categorical_crossentropy"
    logits_kernel = "softmax_crossentropy"
    activation = "softmax"

    def check_output(self, output_shape: Shape) -> None:
        self._check_two_classes(output_shape)

    def check_targets(self, y: object, output_shape: Shape, samples: int, name: str = "y") -> np.ndarray:
        y = _numbers(y, name)
        if y.shape in ((samples,), (samples, 1)):
            raise ValueError(
                f"{name}: expected targets of shape {(samples, *output_shape)}, got {y.shape}; "
                "for class labels use sparse_categorical_crossentropy"
            )
        return super().check_targets(y, output_shape, samples, name)

    def _check_values(self, y: np.ndarray, name: str) -> None:
        _check_probabilities(y, name)


class SparseCategoricalCrossentropy(Loss):
    """``-log p`` of the labelled class; targets are class numbers, (samples,) or (samples, 1)."""

    name = "sparse_categorical_crossentropy"
    kernel = "categorical_crossentropy"
    logits_kernel = "softmax_crossentropy"
    activation = "softmax"

    def check_output(self, output_shape: Shape) -> None:
        self._check_two_classes(output_shape)

    def target_shape(self, output_shape: Shape) -> Shape:
        return ()

    def check_targets(self, y: object, output_shape: Shape, samples: int, name: str = "y") -> np.ndarray:
        y = _numbers(y, name)
        if y.shape not in ((samples,), (samples, 1)):
            hint = "; for rows of probabilities use categorical_crossentropy" if y.ndim == 2 else ""
            raise ValueError(f"{name}: expected class labels of shape {(samples,)}, got {y.shape}{hint}")
        y = y.reshape(samples)
        classes = output_shape[0]
        for first, part in _chunks(y):
            wrong = ~((part >= 0) & (part < classes))
            if y.dtype.kind == "f":
                wrong |= part != np.floor(part)
            _raise_at(wrong, part, first, name, f"whole class labels from 0 to {classes - 1}")
        return y

    def prepare_targets(self, targets: np.ndarray) -> TargetRows:
        samples, classes = targets.shape
        labels, values = np.empty(samples, np.int64), targets.reshape(-1)
        row_starts, places = np.arange(samples, dtype=np.int64) * classes, np.empty(samples, np.int64)

        def expand() -> None:
            values.fill(0)
            np.add(row_starts, labels, out=places)
            values[places] = 1

        return TargetRows(labels, expand)


class BinaryCrossentropy(Loss):
    """``-(t log p + (1 - t) log(1 - p))``, the mean over the outputs; the lecture's log loss.

    Probabilities are clipped to [1e-7, 1 - 1e-7], logits are not (see the module's text).
    """

    name = "binary_crossentropy"
    kernel = "binary_crossentropy"
    logits_kernel = "sigmoid_crossentropy"
    activation = "sigmoid"

    def _check_values(self, y: np.ndarray, name: str) -> None:
        _check_probabilities(y, name)


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


_LOSSES = {
    cls.name: cls
    for cls in (
        BinaryCrossentropy,
        CategoricalCrossentropy,
        HalfSquaredError,
        MeanSquaredError,
        SparseCategoricalCrossentropy,
    )
} | {"logloss": BinaryCrossentropy, "mse": MeanSquaredError}


def get(value: object) -> Loss:
    """Return the loss that a name, a configuration or a loss stands for.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if isinstance(value, Loss):
        return value
    if isinstance(value, dict):
        settings = dict(value)
        return choose(settings.pop("name", None), _LOSSES, "loss")(**settings)
    return choose(value, _LOSSES, "loss")()


def _numbers(y: object, name: str) -> np.ndarray:
    array = np.asarray(y)
    if array.dtype.kind not in "buif":
        raise TypeError(f"{name}: expected an array of real numbers, got dtype {array.dtype}")
    return array


def _check_probabilities(y: np.ndarray, name: str) -> None:
    for first, part in _chunks(y):
        _raise_at(~((part >= 0) & (part <= 1)), part, first, name, "values from 0 to 1")


def _chunks(y: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the targets in parts, each with the number of its first sample, so that checks need little memory."""
    step = max(1, _CHUNK // max(1, math.prod(y.shape[1:])))
    for first in range(0, len(y), step):
        yield first, y[first : first + step]


def _raise_at(wrong: np.ndarray, part: np.ndarray, first: int, name: str, expected: str) -> None:
    if wrong.any():
        place = tuple(int(axis[0]) for axis in np.nonzero(wrong))
        raise ValueError(f"{name}: expected {expected}, got {part[place]} in sample {first + place[0]}")
