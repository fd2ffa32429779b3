"""Activations as arguments of other layers, and how configurations write them."""

from __future__ import annotations

from typing import Any

from ...checks import choose
from ..base import Layer
from . import classes
from .function import KERNELS, Activation

_CLASSES = {
    cls.__name__: cls
    for cls in vars(classes).values()
    if isinstance(cls, type) and issubclass(cls, Activation) and not cls.__name__.startswith("_")
}


def get(value: object) -> Activation | None:
    """Return the activation that a name, a layer or a configuration stands for, None for ``None`` and ``"linear"``.

    Parameters
    ----------
    value : str, Activation, dict or None
        A layer stands for its function and settings: what is returned is another one. A dictionary is one of
        :func:`configuration`.

    Raises
    ------
    TypeError, ValueError
        If there is no such activation, or it has no such settings.
    """
    if value is None:
        return None
    if isinstance(value, dict):
        cls = choose(value.get("class"), _CLASSES, "activation")
        activation = cls(**value.get("config", {}))
    elif isinstance(value, Activation):
        activation = _copy(value)
    elif isinstance(value, Layer):
        raise ValueError(
            f"expected as activation a name, or a layer that only applies a function, got {type(value).__name__}; "
            "add it as a layer of its own"
        )
    else:
        activation = Activation(value)
    return None if activation.function == "linear" else activation


def configuration(activation: Activation | None) -> str | dict[str, Any] | None:
    """Return what :func:`get` makes an equal activation of: its name where that says all, else class and settings."""
    if activation is None:
        return None
    config = _settings(activation)
    return (
        config["function"] if type(activation) is Activation else {"class": type(activation).__name__, "config": config}
    )


def _copy(activation: Activation) -> Activation:
    """Return an activation without a name of its own, as one that is given by name wherever there is such a name."""
    for name, kernel in KERNELS.items():
        if type(activation) in _CLASSES.values() and kernel == (activation.function, activation.kernel_settings):
            return Activation(name)
    return type(activation)(**_settings(activation))


def _settings(activation: Activation) -> dict[str, Any]:
    of_any_layer = ("name", "input_shape", "trainable")
    return {key: value for key, value in activation.get_config().items() if key not in of_any_layer}
