"""Grids of pictures: images, kernels, feature maps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..checks import positive_integer
from ..layers.base import Layer
from .style import GREY, MAGNITUDE, SIGNED, common_limits, height_in_inches, new_figure, width_in_inches

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_WIDTH = 8.0  # inches of a full row
_LARGEST_CELL = 2.0  # inches
_TITLE = 0.25  # inches a title takes
_ONE_ROW = 5  # so many pictures stay side by side


def plot_images(
    images: Sequence[np.ndarray] | np.ndarray,
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    colour_map: str | None = None,
    limits: object = None,
    numbers: str | Callable[[float], str] | None = None,
    suptitle: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw pictures as a grid.

    Parameters
    ----------
    images : array or sequence of arrays
        Each (rows, columns) or (rows, columns, 1), or (rows, columns, 3) of red, green and blue from 0 to 1 (or uint8).
        They may differ in shape.
    titles : sequence of str, optional
        One above each.
    columns : int, optional
        Pictures side by side; by default up to five, or as many as make the grid about twice as wide as high.
    colour_map : str, optional
        One of matplotlib's; by default grey, and orange to violet for symmetric limits.
    limits : None, "shared", "symmetric" or (low, high)
        The values that get the first and the last colour: each picture's own; those of all; the largest magnitude
        of all, with 0 in the middle; or the given ones. Pictures in red, green and blue have none.
    numbers : str or callable, optional
        Write each pixel's value into it, formatted by ``numbers.format(value)`` or ``numbers(value)``.
    suptitle : str, optional
        Above all.
    figure : Figure or SubFigure, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Figure or SubFigure
        ``figure`` or the new one.

    Raises
    ------
    ValueError
        If there is no picture, one has another form, or there are fewer titles than pictures.
    ImportError
        If matplotlib is missing (extra ``plots``).
    """
    pictures = [_picture(image, number) for number, image in enumerate(images)]
    if not pictures:
        raise ValueError("plot_images: expected at least one picture, got none")
    if titles is not None and len(titles) != len(pictures):
        raise ValueError(f"plot_images: expected {len(pictures)} titles, got {len(titles)}")
    if columns is None:
        columns = max(round(math.sqrt(2 * len(pictures))), _ONE_ROW)
    columns = min(positive_integer(columns, "plot_images: columns"), len(pictures))
    rows = math.ceil(len(pictures) / columns)
    low, high = common_limits([picture for picture in pictures if picture.ndim == 2], limits)
    if colour_map is None:
        colour_map = SIGNED if isinstance(limits, str) and limits == "symmetric" else GREY
    above = _TITLE * (1 + max(title.count("\n") for title in titles)) if titles else 0.0
    above_all = _TITLE + 0.1 if suptitle else 0.0
    if figure is None:
        cell = min(_WIDTH / columns, _LARGEST_CELL)
        shape = max(picture.shape[0] / picture.shape[1] for picture in pictures)
        figure = new_figure(columns * cell, rows * (cell * shape + above) + above_all)
    if suptitle:
        figure.suptitle(suptitle, fontsize=11)
    grid = figure.subplots(rows, columns, squeeze=False).reshape(-1)
    for axes in grid[len(pictures) :]:
        axes.set_axis_off()
    width, height = width_in_inches(figure) / columns, (height_in_inches(figure) - above_all) / rows - above
    for number, (axes, picture) in enumerate(zip(grid, pictures, strict=False)):
        _draw(axes, picture, colour_map, low, high)
        if numbers is not None and picture.ndim == 2:
            pixel = min(width / picture.shape[1], height / picture.shape[0])
            _write_numbers(axes, picture, numbers if callable(numbers) else numbers.format, pixel)
        if titles:
            axes.set_title(titles[number], fontsize=9)
    return figure


