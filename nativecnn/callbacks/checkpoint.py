"""Files of the model, written while it is trained."""

from __future__ import annotations

import os
import string

from .. import described
from .._kernels.floating_point import contract_state
from ..checks import positive_integer
from .base import Callback, State
from .monitoring import Monitor


class ModelCheckpoint(Callback):
    """Writes the model to a file from time to time, whole or not at all.

    ``load_model(path).fit(…, resume=True)`` goes on from the file as if the training had not stopped. What callbacks
    remember is in it as well: those that do are called before this one, wherever they stand in the list. Others that
    change the model or its optimizer are to stand before it.

    Parameters
    ----------
    filepath : str or path-like
        Where to; a later file replaces an earlier one, unless the name has ``{epoch}`` (that of the epoch at hand,
        counted from 1), the names of values in the logs, or, where it saves within epochs, ``{batch}`` (batches that
        the epoch has had): formatted as by ``str.format``, so ``{epoch:03d}`` and ``{val_loss:.2f}`` are possible, and
        braces themselves are doubled.
    monitor : str
        The value in the logs that tells which model is the best.
    verbose : int
        1 to print when a file is written.
    save_best_only : bool
        Whether to write only models that are better than those before.
    save_weights_only : bool
        Whether to write the weights alone (:meth:`Model.save_weights`), which nothing can be gone on from.
    mode : {"auto", "min", "max"}
        As in :class:`~nativecnn.callbacks.EarlyStopping`.
    save_freq : "epoch" or int
        After every epoch, or after every so many batches (counted over the epochs of one call of ``fit``).
    initial_value_threshold : float, optional
        What the first model has to be better than to count as the best.

    Raises
    ------
    TypeError, ValueError
        If ``save_freq`` is neither, the name has other fields, or ``monitor`` is none of the values within epochs.
    """

    @contract_state
    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        self.filepath = os.fspath(filepath)
        if isinstance(self.filepath, bytes):
            raise TypeError(f"ModelCheckpoint: expected the file's name as text, got {self.filepath!r}")
        if save_freq != "epoch":
            save_freq = positive_integer(save_freq, "ModelCheckpoint: save_freq other than 'epoch'")
        self.save_freq, self.verbose = save_freq, verbose
        self.save_weights_only = bool(save_weights_only)
        self.writes_states = not self.save_weights_only
        self.save_best_only = bool(save_best_only)
        self._monitor = Monitor("ModelCheckpoint", monitor, mode) if save_best_only else None
        if save_best_only and save_freq != "epoch" and monitor.startswith("val_"):
            raise ValueError(
                f"ModelCheckpoint: expected within epochs a value of the training as monitor, got {monitor!r}"
            )
        self._threshold = None if initial_value_threshold is None else float(initial_value_threshold)
        self.best = self._threshold
        self._epoch = self._batches = 0
        self._check_fields()

    def state(self) -> State | None:
        if not self.save_best_only:
            return None
        return {"best": None if self.best is None else self.best.hex()}

    def set_state(self, state: State | None) -> None:
        self.best = self._threshold
        if state is not None:
            (best,) = described.fields(state, "ModelCheckpoint", "best")
            self.best = None if best is None else described.number(best, "ModelCheckpoint: best")

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self._batches = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._batches += 1
        if self.save_freq != "epoch" and self._batches % self.save_freq == 0:
            self._save(logs, {"epoch": self._epoch + 1, "batch": batch + 1})

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if self.save_freq == "epoch":
            self._save(logs, {"epoch": epoch + 1})

    def _save(self, logs: dict[str, float] | None, place: dict[str, int]) -> None:
        if self._monitor is not None:
            value = self._monitor.value(logs, self.params)
            if value is None or not self._monitor.is_better(value, self.best):
                return
            self.best = value
        values = (logs or {}) | place
        try:
            path = self.filepath.format(**values)
        except KeyError as error:
            names = ", ".join(values)
            raise ValueError(f"ModelCheckpoint: expected in the file's name only {names}, got {error}") from None
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)
        if self.verbose:
            print(f"epoch {place['epoch']}: saved {path}")

    def _check_fields(self) -> None:
        numbers = {"epoch": 1} if self.save_freq == "epoch" else {"epoch": 1, "batch": 1}
        try:
            names = [name for _, name, _, _ in string.Formatter().parse(self.filepath) if name is not None]
            values = {name: 1.0 for name in names if name.isidentifier() and name != "batch"}
            self.filepath.format(**(values | numbers))
        except (LookupError, ValueError, AttributeError) as error:
            known = " and ".join(f"{{{name}}}" for name in numbers)
            raise ValueError(
                f"ModelCheckpoint: expected no fields in the file's name but {known}, and names of values in the logs, "
                f"got {self.filepath!r}"
            ) from error
