"""What units answer to, drawn: activations sent back to the pixels, beside the patches that made them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..checks import positive_integer
from .style import GREY, SIGNED, common_limits, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_WIDTH = 8.0  # inches of a full row
_TITLE = 0.3  # inches a title takes


def plot_projections(
    units: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    columns: int = 3,
    suptitle: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw projections of units' activations beside the patches of images that they belong to, as squares of tiles.

    Parameters
    ----------
    units : mapping of str to (projections, patches)
        By title, two arrays (count, rows, columns, channels) of one shape, with one channel or three: what
        :func:`~nativecnn.visualize.deconvolve` gives, cut to the patches by :func:`~nativecnn.visualize.cut_boxes`,
        and the patches of :func:`~nativecnn.visualize.strongest_patches`. Patches have values from 0 to 1; projections
        have one scale in each unit, with 0 in the middle.
    columns : int
        Units side by side.
    suptitle, figure
        As in :func:`~nativecnn.visualize.plot_images`.

    Returns
    -------
    Figure or SubFigure

    Raises
    ------
    ValueError
        If there is no unit, or arrays have other forms.
    ImportError
        If matplotlib is missing (extra ``plots``).

    References
    ----------
    The layout is that of figure 2 in Zeiler and Fergus: Visualizing and understanding convolutional networks, 2014.
    """
    pairs = {title: _checked(title, *pair) for title, pair in units.items()}
    if not pairs:
        raise ValueError("plot_projections: expected at least one unit, got none")
    columns = min(positive_integer(columns, "plot_projections: columns"), len(pairs))
    rows = math.ceil(len(pairs) / columns)
    if figure is None:
        squares = [_tiles(patches).shape for _, patches in pairs.values()]
        height = _WIDTH / columns / 2 * max(shape[0] / shape[1] for shape in squares)
        figure = new_figure(_WIDTH, rows * (height + _TITLE) + (_TITLE if suptitle else 0.0))
    if suptitle:
        figure.suptitle(suptitle, fontsize=11)
    parts = figure.subfigures(rows, columns, squeeze=False).reshape(-1)
    for part, (title, (projections, patches)) in zip(parts, pairs.items(), strict=False):
        part.suptitle(title, fontsize=9)
        left, right = part.subplots(1, 2)
        low, high = common_limits([projections], "symmetric")
        if projections.shape[-1] == 3:
            projections, low, high = 0.5 + projections / (high - low), 0.0, 1.0  # 0 is grey
        _draw(left, projections, SIGNED, low, high)
        _draw(right, patches, GREY, 0.0, 1.0)
    return figure


def _checked(title: str, projections: object, patches: object) -> tuple[np.ndarray, np.ndarray]:
    projections, patches = np.asarray(projections), np.asarray(patches)
    for array in (projections, patches):
        if array.ndim != 4 or 0 in array.shape or array.shape[-1] not in (1, 3) or array.shape != patches.shape:
            raise ValueError(
                f"plot_projections: {title!r}: expected projections and patches of one shape "
                f"(count, rows, columns, 1 or 3 channels), got {projections.shape} and {patches.shape}"
            )
    return projections, patches


def _tiles(pictures: np.ndarray) -> np.ndarray:
    """Return pictures (count, rows, columns, channels) as one, in as many rows as columns; the last may be missing.

    Those of one channel lose that axis.
    """
    count, rows, columns, channels = pictures.shape
    side = math.ceil(math.sqrt(count))
    tiles = np.full((side * side, rows, columns, channels), np.nan if channels == 1 else 1.0)
    tiles[:count] = pictures
    tiles = tiles.reshape(side, side, rows, columns, channels).swapaxes(1, 2)
    return tiles.reshape(side * rows, side * columns, *([channels] if channels > 1 else []))


def _draw(axes: Axes, pictures: np.ndarray, colour_map: str, low: float, high: float) -> None:
    tiles, (_, rows, columns, _) = _tiles(pictures), pictures.shape
    axes.imshow(tiles, cmap=colour_map, vmin=low, vmax=high, interpolation="nearest")
    axes.set_xticks(np.arange(columns, tiles.shape[1], columns) - 0.5, labels=[])
    axes.set_yticks(np.arange(rows, tiles.shape[0], rows) - 0.5, labels=[])
    axes.tick_params(length=0)
    axes.grid(color="tab:gray", linewidth=1.5)
