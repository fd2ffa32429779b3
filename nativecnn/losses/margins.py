"""Losses of margins: zero as soon as the prediction is on the right side by 1."""

from __future__ import annotations

import numpy as np

from .base import Loss, LossOfClasses, TargetRows, check_probabilities, chunks, raise_at


class Hinge(Loss):
    """``max(0, 1 - t p)``, the mean over the outputs; targets are -1 and 1, or 0 and 1, where 0 stands for -1."""

    name = "hinge"
    kernel = "hinge"

    def prepare_targets(self, targets: np.ndarray) -> TargetRows:
        rows, zero = np.empty_like(targets), np.empty(targets.shape, bool)

        def expand() -> None:
            np.equal(rows, 0, out=zero)
            np.copyto(targets, rows)
            np.copyto(targets, -1, where=zero)

        return TargetRows(rows, expand)

    def _check_values(self, y: np.ndarray, name: str) -> None:
        expected, lowest = "values of -1 and 1, or of 0 and 1", None
        for first, part in chunks(y):
            wrong = (part != 1) & (part != 0) & (part != -1)
            raise_at(wrong, part, first, name, expected)
            if lowest is None and (part != 1).any():
                lowest = part[part != 1][0]
            if lowest is not None:
                raise_at((part != 1) & (part != lowest), part, first, name, expected)


class SquaredHinge(Hinge):
    """``max(0, 1 - t p)²``, the mean over the outputs; targets are -1 and 1, or 0 and 1, where 0 stands for -1."""

    name = "squared_hinge"
    kernel = "squared_hinge"


class CategoricalHinge(LossOfClasses):
    """``max(0, max((1 - t) p) - Σ t p + 1)``; targets are rows such as one-hot rows.

    Of outputs (…, classes) with inner axes it is the mean over the places.
    """

    name = "categorical_hinge"
    kernel = "categorical_hinge"

    def _check_values(self, y: np.ndarray, name: str) -> None:
        check_probabilities(y, name)
