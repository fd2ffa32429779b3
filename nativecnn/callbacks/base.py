"""What a callback is, and the list of those of a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._kernels.floating_point import contract_state

if TYPE_CHECKING:
    from ..model import Model

State = dict[str, Any]
"""What a callback remembers: values that JSON can hold exactly, and NumPy arrays."""


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
        ``"epochs"``, ``"steps"`` (batches in an epoch, None where that is not known), ``"verbose"`` and
        ``"validation"`` (whether there is one); of an evaluation or prediction only ``"steps"``.
    """

    model: Model
    params: dict[str, Any]
    writes_states = False
    """Whether it writes what callbacks remember to a file: those that do remember are then called before it."""

    def state(self) -> State | None:
        """Return what the callback has to know to go on with a training, None if it needs to know nothing.

        It goes into the model's file: values that JSON holds exactly, and NumPy arrays, by names.
        """
        return None

    def set_state(self, state: State | None) -> None:
        """Go on from what :meth:`state` returned, or with None begin anew. Called by ``fit`` before ``on_train_begin``.

        Raises
        ------
        TypeError, ValueError
            If it is no state of this callback's.
        """

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

    Where one :attr:`writes states <Callback.writes_states>`, those that remember something are called before it,
    wherever they stand, so that its file holds what they then know.

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
        self._callbacks = _called_order(callbacks)
        self._remembering = tuple(callback for callback in callbacks if _remembers(callback))

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

    @contract_state
    def states(self) -> list[tuple[str, State]]:
        """Return the classes and states of those that remember something, in the order in which they were given."""
        states = [(type(callback).__name__, callback.state()) for callback in self._remembering]
        return [(name, state) for name, state in states if state is not None]

    @contract_state
    def restore(self, states: Sequence[tuple[str, State]]) -> None:
        """Let them go on from their states; without any, all of them begin anew.

        Raises
        ------
        TypeError, ValueError
            If the states are not those of callbacks of these classes, in this order.
        """
        if not states:
            for callback in self._callbacks:
                callback.set_state(None)
            return
        remembering = [callback for callback in self._remembering if callback.state() is not None]
        names = [name for name, _ in states]
        given = [type(callback).__name__ for callback in remembering]
        if given != names:
            raise ValueError(
                "fit: expected for resume=True those callbacks of before that remember something, "
                f"{', '.join(names)}, got {', '.join(given) or 'none'}"
            )
        for callback, (_, state) in zip(remembering, states, strict=True):
            callback.set_state(dict(state))


def _remembers(callback: Callback) -> bool:
    return type(callback).state is not Callback.state


def _called_order(callbacks: Sequence[Callback]) -> tuple[Callback, ...]:
    first = next((place for place, callback in enumerate(callbacks) if callback.writes_states), len(callbacks))
    before, after = callbacks[:first], callbacks[first:]
    ahead = [callback for callback in after if _remembers(callback) and not callback.writes_states]
    return (*before, *ahead, *(callback for callback in after if callback not in ahead))
