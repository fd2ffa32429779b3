"""How pictures look: size, colours, the scale of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..extras import import_extra

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Colours that colour-blind readers tell apart (Okabe and Ito: Color universal design, 2008), blue first.

Their yellow is left out: as a line on white paper it is hardly seen.
"""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""As many markers: lines should differ in more than their colour."""

GREY, MAGNITUDE, SIGNED = "gray", "viridis", "PuOr"
"""Names of matplotlib's colour maps: for pictures; for values from 0; for values around 0 (orange below, violet above).

All keep their order in grey print and for colour-blind readers, but ``SIGNED`` in print shows only how far from 0.
"""


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, whose parts are laid out so that nothing overlaps, of 100 dots an inch.

    It belongs to no window and to no global list of figures, so it is freed like any object.

    Parameters
    ----------
    width, height : float
        In inches.

    Returns
    -------
    matplotlib.figure.Figure
        ``figure.savefig(path)`` writes it.

    Raises
    ------
    ImportError
        If matplotlib is missing (extra ``plots``).
    """
    figures = import_extra("matplotlib.figure", "plots", "a picture")
    return figures.Figure(figsize=(width, height), dpi=100, layout="constrained")


def width_in_inches(figure: Figure | SubFigure) -> float:
    """Return how wide a figure, or a part of one, is."""
    return figure.bbox.width / figure.dpi


def height_in_inches(figure: Figure | SubFigure) -> float:
    """Return how high a figure, or a part of one, is."""
    return figure.bbox.height / figure.dpi


def common_limits(arrays: list[np.ndarray], limits: object) -> tuple[float | None, float | None]:
    """Return the values that get the first and the last colour; None where each array has its own.

    Parameters
    ----------
    arrays : list of array
    limits : None, "shared", "symmetric" or (low, high)

    Raises
    ------
    ValueError
        If it is something else.
    """
    if limits is None:
        return None, None
    if isinstance(limits, str) and limits in ("shared", "symmetric"):
        finite = [array[np.isfinite(array)] for array in arrays]
        values = np.concatenate([array.reshape(-1) for array in finite]) if finite else np.zeros(0)
        if not values.size:
            return 0.0, 1.0
        if limits == "shared":
            return float(values.min()), float(values.max())
        most = float(np.abs(values).max()) or 1.0
        return -most, most
    if isinstance(limits, tuple) and len(limits) == 2:
        return float(limits[0]), float(limits[1])
    raise ValueError(f'limits: expected None, "shared", "symmetric" or (low, high), got {limits!r}')
