"""Learning rates that change with the steps: functions of the number of steps before the one at hand.

Names, arguments and meaning are those of Keras 3. They compute in float64 with operations that
docs/arithmetic-training.md states, so a rate is the same bits on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._kernels.floating_point import contract_state
from ..checks import choose, number_between, positive_integer
from ..float64 import cos_pi, power


class LearningRateSchedule:
    """Base of all schedules. Your own may subclass it; models compiled with it cannot be saved."""

    name = ""

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, by the number of steps before it."""
        raise NotImplementedError(f"{type(self).__name__} has no rate")

    def get_config(self) -> dict[str, Any]:
        """Return what :func:`get` makes an equal schedule of."""
        raise NotImplementedError(f"{type(self).__name__} has no configuration")

    def _number(self, value: object, name: str, **interval: Any) -> float:
        return number_between(value, f"{self.name}: {name}", **interval)

    def _steps(self, value: object, name: str) -> int:
        return positive_integer(value, f"{self.name}: {name}")


class ExponentialDecay(LearningRateSchedule):
    """``initial_learning_rate * decay_rate ^ (step / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
    decay_rate : float
    staircase : bool
        Whether the quotient is rounded down, so that the rate falls at every ``decay_steps`` steps.
    """

    name = "exponential_decay"

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False
    ) -> None:
        self.initial_learning_rate = self._number(initial_learning_rate, "initial_learning_rate")
        self.decay_steps = self._steps(decay_steps, "decay_steps")
        self.decay_rate = self._number(decay_rate, "decay_rate")
        self.staircase = bool(staircase)

    @contract_state
    def __call__(self, step: int) -> float:
        passed = step // self.decay_steps if self.staircase else step / self.decay_steps
        return self.initial_learning_rate * power(self.decay_rate, passed)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
        }


