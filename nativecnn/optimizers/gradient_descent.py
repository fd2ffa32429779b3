"""Gradient descent: one learning rate for all weights."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ..checks import number_between
from .base import Optimizer, OptimizerState, Step, WeightGradient


class SGD(Optimizer):
    """Stochastic gradient descent.

    Plain: ``w -= learning_rate * g``. With momentum (Polyak 1964; Sutskever et al. 2013):
    ``v = momentum * v - learning_rate * g; w += v``, and with Nesterov's variant
    ``w += momentum * v - learning_rate * g``.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
    momentum : float
        From 0 to below 1.
    nesterov : bool
    **common
        ``weight_decay``, ``clipnorm``, ``clipvalue``, ``global_clipnorm``, see :class:`Optimizer`.
    """

    name = "sgd"

    def __init__(
        self, learning_rate: object = 0.01, momentum: float = 0.0, nesterov: bool = False, **common: float | None
    ) -> None:
        super().__init__(learning_rate, **common)
        self.momentum = number_between(momentum, "sgd: momentum", high=1)
        self.nesterov = bool(nesterov)
        if self.nesterov and not self.momentum:
            raise ValueError("sgd: expected a momentum above 0 for nesterov, got 0")

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}

    def prepare_step(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Step:
        (velocity,) = self.slots(state, weight) if self.momentum else (None,)
        sgd, w, g = kernels.sgd, weight.weight[weight.rows], weight.gradient
        return lambda adjustment: sgd(w, g, velocity, state.step_size, self.momentum, self.nesterov, adjustment)