def plot_kernels(
    kernel: np.ndarray | Layer,
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    numbers: str | Callable[[float], str] | None = None,
    suptitle: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw the kernels of a convolution, in one scale around 0.

    Parameters
    ----------
    kernel : array or Layer
        (rows, columns, input channels, filters), or a layer with such a weight ``kernel``. Filters over three channels
        are drawn in colours, grey being 0; over other numbers than one, a row for each channel and a column for
        each filter.
    titles : sequence of str, optional
        One above each filter, where each is one picture.
    columns, numbers, suptitle, figure
        As in :func:`plot_images`; ``columns`` not where channels have rows.

    Returns
    -------
    Figure or SubFigure

    Raises
    ------
    ValueError
        If a layer has no such weight, or the array another number of axes.
    """
    values = kernel
    if isinstance(kernel, Layer):
        if "kernel" not in kernel.weights:
            raise ValueError(f"plot_kernels: expected a built layer with a kernel, got {kernel.label}")
        values = kernel.weights["kernel"]
    values = np.asarray(values)
    if values.ndim != 4 or 0 in values.shape:
        raise ValueError(
            f"plot_kernels: expected a kernel (rows, columns, input channels, filters), got shape {values.shape}"
        )
    channels, filters = values.shape[2:]
    if channels == 3:
        most = float(np.abs(values).max()) or 1.0
        pictures = list(np.moveaxis(0.5 + 0.5 * values / most, 3, 0))
        return plot_images(pictures, titles, columns=columns, suptitle=suptitle, figure=figure)
    pictures = [values[:, :, channel, number] for channel in range(channels) for number in range(filters)]
    if channels > 1:
        columns = filters
    return plot_images(
        pictures, titles, columns=columns, limits="symmetric", numbers=numbers, suptitle=suptitle, figure=figure
    )


def plot_feature_maps(
    maps: Mapping[str, np.ndarray],
    *,
    channels: int = 8,
    colour_map: str = MAGNITUDE,
    suptitle: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw what layers make of one picture: a row for each layer, its first channels side by side.

    Parameters
    ----------
    maps : mapping of str to array
        By layer, (rows, columns, channels) or (1, rows, columns, channels), as
        :func:`~nativecnn.visualize.feature_maps` returns them. Each layer has its own scale.
    channels : int
        How many of each layer at most.
    colour_map : str
        One of matplotlib's.
    suptitle, figure
        As in :func:`plot_images`.

    Returns
    -------
    Figure or SubFigure

    Raises
    ------
    ValueError
        If there is no layer, or an array has another form.
    """
    layers = {name: _map_of_one(name, np.asarray(array)) for name, array in maps.items()}
    if not layers:
        raise ValueError("plot_feature_maps: expected at least one layer, got none")
    shown = positive_integer(channels, "plot_feature_maps: channels")
    columns = min(shown, max(array.shape[2] for array in layers.values()))
    if figure is None:
        cell = min(_WIDTH / columns, _LARGEST_CELL)
        figure = new_figure(columns * cell, len(layers) * (cell + _TITLE) + (_TITLE + 0.1 if suptitle else 0.0))
    if suptitle:
        figure.suptitle(suptitle, fontsize=11)
    parts = figure.subfigures(len(layers), 1, squeeze=False).reshape(-1)
    for part, (name, array) in zip(parts, layers.items(), strict=True):
        height, width, count = array.shape
        part.suptitle(f"{name}: {count} of {height} × {width}", fontsize=9, x=0.01, ha="left")
        low, high = common_limits([array], "shared")
        grid = part.subplots(1, columns, squeeze=False).reshape(-1)
        for number, axes in enumerate(grid):
            if number < count:
                _draw(axes, array[:, :, number], colour_map, low, high)
            else:
                axes.set_axis_off()
    return figure


def _picture(image: np.ndarray, number: int) -> np.ndarray:
    picture = np.asarray(image)
    if picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[:, :, 0]
    if picture.ndim not in (2, 3) or 0 in picture.shape or (picture.ndim == 3 and picture.shape[2] != 3):
        raise ValueError(
            "plot_images: expected pictures (rows, columns), with 1 or 3 channels or none, "
            f"got shape {picture.shape} as number {number}"
        )
    return picture


def _map_of_one(name: str, array: np.ndarray) -> np.ndarray:
    if array.ndim == 4 and len(array) == 1:
        array = array[0]
    if array.ndim != 3 or 0 in array.shape:
        raise ValueError(
            f"plot_feature_maps: {name!r}: expected maps (rows, columns, channels) of one picture, "
            f"got shape {array.shape}"
        )
    return array


def _draw(axes: Axes, picture: np.ndarray, colour_map: str, low: float | None, high: float | None) -> None:
    axes.imshow(picture, cmap=colour_map, vmin=low, vmax=high, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])


def _write_numbers(axes: Axes, picture: np.ndarray, text_of: Callable[[float], str], pixel: float) -> None:
    """Write a text into each pixel, whose size is given in inches."""
    texts = [text_of(value) for value in picture.reshape(-1).tolist()]
    points = 0.9 * pixel * 72
    size = min(points / max(map(_width_in_ems, texts)), points / 1.3, 12.0)
    (image,) = axes.images
    colours = image.cmap(image.norm(picture))
    dark = colours[..., :3] @ np.array([0.299, 0.587, 0.114]) < 0.5
    for text, (row, column) in zip(texts, np.ndindex(picture.shape), strict=True):
        colour = "white" if dark[row, column] else "black"
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color=colour)


def _width_in_ems(text: str) -> float:
    return sum(0.38 if letter in ".,-:; " else 0.66 for letter in text)
