"""What all optimizers have: a learning rate, weight decay, clipping of gradients; and what they remember of a model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from ..checks import number_between
from ..layers.steps import Call
from ..regularizers import Regularizer
from .schedules import LearningRateSchedule
from .schedules import get as get_schedule


@dataclass
class OptimizerState:
    """What an optimizer remembers of a model between steps."""

    iterations: int = 0
    """Steps begun."""
    step_size: float = 0.0
    """Of the latest step."""
    decay: float = 0.0
    """The part by which the weights decay in the latest step."""
    scale: float = 1.0
    """The factor that brings all gradients of the latest step to ``global_clipnorm``."""
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
    penalty: Regularizer | None = None
    """Whose gradient is not yet in ``gradient``."""


Adjustment = tuple[float, float, float, float, float]
"""l1, l2, scale, bound, decay: what kernels do before a step (docs/arithmetic-training.md)."""
Step = Callable[[Adjustment | None], object]


class Optimizer:
    """Base of all optimizers.

    A subclass names what it remembers and gives :meth:`prepare_step`; what comes before a step is done here.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        A number may be changed between steps.
    weight_decay : float, optional
        Before every step the weights lose this part, times the learning rate, of themselves (decoupled weight decay,
        Loshchilov and Hutter 2019).
    clipnorm : float, optional
        The gradient of each weight is scaled down to this norm if its own is larger.
    clipvalue : float, optional
        Each element of a gradient is kept between this and its negative.
    global_clipnorm : float, optional
        All gradients are scaled down together if the norm of all of them is larger than this. They are then kept until
        the end of a step, in as much memory as the weights.

    Raises
    ------
    TypeError, ValueError
        If a number is none or out of bounds, or more than one kind of clipping is asked for.
    """

    name = ""
    scalar_names: tuple[str, ...] = ()
    """What is remembered between steps besides arrays: numbers from 0 to 1, at first 1."""
    initial_slot_value = 0.0
    """What the arrays remembered for a weight hold at first."""

    def __init__(
        self,
        learning_rate: object,
        *,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        self.learning_rate = learning_rate
        self.weight_decay = None if weight_decay is None else number_between(weight_decay, f"{self.name}: weight_decay")
        clipping = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        given = [name for name, value in clipping.items() if value is not None]
        if len(given) > 1:
            raise ValueError(
                f"{self.name}: expected at most one of clipnorm, clipvalue and global_clipnorm, "
                f"got {' and '.join(given)}"
            )
        for name in given:
            clipping[name] = number_between(clipping[name], f"{self.name}: {name}", low_included=False)
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipping.values()

    @property
    def slot_names(self) -> tuple[str, ...]:
        """What the arrays remembered for a weight are called."""
        return ()

    @property
    def learning_rate(self) -> float | LearningRateSchedule:
        """The factor of every step, or the schedule that gives it.

        A number may take a number's place, and a schedule any; but a number set in place of a schedule is refused
        (TypeError): the schedule would be lost without a word.
        """
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: object) -> None:
        if isinstance(value, LearningRateSchedule | dict):
            self._learning_rate = get_schedule(value)
            return
        if isinstance(getattr(self, "_learning_rate", None), LearningRateSchedule):
            raise TypeError(
                f"{self.name}: expected another schedule as learning_rate, as a schedule gives it, got {value!r}; "
                "make an optimizer with a number, or assign a schedule"
            )
        self._learning_rate = number_between(value, f"{self.name}: learning_rate")

    def learning_rate_at(self, iterations: int) -> float:
        """Return the learning rate of a step, by the number of steps before it."""
        rate = self._learning_rate
        return rate(iterations) if isinstance(rate, LearningRateSchedule) else rate

    @property
    def needs_whole_gradients(self) -> bool:
        """Whether the gradient of a weight is needed as a whole before the weight is updated."""
        return self.clipnorm is not None

    @property
    def needs_all_gradients(self) -> bool:
        """Whether the gradients of all weights are needed before the first is updated."""
        return self.global_clipnorm is not None

    def get_config(self) -> dict[str, Any]:
        """Return what :func:`get` makes an equal optimizer of; settings of the base that are None are left out."""
        rate = self._learning_rate
        config = {
            "name": self.name,
            "learning_rate": rate.get_config() if isinstance(rate, LearningRateSchedule) else rate,
        }
        common = {name: getattr(self, name) for name in ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm")}
        return config | {name: value for name, value in common.items() if value is not None}

    def new_slots(self, weight: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the arrays remembered for a weight as they are before its first step."""
        return tuple(np.full_like(weight, self.initial_slot_value) for _ in self.slot_names)

    def begin_step(self, state: OptimizerState) -> None:
        """Begin a step, in which each weight is then updated once."""
        rate = self.learning_rate_at(state.iterations)
        step_size, scalars = self.step_size_after(state, rate)
        decay = rate * (self.weight_decay or 0.0)
        iterations = state.iterations + 1
        # Together: what takes memory has been done.
        state.iterations, state.step_size, state.decay, state.scalars = iterations, step_size, decay, scalars

    def step_size_after(self, state: OptimizerState, learning_rate: float) -> tuple[float, dict[str, float]]:
        """Return the size of the step to come and the scalars after it."""
        return learning_rate, state.scalars

    def prepare_update(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Call:
        """Return the call that updates the rows of a weight by their gradient as it is then."""
        if self.clipnorm is None:
            return self._prepare_adjusted(kernels, state, weight)
        return self._prepare_clipped(kernels, state, weight)

    def prepare_updates(
        self, kernels: ModuleType, state: OptimizerState, weights: Sequence[WeightGradient]
    ) -> list[Call]:
        """Return the calls that update all weights of a model, given in the order of its layers, at the end of a step.

        For optimizers that need all gradients; those of the penalties are added to the gradients in place.
        """
        penalties = [_prepare_penalty(kernels, weight) for weight in weights if weight.penalty]
        weights = [weight._replace(penalty=None) for weight in weights]

        def measure() -> None:
            state.scale = clipping_scale(self.global_clipnorm, [kernels.sum_of_squares(w.gradient) for w in weights])

        return [*penalties, measure, *(self._prepare_adjusted(kernels, state, weight) for weight in weights)]

    def prepare_step(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Step:
        """Return the step of a weight's rows: a function of the adjustment that comes before it (None for none)."""
        raise NotImplementedError(f"{type(self).__name__} has no step")

    def _prepare_adjusted(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Call:
        step = self.prepare_step(kernels, state, weight)
        l1, l2 = (weight.penalty.l1, weight.penalty.l2) if weight.penalty else (0.0, 0.0)
        bound = math.inf if self.clipvalue is None else self.clipvalue
        if self.weight_decay is None and self.global_clipnorm is None:
            adjustment = (l1, l2, 1.0, bound, 0.0)
            unadjusted = adjustment == (0.0, 0.0, 1.0, math.inf, 0.0)
            return lambda: step(None if unadjusted else adjustment)
        if self.global_clipnorm is None:
            return lambda: step((l1, l2, 1.0, bound, state.decay))
        return lambda: step((l1, l2, state.scale, bound, state.decay))

    def _prepare_clipped(self, kernels: ModuleType, state: OptimizerState, weight: WeightGradient) -> Call:
        """Return the update of a weight whose gradient is scaled down to ``clipnorm``."""
        add_penalty = _prepare_penalty(kernels, weight) if weight.penalty else None
        step, gradient = self.prepare_step(kernels, state, weight), weight.gradient

        def update() -> None:
            if add_penalty is not None:
                add_penalty()
            scale = clipping_scale(self.clipnorm, [kernels.sum_of_squares(gradient)])
            step((0.0, 0.0, scale, math.inf, state.decay))

        return update

    def slots(self, state: OptimizerState, weight: WeightGradient) -> tuple[np.ndarray, ...]:
        """Return the rows of the arrays remembered for a weight, made where there are none yet."""
        shapes = [weight.weight.shape] * len(self.slot_names)
        slots = state.slots.get(weight.key, ())
        if [slot.shape for slot in slots] != shapes:  # another layer may have come under the same name
            slots = state.slots[weight.key] = self.new_slots(weight.weight)
        return tuple(slot[weight.rows] for slot in slots)


def clipping_scale(limit: float, sums_of_squares: Sequence[float]) -> float:
    """Return the factor that brings gradients, given by the sums of their squares, down to a norm; 1 at most.

    It is 1 where the norm is NaN, and 0 where it is infinite.
    """
    total = 0.0
    for value in sums_of_squares:
        total += value
    norm = math.sqrt(total)
    return limit / norm if norm > limit else 1.0


def _prepare_penalty(kernels: ModuleType, weight: WeightGradient) -> Call:
    w, gradient, penalty = weight.weight[weight.rows], weight.gradient, weight.penalty
    return lambda: kernels.add_penalty_gradient(w, gradient, penalty.l1, penalty.l2)
