"""Losses: what training makes small.

::

    base.py             what a loss is; checks of targets
    probabilities.py    cross-entropies, Kullback-Leibler divergence
    errors.py           of predicted numbers
    margins.py          hinges

A loss has one value a sample. Most are averaged over the samples, the lecture's half squared error is their sum, and
the gradient is that of this mean or sum over the batch. Where samples have weights, the loss and the gradient of each
are multiplied by its weight; the mean still divides by the number of samples.

Where a model ends with softmax and is trained with a categorical cross-entropy, or with sigmoid and the binary one,
loss and gradient are computed from the values before that last activation (the logits), in training and in evaluation
alike: the probabilities are then neither clipped nor divided by. ``Plan.describe()`` shows it.
"""

from __future__ import annotations

from ..checks import choose
from .base import Loss, LossOfClasses, Objective, TargetRows
from .errors import (
    HalfSquaredError,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
)
from .margins import CategoricalHinge, Hinge, SquaredHinge
from .probabilities import BinaryCrossentropy, CategoricalCrossentropy, KLDivergence, SparseCategoricalCrossentropy

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "HalfSquaredError",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossOfClasses",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Objective",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "TargetRows",
    "get",
]

_LOSSES = {
    cls.name: cls
    for cls in (
        BinaryCrossentropy,
        CategoricalCrossentropy,
        CategoricalHinge,
        HalfSquaredError,
        Hinge,
        Huber,
        KLDivergence,
        LogCosh,
        MeanAbsoluteError,
        MeanSquaredError,
        MeanSquaredLogarithmicError,
        Poisson,
        SparseCategoricalCrossentropy,
        SquaredHinge,
    )
} | {
    "bce": BinaryCrossentropy,
    "kld": KLDivergence,
    "logcosh": LogCosh,
    "logloss": BinaryCrossentropy,
    "mae": MeanAbsoluteError,
    "mse": MeanSquaredError,
    "msle": MeanSquaredLogarithmicError,
}


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
