"""The promise about bits, checked on the user's own machine: ``python -m nativecnn verify``.

families/     what is computed: one file per family of operations
cases.py      one case on both backends, under one circumstance and another; draws.py, arrays.py: of what
shrinking.py  a failing case made small; snippet.py: as a program to paste
training.py   a short training on both backends; published.py: those with a published hash
session.py    all of it within a given time; report.py: what is printed
"""

from .session import verify

__all__ = ["verify"]
