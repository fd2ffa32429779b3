"""The package's version, stated once in pyproject.toml."""

from __future__ import annotations

import functools


@functools.cache
def version() -> str:
    """Return the installed package's version, "unknown" where it is used without being installed."""
    from importlib import metadata  # it takes longer to import than all the rest

    try:
        return metadata.version("nativecnn")
    except metadata.PackageNotFoundError:
        return "unknown"
