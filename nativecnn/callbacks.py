"""Callbacks: what happens besides, while a model is trained.

Examples
--------
>>> class Print(Callback):
...     def on_epoch_end(self, epoch, logs=None):
...         print(epoch, logs["loss"])
>>> model.fit(x, y, callbacks=[Print(), ModelCheckpoint("model.safetensors")])
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._kernels.floating_point import contract_state
from .checks import positive_integer

if TYPE_CHECKING:
    from .model import Model


class Callback:
    """Base of all callbacks: a subclass overrides what it wants to be called at.

    Setting ``self.model.stop_training = True`` ends the training after the batch at hand. What a callback gets as
    ``logs`` are the values so far of the epoch (loss, metrics), at its end with those of the validation; entries that
    it then adds come into the history.

    Attributes
    ----------
    model : Model
        The model that is trained.
    params : dict
        ``"epochs"``, ``"steps"`` (batches in an epoch) and ``"verbose"``.
    """

    model: Model
    params: dict[str, Any]

    def set_model(self, model: Model) -> None:
        """Take the model, before the training begins."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Take the training's settings, before it begins."""
        self.params = params

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Called before the first epoch of a call of ``fit``."""

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Called when ``fit`` is about to return, with the values of the last epoch; not after an error."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called before an epoch (counted from 0), also before one that is gone on with in its middle."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called after a whole epoch and its validation; not where the training stops within one."""

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Called before a batch (counted from 0 in each epoch)."""

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Called after a batch."""

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        """Called when an evaluation begins, a validation within ``fit`` included."""

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        """Called when an evaluation has ended, with its values."""

    def on_test_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Called before a batch (counted from 0) of an evaluation."""

    def on_test_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Called after a batch of an evaluation, with the values so far."""

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Called when ``predict`` begins."""

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        """Called when ``predict`` is about to return."""

    def on_predict_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Called before a batch (counted from 0) of ``predict``."""

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Called after a batch of ``predict``, with copies of its ``"outputs"``."""


class CallbackList:
    """Several callbacks of one training, called in order.

    Raises
    ------
    TypeError
        If something else than callbacks is given.
    """

    def __init__(self, callbacks: object) -> None:
        if callbacks is None:
            callbacks = ()
        elif isinstance(callbacks, Callback):
            callbacks = (callbacks,)
        elif not isinstance(callbacks, Sequence) or isinstance(callbacks, str):
            raise TypeError(f"callbacks: expected a list of callbacks, got {callbacks!r}")
        for callback in callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(f"callbacks: expected objects of classes derived from Callback, got {callback!r}")
        self._callbacks = tuple(callbacks)

    def __len__(self) -> int:
        return len(self._callbacks)

    @contract_state
    def set(self, model: Model, params: dict[str, Any]) -> None:
        """Tell all of them the model and the training's settings."""
        for callback in self._callbacks:
            callback.set_model(model)
            callback.set_params(dict(params))

    @contract_state
    def call(self, hook: str, *arguments: object) -> None:
        """Call a method of all of them; a floating-point state that one sets does not stay."""
        for callback in self._callbacks:
            getattr(callback, hook)(*arguments)


class ModelCheckpoint(Callback):
    """Writes the model to a file from time to time, whole or not at all.

    ``load_model(path).fit(…, resume=True)`` goes on from the file as if the training had not stopped. Callbacks that
    change the model or its optimizer are to stand before this one in the list; what they themselves remember is not in
    the file.

    Parameters
    ----------
    filepath : str or path-like
        Where to; a later file replaces an earlier one, unless the name has ``{epoch}`` (that of the epoch at hand,
        counted from 1) or, where it saves within epochs, ``{batch}`` (batches that the epoch has had): formatted as by
        ``str.format``, so ``{epoch:03d}`` is possible, and braces themselves are doubled.
    save_freq : "epoch" or int
        After every epoch, or after every so many batches (counted over the epochs of one call of ``fit``).

    Raises
    ------
    TypeError, ValueError
        If ``save_freq`` is neither, or the name has other fields.
    """

    def __init__(self, filepath: str | os.PathLike[str], *, save_freq: str | int = "epoch") -> None:
        self.filepath = os.fspath(filepath)
        if isinstance(self.filepath, bytes):
            raise TypeError(f"ModelCheckpoint: expected the file's name as text, got {self.filepath!r}")
        if save_freq != "epoch":
            save_freq = positive_integer(save_freq, "ModelCheckpoint: save_freq other than 'epoch'")
        self.save_freq = save_freq
        self._epoch = self._batches = 0
        self._check_fields()

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self._batches = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._batches += 1
        if self.save_freq != "epoch" and self._batches % self.save_freq == 0:
            self.model.save(self.filepath.format(epoch=self._epoch + 1, batch=batch + 1))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if self.save_freq == "epoch":
            self.model.save(self.filepath.format(epoch=epoch + 1))

    def _check_fields(self) -> None:
        fields = {"epoch": 1} if self.save_freq == "epoch" else {"epoch": 1, "batch": 1}
        try:
            self.filepath.format(**fields)
        except (LookupError, ValueError, AttributeError) as error:
            names = " and ".join(f"{{{name}}}" for name in fields)
            raise ValueError(
                f"ModelCheckpoint: expected no fields in the file's name but {names}, got {self.filepath!r}"
            ) from error
