"""Changes of the learning rate from epoch to epoch. A model's file holds the rate that its optimizer then has."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import described
from .._kernels.floating_point import contract_state
from ..checks import number_between, positive_integer
from .base import Callback, State
from .monitoring import Monitor

if TYPE_CHECKING:
    from ..model import Model


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of every epoch; the logs get it as ``"learning_rate"``.

    Parameters
    ----------
    schedule : callable
        ``schedule(epoch, learning_rate)`` or ``schedule(epoch)``, the epoch counted from 0: returns the new rate.
    verbose : int
        1 to print the rates.

    Raises
    ------
    TypeError
        If it cannot be called.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        if not callable(schedule):
            raise TypeError(f"LearningRateScheduler: expected a function of epoch and learning rate, got {schedule!r}")
        self.schedule, self.verbose = schedule, verbose
        self._epoch: int | None = None

    def state(self) -> State:
        return {"epoch": self._epoch}

    def set_state(self, state: State | None) -> None:
        epoch = None if state is None else described.fields(state, "LearningRateScheduler", "epoch")[0]
        self._epoch = None if epoch is None else described.count(epoch, "LearningRateScheduler: epoch")

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if epoch == self._epoch:
            return  # gone on with in its middle: the rate is there, and may have come of the one before
        rate = _rate_of(self.model, "LearningRateScheduler")
        new = self.schedule(epoch, rate) if _takes_rate(self.schedule) else self.schedule(epoch)
        self.model.compilation.optimizer.learning_rate = number_between(new, "LearningRateScheduler: learning rate")
        self._epoch = epoch
        if self.verbose:
            print(f"epoch {epoch + 1}: learning rate {float(new):g}")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = _rate_of(self.model, "LearningRateScheduler")


class ReduceLROnPlateau(Callback):
    """Reduces the learning rate when a value has not become better for some epochs.

    The logs get the epoch's rate as ``"learning_rate"``.

    Parameters
    ----------
    monitor : str
        The value's name in the logs.
    factor : float
        What the rate is multiplied by, at least 0 and below 1.
    patience : int
        For how many epochs the value may fail to become better.
    verbose : int
        1 to print reductions.
    mode : {"auto", "min", "max"}
        As in :class:`~nativecnn.callbacks.EarlyStopping`.
    min_delta : float
        By how much it has to be better than the best one to count as better.
    cooldown : int
        For how many epochs after a reduction nothing is counted.
    min_lr : float
        The smallest rate.
    """

    @contract_state
    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        name = type(self).__name__
        self._monitor = Monitor(name, monitor, mode, min_delta)
        self.factor = number_between(factor, f"{name}: factor", high=1)
        self.patience = positive_integer(patience, f"{name}: patience", minimum=0)
        self.verbose = verbose
        self.cooldown = positive_integer(cooldown, f"{name}: cooldown", minimum=0)
        self.min_lr = number_between(min_lr, f"{name}: min_lr")
        self.set_state(None)

    def state(self) -> State:
        best = None if self.best is None else self.best.hex()
        return {"wait": self.wait, "cooling": self.cooling, "best": best}

    def set_state(self, state: State | None) -> None:
        if state is None:
            self.wait, self.cooling, self.best = 0, 0, None
            return
        name = type(self).__name__
        wait, cooling, best = described.fields(state, name, "wait", "cooling", "best")
        self.wait = described.count(wait, f"{name}: wait")
        self.cooling = described.count(cooling, f"{name}: cooling")
        self.best = None if best is None else described.number(best, f"{name}: best")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        rate = _rate_of(self.model, type(self).__name__)
        if logs is not None:
            logs["learning_rate"] = rate
        value = self._monitor.value(logs, self.params)
        if value is None:
            return
        if self.cooling:
            self.cooling -= 1
            self.wait = 0
        if self._monitor.is_better(value, self.best):
            self.best, self.wait = value, 0
        elif not self.cooling:
            self.wait += 1
            if self.wait >= self.patience and rate > self.min_lr:
                new = max(rate * self.factor, self.min_lr)
                self.model.compilation.optimizer.learning_rate = new
                self.cooling, self.wait = self.cooldown, 0
                if self.verbose:
                    print(f"epoch {epoch + 1}: learning rate reduced to {new:g}")


def _rate_of(model: Model, owner: str) -> float:
    rate = model.compilation.optimizer.learning_rate
    if not isinstance(rate, (int, float)):
        raise TypeError(f"{owner}: expected an optimizer whose learning rate is a number, got {rate!r}")
    return float(rate)


def _takes_rate(schedule: Callable[..., float]) -> bool:
    try:
        signature = inspect.signature(schedule)
    except (TypeError, ValueError):  # of some functions written in C nothing is known
        return True
    try:
        signature.bind(0, 0.0)
    except TypeError:
        return False
    return True
