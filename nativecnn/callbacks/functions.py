"""Functions in place of a class of one's own."""

from __future__ import annotations

from collections.abc import Callable

from .base import Callback

_HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))


class LambdaCallback(Callback):
    """Calls functions.

    Parameters
    ----------
    **functions : callable
        By the names of :class:`Callback`'s methods, called with the same arguments: ``on_epoch_end(epoch, logs)``.

    Raises
    ------
    TypeError
        If there is no such method, or something else than a function.

    Examples
    --------
    >>> LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    """

    def __init__(self, **functions: Callable[..., object] | None) -> None:
        for name, function in functions.items():
            if name not in _HOOKS:
                raise TypeError(f"LambdaCallback: expected functions for {', '.join(_HOOKS)}, got one for {name!r}")
            if function is not None:
                if not callable(function):
                    raise TypeError(f"LambdaCallback: expected a function for {name}, got {function!r}")
                setattr(self, name, function)
