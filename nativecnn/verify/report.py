"""What ``verify`` prints."""

from __future__ import annotations

import platform
from collections.abc import Sequence

import numpy as np

import nativecnn
from nativecnn._kernels import runtime
from nativecnn.reference import CONTRACT_VERSION

from .cases import thread_counts


def header(seed: int, seconds: float) -> str:
    """Return what is checked, and on what."""
    rows = [
        ("nativecnn", f"{nativecnn.__version__}, arithmetic contract {CONTRACT_VERSION}"),
        ("on", f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.platform()}"),
        ("processor", runtime.processor_name() or platform.processor() or "unknown"),
        ("instruction sets", ", ".join(runtime.supported_instruction_sets())),
        ("threads", ", ".join(map(str, thread_counts()))),
        ("seed", str(seed)),
        ("time", f"about {seconds:g} s"),
    ]
    return "\n".join(f"{label:<16}  {text}" for label, text in rows)


def table(rows: Sequence[tuple[str, int, int, int, int]]) -> str:
    """Return families, one a line, and their total, in columns.

    Parameters
    ----------
    rows : sequence of (name, cases, values, compared, differing)
    """
    sums = [sum(column) for column in zip(*(row[1:] for row in rows), strict=True)]
    lines = [("family", "cases", "values", "compared", "differing")]
    lines += [(name, *(f"{number:,}" for number in numbers)) for name, *numbers in [*rows, ("total", *sums)]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = [
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(line, "<>>>>", widths, strict=True))
        for line in lines
    ]
    rule = "-" * len(texts[0])
    return "\n".join([texts[0], rule, *texts[1:-1], rule, texts[-1]])


def training_line(title: str, outcome: str) -> str:
    """Return the line of a training."""
    return f"{title:<36}  {outcome}"
