"""Penalties on weights: what is added to the loss, so that weights stay small or become zero.

A layer takes one for each of its weights: ``Dense(10, kernel_regularizer=L2(1e-4))``. The loss that training and
evaluation report contains the penalties of all weights that are trained; frozen layers have none, as in Keras.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from ._kernels.floating_point import contract_state
from .checks import choose, number_between

if TYPE_CHECKING:
    from .layers.base import Layer


class Regularizer:
    """The penalty ``l1 * Σ |w| + l2 * Σ w²`` of a weight; base of all.

    Attributes
    ----------
    l1, l2 : float
        Not negative.
    """

    name = ""

    def __init__(self, l1: float, l2: float) -> None:
        self.l1 = number_between(l1, f"{self.name}: l1")
        self.l2 = number_between(l2, f"{self.name}: l2")

    def get_config(self) -> dict[str, Any]:
        """Return what :func:`get` makes an equal regularizer of."""
        return {"name": self.name, "l1": self.l1, "l2": self.l2}

    def penalty(self, kernels: ModuleType, weight: np.ndarray) -> float:
        """Return the penalty of a weight as it is, a float64 number, computed by a backend."""
        total = 0.0
        if self.l1:
            total += self.l1 * kernels.sum_of_magnitudes(weight)
        if self.l2:
            total += self.l2 * kernels.sum_of_squares(weight)
        return total

    def __repr__(self) -> str:
        settings = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items() if key != "name")
        return f"{type(self).__name__}({settings})"


class L1(Regularizer):
    """The penalty ``l1 * Σ |w|`` (the lasso): its gradient is ``l1`` times the sign of each weight."""

    name = "l1"

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1, 0.0)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "l1": self.l1}


class L2(Regularizer):
    """The penalty ``l2 * Σ w²`` (ridge): its gradient is ``2 * l2`` times each weight."""

    name = "l2"

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(0.0, l2)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "l2": self.l2}


class L1L2(Regularizer):
    """Both penalties (the elastic net)."""

    name = "l1_l2"

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        super().__init__(l1, l2)


_REGULARIZERS = {cls.name: cls for cls in (L1, L2, L1L2)}


def get(value: object) -> Regularizer | None:
    """Return the regularizer that a name, a configuration or a regularizer stands for; None for None.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if value is None or isinstance(value, Regularizer):
        return value
    if isinstance(value, dict):
        settings = dict(value)
        return choose(settings.pop("name", None), _REGULARIZERS, "regularizer")(**settings)
    return choose(value, _REGULARIZERS, "regularizer")()


@contract_state
def total_penalty(kernels: ModuleType, layers: Iterable[Layer], arrays: Any = None) -> float:
    """Return the sum of the penalties of all weights that are trained, added up in the order of the layers.

    Parameters
    ----------
    kernels : module
        The backend to compute with.
    layers : iterable of Layer
    arrays : mapping, optional
        By layer, the arrays by name to compute with in place of the layer's own.
    """
    total = 0.0
    for layer in layers:
        weights = layer.trainable_weights
        for name, regularizer in layer.regularizers.items():
            if name in weights:
                total += regularizer.penalty(kernels, (weights if arrays is None else arrays[layer])[name])
    return total
