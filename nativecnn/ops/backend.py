"""Which implementation computes: the native kernels, or the NumPy reference that defines them."""

from __future__ import annotations

import importlib
import sys

_MODULES = {"native": "nativecnn._kernels", "reference": "nativecnn.reference"}
_active = "native"


class use_backend:  # noqa: N801 - read as a verb: a call, or a with statement
    """Compute with ``"native"`` kernels (the default) or with the NumPy ``"reference"``; both give the same bits.

    ``use_backend(name)`` holds for the process from then on; ``with use_backend(name):`` ends with the block.

    Raises
    ------
    ValueError
        If there is no backend of that name.

    Examples
    --------
    >>> with use_backend("reference"):
    ...     backend_name()
    'reference'
    """

    def __init__(self, name: str) -> None:
        global _active
        if name not in _MODULES:
            raise ValueError(f"use_backend: expected one of {sorted(_MODULES)}, got {name!r}")
        self._before = _active
        _active = name

    def __enter__(self) -> use_backend:
        return self

    def __exit__(self, *_: object) -> None:
        global _active
        _active = self._before


def backend_name() -> str:
    """Return the name of the backend in use."""
    return _active


def kernels():
    """Return the module whose functions compute: arrays go in checked, results into arrays passed for them."""
    return sys.modules.get(_MODULES[_active]) or importlib.import_module(_MODULES[_active])
