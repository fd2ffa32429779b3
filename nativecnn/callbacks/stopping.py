"""Early ends of a training."""

from __future__ import annotations

import math

import numpy as np

from .. import described
from .._kernels.floating_point import contract_state
from ..checks import positive_integer
from .base import Callback, State
from .monitoring import Monitor

_WEIGHT = "best_weights/"


class EarlyStopping(Callback):
    """Ends the training when a value has not become better for some epochs.

    Parameters
    ----------
    monitor : str
        The value's name in the logs.
    min_delta : float
        By how much it has to be better than the best one to count as better.
    patience : int
        For how many epochs it may fail to. With 0, the first such epoch ends the training.
    verbose : int
        1 to print when the training ends and when weights are restored.
    mode : {"auto", "min", "max"}
        Whether smaller or larger is better; "auto" tells it from the name (``"val_loss"``, ``"accuracy"`` …).
    baseline : float, optional
        The value has to become better than this one as well, within ``patience`` epochs.
    restore_best_weights : bool
        Whether the model gets the weights of the best epoch back, when the training has come to its end: stopped by
        this callback, or after its last epoch. Where it stops in another way and can go on, it keeps the latest ones.
        While the training goes on the best weights take memory, and room in files with its state, as much as the
        weights themselves.
    start_from_epoch : int
        Epochs before this one, counted from 0, are not looked at.

    Attributes
    ----------
    stopped_epoch : int or None
        The epoch after which this callback ended the training.
    best, best_epoch : float and int, or None
        The best value and its epoch.
    """

    @contract_state
    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        self._monitor = Monitor("EarlyStopping", monitor, mode, min_delta)
        self.patience = positive_integer(patience, "EarlyStopping: patience", minimum=0)
        self.verbose = verbose
        self.baseline = None if baseline is None else float(baseline)
        self.restore_best_weights = bool(restore_best_weights)
        self.start_from_epoch = positive_integer(start_from_epoch, "EarlyStopping: start_from_epoch", minimum=0)
        self.set_state(None)

    def state(self) -> State:
        state = {
            "wait": self.wait,
            "best": None if self.best is None else self.best.hex(),
            "best_epoch": self.best_epoch,
            "stopped_epoch": self.stopped_epoch,
        }
        return state | {_WEIGHT + key: weight for key, weight in (self.best_weights or {}).items()}

    def set_state(self, state: State | None) -> None:
        if state is None:
            self.wait, self.best, self.best_epoch, self.stopped_epoch = 0, None, None, None
            self.best_weights: dict[str, np.ndarray] | None = None
            return
        weights = {key.removeprefix(_WEIGHT): state[key] for key in state if key.startswith(_WEIGHT)}
        rest = {key: value for key, value in state.items() if not key.startswith(_WEIGHT)}
        names = ("wait", "best", "best_epoch", "stopped_epoch")
        wait, best, best_epoch, stopped_epoch = described.fields(rest, "EarlyStopping", *names)
        self.wait = described.count(wait, "EarlyStopping: wait")
        self.best = None if best is None else described.number(best, "EarlyStopping: best")
        self.best_epoch = None if best_epoch is None else described.count(best_epoch, "EarlyStopping: best_epoch")
        self.stopped_epoch = (
            None if stopped_epoch is None else described.count(stopped_epoch, "EarlyStopping: stopped_epoch")
        )
        if weights:
            expected = {key: weight.shape for key, weight in self.model.weights.items()}
            if {key: np.shape(weight) for key, weight in weights.items()} != expected:
                raise ValueError("EarlyStopping: expected best weights of the model's shapes, got others")
        self.best_weights = weights or None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        if self.stopped_epoch is not None:  # a training that had come to its end is gone on with
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        value = self._monitor.value(logs, self.params)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep_weights()  # where no epoch is better than NaN
        self.wait += 1
        if self._monitor.is_better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self._keep_weights()
            if self.baseline is None or self._monitor.is_better(value, self.baseline):
                self.wait = 0
        if self.wait > 0 and self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        if self.stopped_epoch is not None and self.verbose:
            print(f"stopped after epoch {self.stopped_epoch + 1}: {self._monitor.name} has not become better")
        position = self.model.compilation.position
        at_end = self.stopped_epoch is not None or position is not None and position.epoch >= self.params["epochs"]
        if self.best_weights is not None and at_end:
            self.model.graph.set_weights(self.best_weights)
            if self.verbose and self.best_epoch is not None:
                print(f"weights restored: those of epoch {self.best_epoch + 1}")

    def _keep_weights(self) -> None:
        self.best_weights = {key: weight.copy() for key, weight in self.model.weights.items()}


class TerminateOnNaN(Callback):
    """Ends the training after a batch that makes the loss NaN or infinite."""

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            print(f"batch {batch}: the loss is {loss}, so the training ends")
            self.model.stop_training = True