class InverseTimeDecay(LearningRateSchedule):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
    decay_rate : float
    staircase : bool
        Whether the quotient of the steps is rounded down.
    """

    name = "inverse_time_decay"

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False
    ) -> None:
        self.initial_learning_rate = self._number(initial_learning_rate, "initial_learning_rate")
        self.decay_steps = self._steps(decay_steps, "decay_steps")
        self.decay_rate = self._number(decay_rate, "decay_rate")
        self.staircase = bool(staircase)

    @contract_state
    def __call__(self, step: int) -> float:
        passed = step // self.decay_steps if self.staircase else step / self.decay_steps
        return self.initial_learning_rate / (1.0 + self.decay_rate * passed)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
        }


class PiecewiseConstantDecay(LearningRateSchedule):
    """Values that hold up to a step, that step included, and a last one.

    Parameters
    ----------
    boundaries : list of int
        Ascending.
    values : list of float
        One more.
    """

    name = "piecewise_constant_decay"

    def __init__(self, boundaries: Sequence[int], values: Sequence[float]) -> None:
        self.boundaries = [positive_integer(step, f"{self.name}: boundaries", minimum=0) for step in boundaries]
        self.values = [self._number(value, "values") for value in values]
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"{self.name}: expected one value more than boundaries, got {len(self.values)} values and "
                f"{len(self.boundaries)} boundaries"
            )
        if self.boundaries != sorted(set(self.boundaries)):
            raise ValueError(f"{self.name}: expected ascending boundaries, got {self.boundaries}")

    def __call__(self, step: int) -> float:
        return self.values[sum(step > boundary for boundary in self.boundaries)]

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "boundaries": self.boundaries, "values": self.values}


class PolynomialDecay(LearningRateSchedule):
    """``(initial - end) * (1 - step / decay_steps) ^ power + end``, from there on ``end``.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
    end_learning_rate : float
    power : float
    cycle : bool
        Whether, past ``decay_steps``, the next multiple of it takes its place, so that the rate rises and falls again.
    """

    name = "polynomial_decay"

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
    ) -> None:
        self.initial_learning_rate = self._number(initial_learning_rate, "initial_learning_rate")
        self.decay_steps = self._steps(decay_steps, "decay_steps")
        self.end_learning_rate = self._number(end_learning_rate, "end_learning_rate")
        self.power = self._number(power, "power")
        self.cycle = bool(cycle)

    @contract_state
    def __call__(self, step: int) -> float:
        steps = self.decay_steps
        if self.cycle:
            steps *= max(1, -(-step // steps))
        rest = 1.0 - min(step, steps) / steps
        return (self.initial_learning_rate - self.end_learning_rate) * power(rest, self.power) + self.end_learning_rate

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
        }


class CosineDecay(LearningRateSchedule):
    """Half a cosine, after a linear rise if wanted (Loshchilov and Hutter 2017; Goyal et al. 2017).

    Parameters
    ----------
    initial_learning_rate : float
        Of the first step; without a rise the one that the cosine falls from.
    decay_steps : int
        Of the fall.
    alpha : float
        The part of the rate that remains.
    warmup_target : float, optional
        Where the rise leads to; None for no rise.
    warmup_steps : int
        Of the rise.
    """

    name = "cosine_decay"

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate = self._number(initial_learning_rate, "initial_learning_rate")
        self.decay_steps = self._steps(decay_steps, "decay_steps")
        self.alpha = self._number(alpha, "alpha")
        self.warmup_target = None if warmup_target is None else self._number(warmup_target, "warmup_target")
        self.warmup_steps = positive_integer(warmup_steps, f"{self.name}: warmup_steps", minimum=0)
        if self.warmup_steps and warmup_target is None:
            raise ValueError(f"{self.name}: expected a warmup_target for {self.warmup_steps} warmup_steps, got None")

    @contract_state
    def __call__(self, step: int) -> float:
        if step < self.warmup_steps:
            rise = self.warmup_target - self.initial_learning_rate
            return rise * (step / self.warmup_steps) + self.initial_learning_rate
        highest = self.initial_learning_rate if self.warmup_target is None else self.warmup_target
        passed = min(step - self.warmup_steps, self.decay_steps) / self.decay_steps
        return highest * _cosine(passed, 1.0, self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


class CosineDecayRestarts(LearningRateSchedule):
    """Half a cosine again and again, each longer and from lower if wanted (SGDR, Loshchilov and Hutter 2017).

    Parameters
    ----------
    initial_learning_rate : float
    first_decay_steps : int
        Of the first fall.
    t_mul : float
        How many times longer each fall is than the one before; at least 1.
    m_mul : float
        How many times higher each fall begins than the one before.
    alpha : float
        The part of the rate that remains.
    """

    name = "cosine_decay_restarts"

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
    ) -> None:
        self.initial_learning_rate = self._number(initial_learning_rate, "initial_learning_rate")
        self.first_decay_steps = self._steps(first_decay_steps, "first_decay_steps")
        self.t_mul = self._number(t_mul, "t_mul", low=1.0)
        self.m_mul = self._number(m_mul, "m_mul")
        self.alpha = self._number(alpha, "alpha")

    @contract_state
    def __call__(self, step: int) -> float:
        if self.t_mul == 1.0:
            falls, rest = divmod(step, self.first_decay_steps)
            passed = rest / self.first_decay_steps
        else:
            falls, rest, length = 0, float(step), float(self.first_decay_steps)
            while rest >= length:
                falls, rest, length = falls + 1, rest - length, length * self.t_mul
            passed = rest / length
        return self.initial_learning_rate * _cosine(passed, power(self.m_mul, falls), self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self.t_mul,
            "m_mul": self.m_mul,
            "alpha": self.alpha,
        }


_SCHEDULES = {
    cls.name: cls
    for cls in (
        CosineDecay,
        CosineDecayRestarts,
        ExponentialDecay,
        InverseTimeDecay,
        PiecewiseConstantDecay,
        PolynomialDecay,
    )
}


def get(value: object) -> LearningRateSchedule:
    """Return the schedule that a configuration or a schedule stands for.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if isinstance(value, LearningRateSchedule):
        return value
    settings = dict(value)
    return choose(settings.pop("name", None), _SCHEDULES, "learning-rate schedule")(**settings)


def _cosine(passed: float, height: float, alpha: float) -> float:
    """Return half a cosine from ``height`` to 0, raised so that the part ``alpha`` remains."""
    return (1.0 - alpha) * ((0.5 * height) * (1.0 + cos_pi(passed))) + alpha
