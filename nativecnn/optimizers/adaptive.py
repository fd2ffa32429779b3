"""Steps scaled by the size of the gradients so far: Adagrad, Adadelta, RMSprop."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ..checks import number_between
from .base import Optimizer, OptimizerState, Step, WeightGradient


class Adagrad(Optimizer):
    """Adagrad (Duchi, Hazan and Singer 2011): ``a += g²; w -= learning_rate * g / √(a + epsilon)``.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
    initial_accumulator_value : float
        What the sums of squares begin with.
    epsilon : float
    **common
        ``weight_decay``, ``clipnorm``, ``clipvalue``, ``global_clipnorm``, see :class:`Optimizer`.
    """

    name = "adagrad"

    def __init__(
        self,
        learning_rate: object = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **common: float | None,
    ) -> None:
        super().__init__(learning_rate, **common)
        self.initial_accumulator_value = number_between(initial_accumulator_value, "adagrad: initial_accumulator_value")
        self.epsilon = number_between(epsilon, "adagrad: epsilon")

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("accumulator",)

    @property
    def initial_slot_value(self) -> float:
        return self.initial_accumulator_value

    def get_config(self) -> dict[str, Any]:
        settings = {"initial_accumulator_value": self.initial_accumulator_value, "epsilon": self.epsilon}
        return {**super().get_config(), **settings}

    def prepare_step(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Step:
        (accumulator,) = self.slots(state, weight)
        adagrad, w, g = kernels.adagrad, weight.weight[weight.rows], weight.gradient
        return lambda adjustment: adagrad(w, g, accumulator, state.step_size, self.epsilon, adjustment)


class Adadelta(Optimizer):
    """Adadelta (Zeiler 2012): steps as large as those before were, in proportion to the gradients.

    ``a = rho * a + (1 - rho) * g²; d = √(x + epsilon) * g / √(a + epsilon); x = rho * x + (1 - rho) * d²;
    w -= learning_rate * d``

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        1 in the publication.
    rho : float
        From 0 to below 1.
    epsilon : float
    **common
        ``weight_decay``, ``clipnorm``, ``clipvalue``, ``global_clipnorm``, see :class:`Optimizer`.
    """

    name = "adadelta"

    def __init__(
        self, learning_rate: object = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **common: float | None
    ) -> None:
        super().__init__(learning_rate, **common)
        self.rho = number_between(rho, "adadelta: rho", high=1)
        self.epsilon = number_between(epsilon, "adadelta: epsilon")

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("squares", "moves")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}

    def prepare_step(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Step:
        squares, moves = self.slots(state, weight)
        adadelta, w, g = kernels.adadelta, weight.weight[weight.rows], weight.gradient
        return lambda adjustment: adadelta(w, g, squares, moves, state.step_size, self.rho, self.epsilon, adjustment)


class RMSprop(Optimizer):
    """RMSprop (Tieleman and Hinton 2012): ``v = rho * v + (1 - rho) * g²; w -= learning_rate * g / √(v + epsilon)``.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
    rho : float
        From 0 to below 1.
    momentum : float
        From 0 to below 1: steps are ``m = momentum * m + learning_rate * g / √(v + epsilon)``.
    epsilon : float
    centered : bool
        Whether the variance takes the place of the mean square: the square of the gradient's running mean is subtracted
        (Graves 2013).
    **common
        ``weight_decay``, ``clipnorm``, ``clipvalue``, ``global_clipnorm``, see :class:`Optimizer`.
    """

    name = "rmsprop"

    def __init__(
        self,
        learning_rate: object = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **common: float | None,
    ) -> None:
        super().__init__(learning_rate, **common)
        self.rho = number_between(rho, "rmsprop: rho", high=1)
        self.momentum = number_between(momentum, "rmsprop: momentum", high=1)
        self.epsilon = number_between(epsilon, "rmsprop: epsilon")
        self.centered = bool(centered)

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("squares", *(["average"] if self.centered else []), *(["velocity"] if self.momentum else []))

    def get_config(self) -> dict[str, Any]:
        settings = {"rho": self.rho, "momentum": self.momentum, "epsilon": self.epsilon, "centered": self.centered}
        return {**super().get_config(), **settings}

    def prepare_step(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Step:
        slots = dict(zip(self.slot_names, self.slots(state, weight), strict=True))
        arrays = slots["squares"], slots.get("average"), slots.get("velocity")
        rmsprop, w, g = kernels.rmsprop, weight.weight[weight.rows], weight.gradient

        def step(adjustment: object) -> None:
            rmsprop(w, g, *arrays, state.step_size, self.rho, self.momentum, self.epsilon, adjustment)

        return step
