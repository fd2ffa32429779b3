"""Optimizers: how weights follow their gradients.

An optimizer holds settings only; what it remembers of a model (velocities, moments) is an :class:`OptimizerState` of
that model's. So one optimizer may serve several models. Names, arguments and defaults are those of Keras 3.

::

    base.py               what all have: learning rate, weight decay, clipping, the state
    gradient_descent.py   SGD
    adaptive.py           Adagrad, Adadelta, RMSprop
    adam.py               Adam, AdamW, Nadam, Adamax
    schedules.py          learning rates that change with the steps
"""

from __future__ import annotations

from ..checks import choose
from . import schedules
from .adam import Adam, Adamax, AdamW, Nadam
from .adaptive import Adadelta, Adagrad, RMSprop
from .base import Optimizer, OptimizerState, WeightGradient
from .gradient_descent import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Nadam",
    "Optimizer",
    "OptimizerState",
    "RMSprop",
    "WeightGradient",
    "get",
    "schedules",
]

_OPTIMIZERS = {cls.name: cls for cls in (Adadelta, Adagrad, Adam, AdamW, Adamax, Nadam, RMSprop, SGD)}


def get(value: object) -> Optimizer:
    """Return the optimizer that a name (in small or capital letters), a configuration or an optimizer stands for.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if isinstance(value, Optimizer):
        return value
    settings = dict(value) if isinstance(value, dict) else {"name": value}
    name = settings.pop("name", None)
    if isinstance(name, str) and name.lower() in _OPTIMIZERS:
        name = name.lower()
    return choose(name, _OPTIMIZERS, "optimizer")(**settings)
