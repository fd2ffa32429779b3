"""Which implementation computes: the native kernels, or the NumPy reference that defines them."""

from __future__ import annotations

import importlib
import sys
from contextvars import ContextVar

from ..checks import shown

_MODULES = {"native": "nativecnn._kernels", "reference": "nativecnn.reference"}
_process_backend = "native"
_context_backend: ContextVar[str | None] = ContextVar("nativecnn_backend", default=None)


class use_backend:  # noqa: N801 - read as a verb: a call, or a with statement
    """Compute with ``"native"`` kernels (the default) or with the NumPy ``"reference"``; both give the same bits.

    ``use_backend(name)`` holds for the process from then on; ``with use_backend(name):`` for the block, in its own
    thread and context.

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
        global _process_backend
        if not isinstance(name, str) or name not in _MODULES:
            raise ValueError(f"use_backend: expected one of {sorted(_MODULES)}, got {shown(name)}")
        self._name = name
        self._before = _process_backend
        _process_backend = name

    def __enter__(self) -> use_backend:
        global _process_backend
        _process_backend = self._before  # a block concerns its own thread and context only
        self._token = _context_backend.set(self._name)
        return self

    def __exit__(self, kind: object, value: object, traceback: object) -> None:
        _context_backend.reset(self._token)


def backend_name() -> str:
    """Return the name of the backend in use."""
    return _context_backend.get() or _process_backend


def kernels():
    """Return the module whose functions compute: arrays go in checked, results into arrays passed for them."""
    module = _MODULES[_context_backend.get() or _process_backend]
    return sys.modules.get(module) or importlib.import_module(module)
