"""The command line: ``python -m nativecnn train``, ``predict``, ``verify``, ``info``."""

from .program import main

__all__ = ["main"]
