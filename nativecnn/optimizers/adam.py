"""Adam and its variants: steps scaled by running means of the gradient and of its size."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from ..checks import number_between
from .base import Optimizer, OptimizerState, Step, WeightGradient


class _Moments(Optimizer):
    """What the variants share: two factors of running means, and the powers of both in the state."""

    scalar_names = ("beta_1_power", "beta_2_power")

    def __init__(
        self, learning_rate: object, beta_1: float, beta_2: float, epsilon: float, **common: float | None
    ) -> None:
        super().__init__(learning_rate, **common)
        self.beta_1 = number_between(beta_1, f"{self.name}: beta_1", high=1)
        self.beta_2 = number_between(beta_2, f"{self.name}: beta_2", high=1)
        self.epsilon = number_between(epsilon, f"{self.name}: epsilon")

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("mean", "variance")

    def get_config(self) -> dict[str, Any]:
        settings = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        return {**super().get_config(), **settings}

    def step_size_after(self, state: OptimizerState, learning_rate: float) -> tuple[float, dict[str, float]]:
        power_1 = state.scalars.get("beta_1_power", 1.0) * self.beta_1
        power_2 = state.scalars.get("beta_2_power", 1.0) * self.beta_2
        size = learning_rate * (math.sqrt(1 - power_2) / (1 - power_1))
        return size, {"beta_1_power": power_1, "beta_2_power": power_2}


class Adam(_Moments):
    """Adam (Kingma and Ba 2015): steps scaled by running means of the gradient and of its square.

    ``m = beta_1 * m + (1 - beta_1) * g; v = beta_2 * v + (1 - beta_2) * g²; w -= step_size * m / (√v + epsilon)``
    with ``step_size = learning_rate * (√(1 - beta_2^t) / (1 - beta_1^t))``, the powers by repeated multiplication in
    float64 and the rest in float32.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
    beta_1, beta_2 : float
        From 0 to below 1.
    epsilon : float
    amsgrad : bool
        Whether the largest ``v`` so far takes the place of ``v`` (Reddi et al. 2018).
    **common
        ``weight_decay``, ``clipnorm``, ``clipvalue``, ``global_clipnorm``, see :class:`Optimizer`.
    """

    name = "adam"

    def __init__(
        self,
        learning_rate: object = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **common: float | None,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **common)
        self.amsgrad = bool(amsgrad)

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("mean", "variance", "largest_variance") if self.amsgrad else ("mean", "variance")

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | ({"amsgrad": True} if self.amsgrad else {})

    def prepare_step(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Step:
        mean, variance, largest = (*self.slots(state, weight), None)[:3]
        adam, w, g = kernels.adam, weight.weight[weight.rows], weight.gradient

        def step(adjustment: object) -> None:
            settings = state.step_size, self.beta_1, self.beta_2, self.epsilon
            adam(w, g, mean, variance, *settings, largest, adjustment)

        return step


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019): :class:`Adam`, with a decay to begin with."""

    name = "adamw"

    def __init__(
        self, learning_rate: object = 0.001, weight_decay: float | None = 0.004, *settings: Any, **named: Any
    ) -> None:
        super().__init__(learning_rate, *settings, weight_decay=weight_decay, **named)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"weight_decay": self.weight_decay}


class Nadam(_Moments):
    """Adam with Nesterov's momentum (Dozat 2016).

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
    beta_1, beta_2 : float
        From 0 to below 1.
    epsilon : float
    **common
        ``weight_decay``, ``clipnorm``, ``clipvalue``, ``global_clipnorm``, see :class:`Optimizer`.
    """

    name = "nadam"
    scalar_names = ("beta_2_power", "momentum_product", "momentum_decay")

    def __init__(
        self,
        learning_rate: object = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **common: float | None,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **common)

    def step_size_after(self, state: OptimizerState, learning_rate: float) -> tuple[float, dict[str, float]]:
        before = state.scalars
        power = before.get("beta_2_power", 1.0) * self.beta_2
        decay = before.get("momentum_decay", 1.0) * 0.96  # 0.96^t
        product = before.get("momentum_product", 1.0) * (self.beta_1 * (1 - 0.5 * decay))
        return learning_rate, {"beta_2_power": power, "momentum_product": product, "momentum_decay": decay}

    def prepare_step(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Step:
        mean, variance = self.slots(state, weight)
        nadam, w, g = kernels.nadam, weight.weight[weight.rows], weight.gradient

        def step(adjustment: object) -> None:
            scalars = state.scalars
            decay, product = scalars["momentum_decay"], scalars["momentum_product"]
            now, next_one = self.beta_1 * (1 - 0.5 * decay), self.beta_1 * (1 - 0.5 * (decay * 0.96))
            correction = math.sqrt(1 - scalars["beta_2_power"])
            size = state.step_size * correction
            mean_step = size * (next_one / (1 - product * next_one))
            gradient_step = size * ((1 - now) / (1 - product))
            settings = mean_step, gradient_step, self.beta_1, self.beta_2, self.epsilon * correction
            nadam(w, g, mean, variance, *settings, adjustment)

        return step


class Adamax(_Moments):
    """Adam scaled by the largest gradient, fading, in place of the mean of squares (Kingma and Ba 2015, section 7.1).

    ``m = beta_1 * m + (1 - beta_1) * g; u = max(beta_2 * u, |g|); w -= step_size * m / (u + epsilon)`` with
    ``step_size = learning_rate / (1 - beta_1^t)``.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
    beta_1, beta_2 : float
        From 0 to below 1.
    epsilon : float
    **common
        ``weight_decay``, ``clipnorm``, ``clipvalue``, ``global_clipnorm``, see :class:`Optimizer`.
    """

    name = "adamax"
    scalar_names = ("beta_1_power",)

    def __init__(
        self,
        learning_rate: object = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **common: float | None,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **common)

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("mean", "norm")

    def step_size_after(self, state: OptimizerState, learning_rate: float) -> tuple[float, dict[str, float]]:
        power = state.scalars.get("beta_1_power", 1.0) * self.beta_1
        return learning_rate / (1 - power), {"beta_1_power": power}

    def prepare_step(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Step:
        mean, norm = self.slots(state, weight)
        adamax, w, g = kernels.adamax, weight.weight[weight.rows], weight.gradient

        def step(adjustment: object) -> None:
            adamax(w, g, mean, norm, state.step_size, self.beta_1, self.beta_2, self.epsilon, adjustment)

        return step
