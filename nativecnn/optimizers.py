"""Optimizers: how weights follow their gradients.

An optimizer holds settings only; what it remembers of a model (velocities, moments) is an :class:`OptimizerState` of
that model's. So one optimizer may serve several models.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from .checks import choose, number_between
from .layers.base import Call


@dataclass
class OptimizerState:
    """What an optimizer remembers of a model between steps."""

    iterations: int = 0
    """Steps begun."""
    step_size: float = 0.0
    """Of the latest step."""
    slots: dict[str, tuple[np.ndarray, ...]] = field(default_factory=dict)
    """By weight ("layer/weight"), arrays of the weight's shape."""
    scalars: dict[str, float] = field(default_factory=dict)


class WeightGradient(NamedTuple):
    """A weight, the gradient of some of its rows (both float32), and which, all by default."""

    key: str
    """ "layer/weight"."""
    weight: np.ndarray
    gradient: np.ndarray
    rows: slice = slice(None)


class Optimizer:
    """Base of all optimizers.

    Parameters
    ----------
    learning_rate : float
        May be changed between steps.
    """

    name = ""
    scalar_names: tuple[str, ...] = ()
    """What is remembered between steps besides arrays: numbers from 0 to 1, at first 1."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate

    @property
    def slot_names(self) -> tuple[str, ...]:
        """What the arrays remembered for a weight are called."""
        return ()

    @property
    def learning_rate(self) -> float:
        """The factor of every step."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._learning_rate = number_between(value, f"{self.name}: learning_rate")

    def get_config(self) -> dict[str, Any]:
        """Return what :func:`get` makes an equal optimizer of."""
        return {"name": self.name, "learning_rate": self.learning_rate}

    def begin_step(self, state: OptimizerState) -> None:
        """Begin a step, in which each weight is then updated once."""
        state.iterations += 1
        state.step_size = self._learning_rate

    def prepare_update(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Call:
        """Return the call that updates the rows of a weight by their gradient as it is then."""
        raise NotImplementedError(f"{type(self).__name__} has no step")


class SGD(Optimizer):
    """Stochastic gradient descent.

    Plain: ``w -= learning_rate * g``. With momentum (Polyak 1964; Sutskever et al. 2013):
    ``v = momentum * v - learning_rate * g; w += v``, and with Nesterov's variant
    ``w += momentum * v - learning_rate * g``.
    """

    name = "sgd"

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.0, nesterov: bool = False) -> None:
        super().__init__(learning_rate)
        self.momentum = number_between(momentum, "sgd: momentum", high=1)
        self.nesterov = bool(nesterov)
        if self.nesterov and not self.momentum:
            raise ValueError("sgd: expected a momentum above 0 for nesterov, got 0")

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}

    def prepare_update(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Call:
        (velocity,) = _slots(state, weight, self.slot_names) if self.momentum else (None,)
        sgd, w, g = kernels.sgd, weight.weight[weight.rows], weight.gradient
        return lambda: sgd(w, g, velocity, state.step_size, self.momentum, self.nesterov)


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015): steps scaled by running means of the gradient and of its square.

    ``m = beta_1 * m + (1 - beta_1) * g; v = beta_2 * v + (1 - beta_2) * g²; w -= step_size * m / (√v + epsilon)``
    with ``step_size = learning_rate * √(1 - beta_2^t) / (1 - beta_1^t)``, the powers by repeated multiplication in
    float64 and the rest in float32.
    """

    name = "adam"
    scalar_names = ("beta_1_power", "beta_2_power")

    def __init__(
        self, learning_rate: float = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7
    ) -> None:
        super().__init__(learning_rate)
        self.beta_1 = number_between(beta_1, "adam: beta_1", high=1)
        self.beta_2 = number_between(beta_2, "adam: beta_2", high=1)
        self.epsilon = number_between(epsilon, "adam: epsilon")

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("mean", "variance")

    def get_config(self) -> dict[str, Any]:
        settings = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        return {**super().get_config(), **settings}

    def begin_step(self, state: OptimizerState) -> None:
        super().begin_step(state)
        powers = state.scalars
        power_1 = powers["beta_1_power"] = powers.get("beta_1_power", 1.0) * self.beta_1
        power_2 = powers["beta_2_power"] = powers.get("beta_2_power", 1.0) * self.beta_2
        state.step_size *= math.sqrt(1 - power_2) / (1 - power_1)

    def prepare_update(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Call:
        mean, variance = _slots(state, weight, self.slot_names)
        adam, w, g = kernels.adam, weight.weight[weight.rows], weight.gradient
        return lambda: adam(w, g, mean, variance, state.step_size, self.beta_1, self.beta_2, self.epsilon)


_OPTIMIZERS = {cls.name: cls for cls in (Adam, SGD)}


def get(value: object) -> Optimizer:
    """Return the optimizer that a name, a configuration or an optimizer stands for.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if isinstance(value, Optimizer):
        return value
    if isinstance(value, dict):
        settings = dict(value)
        return choose(settings.pop("name", None), _OPTIMIZERS, "optimizer")(**settings)
    return choose(value, _OPTIMIZERS, "optimizer")()


def _slots(state: OptimizerState, weight: WeightGradient, names: Sequence[str]) -> tuple[np.ndarray, ...]:
    """Return the rows of the arrays remembered for a weight, zeros at first."""
    shapes = [weight.weight.shape] * len(names)
    slots = state.slots.get(weight.key, ())
    if [slot.shape for slot in slots] != shapes:  # another layer may have come under the same name
        slots = state.slots[weight.key] = tuple(np.zeros_like(weight.weight) for _ in names)
    return tuple(slot[weight.rows] for slot in slots)
