"""What a loss is, and the checks of targets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from ..layers.steps import Call, Shape

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
        that activation does not need it (see the package's text).
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
        y = numbers(y, name)
        if len(y.shape) == 1 and math.prod(output_shape) == 1:
            y = y.reshape(len(y), *output_shape)
        if y.shape != (samples, *output_shape):
            raise ValueError(f"{name}: expected targets of shape {(samples, *output_shape)}, got {y.shape}")
        self._check_values(y, name)
        return y

    def prepare_targets(self, targets: np.ndarray) -> TargetRows:
        """Return where to put a batch's targets, so that they end up in the plan's buffer ``targets``."""
        return TargetRows(targets)

    def prepare(
        self,
        kernels: ModuleType,
        kernel: str,
        predictions: np.ndarray,
        targets: np.ndarray,
        losses: np.ndarray,
        gradient: np.ndarray | None,
        weights: np.ndarray | None = None,
    ) -> list[Call]:
        """Return the calls that compute a batch's losses and gradient.

        Parameters
        ----------
        kernels : module
            The backend.
        kernel : str
            :attr:`kernel`, or :attr:`logits_kernel` if the predictions are logits.
        predictions, targets : numpy.ndarray, shape (samples, …)
        losses : numpy.ndarray, shape (samples,)
            Overwritten with the loss of each sample.
        gradient : numpy.ndarray, optional
            Overwritten with the gradient of the predictions.
        weights : numpy.ndarray, shape (samples,), optional
            By which the loss and the gradient of each sample are multiplied.
        """
        p, t, dx = (None if array is None else self._rows(array) for array in (predictions, targets, gradient))
        return [partial(getattr(kernels, kernel), p, t, losses, dx, weights, *self._settings())]

    def total(self, sum_of_losses: float, samples: int) -> float:
        """Return the loss of several samples from the sum of theirs."""
        return sum_of_losses / samples if self.averaged else sum_of_losses

    def _rows(self, array: np.ndarray) -> np.ndarray:
        """Return a view of the shape that the kernels take."""
        return array.reshape(len(array), -1)

    def _settings(self) -> tuple[float, ...]:
        """Return the kernels' arguments after the weights."""
        return ()

    def _check_values(self, y: np.ndarray, name: str) -> None:
        if y.dtype.kind == "f":
            for first, part in chunks(y):
                raise_at(np.isnan(part), part, first, name, "numbers")


@dataclass(frozen=True)
class Objective:
    """The loss of one of a model's outputs."""

    loss: Loss
    weight: float = 1.0
    """By which it counts among those of several outputs."""


class LossOfClasses(Loss):
    """Base of losses of outputs (…, classes): of several places their mean."""

    def check_output(self, output_shape: Shape) -> None:
        if not output_shape or output_shape[-1] < 2:
            raise ValueError(
                f"{self.name}: expected a model whose outputs are (classes,) or (…, classes), two or more, "
                f"got {output_shape}"
            )

    def check_targets(self, y: object, output_shape: Shape, samples: int, name: str = "y") -> np.ndarray:
        y = numbers(y, name)
        if y.shape in ((samples, *output_shape[:-1]), (samples, *output_shape[:-1], 1)):
            raise ValueError(
                f"{name}: expected targets of shape {(samples, *output_shape)}, got {y.shape}; "
                "for class labels use sparse_categorical_crossentropy"
            )
        return super().check_targets(y, output_shape, samples, name)

    def _rows(self, array: np.ndarray) -> np.ndarray:
        return array if array.ndim == 2 else array.reshape(len(array), -1, array.shape[-1])


def numbers(y: object, name: str) -> np.ndarray:
    """Return targets as an array; raise ``TypeError`` unless they are real numbers."""
    array = np.asarray(y)
    if array.dtype.kind not in "buif":
        raise TypeError(f"{name}: expected an array of real numbers, got dtype {array.dtype}")
    return array


def check_probabilities(y: np.ndarray, name: str) -> None:
    """Raise ``ValueError`` unless all targets are from 0 to 1."""
    for first, part in chunks(y):
        raise_at(~((part >= 0) & (part <= 1)), part, first, name, "values from 0 to 1")


def chunks(y: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the targets in parts, each with the number of its first sample, so that checks need little memory."""
    step = max(1, _CHUNK // max(1, math.prod(y.shape[1:])))
    for first in range(0, len(y), step):
        yield first, y[first : first + step]


def raise_at(wrong: np.ndarray, part: np.ndarray, first: int, name: str, expected: str) -> None:
    """Raise ``ValueError`` where anything is wrong in a part of the targets, saying what and in which sample."""
    if wrong.any():
        place = tuple(int(axis[0]) for axis in np.nonzero(wrong))
        raise ValueError(f"{name}: expected {expected}, got {part[place]} in sample {first + place[0]}")
