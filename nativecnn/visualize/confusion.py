"""Which classes are taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .style import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure


def confusion_matrix(true: object, predicted: object, classes: int | None = None) -> np.ndarray:
    """Count how often each class was taken for each.

    Parameters
    ----------
    true : array of int
        The right classes, (samples,) or (samples, 1), from 0.
    predicted : array
        The classes said, likewise, or the outputs of a model, (samples, classes), of which the first largest counts.
    classes : int, optional
        How many there are; by default as many as outputs, or as the largest class asks for.

    Returns
    -------
    array of int64
        (classes, classes): in row i and column j how many samples of class i were said to be j.

    Raises
    ------
    TypeError
        If classes are no integers.
    ValueError
        If the numbers of samples differ, or a class is not from 0 to below ``classes``.
    """
    right = _classes(np.asarray(true), "true")
    outputs = np.asarray(predicted)
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        said = outputs.argmax(axis=1)
        classes = outputs.shape[1] if classes is None else classes
    else:
        said = _classes(outputs, "predicted")
    if len(right) != len(said):
        raise ValueError(f"confusion_matrix: expected predictions of {len(right)} samples, got {len(said)}")
    if classes is None:
        classes = int(max(right.max(initial=-1), said.max(initial=-1))) + 1
    for numbers, what in ((right, "true"), (said, "predicted")):
        wrong = numbers[(numbers < 0) | (numbers >= classes)]
        if wrong.size:
            raise ValueError(f"confusion_matrix: {what}: expected classes from 0 to {classes - 1}, got {wrong[0]}")
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (right, said), 1)
    return matrix


def plot_confusion_matrix(
    matrix: np.ndarray,
    names: Sequence[object] | None = None,
    *,
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw a confusion matrix: counts as numbers, the part of each row's samples as a shade.

    Parameters
    ----------
    matrix : array of int
        (classes, classes), as :func:`confusion_matrix` returns it.
    names : sequence, optional
        Of the classes; by default their numbers.
    title : str, optional
    figure : Figure or SubFigure, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Figure or SubFigure

    Raises
    ------
    ValueError
        If it is no square matrix of counts, or there is another number of names.
    ImportError
        If matplotlib is missing (extra ``plots``).
    """
    counts = np.asarray(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.size or counts.min() < 0:
        raise ValueError(f"plot_confusion_matrix: expected a square matrix of counts, got shape {counts.shape}")
    labels = [str(name) for name in (range(len(counts)) if names is None else names)]
    if len(labels) != len(counts):
        raise ValueError(f"plot_confusion_matrix: expected {len(counts)} names, got {len(labels)}")
    if figure is None:
        side = min(2.0 + 0.4 * len(counts), 9.0)
        figure = new_figure(side, side)
    axes = figure.subplots()
    parts = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(parts, cmap="Blues", vmin=0.0, vmax=1.0)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if parts[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(len(counts)), labels, rotation=90 if max(map(len, labels)) > 3 else 0)
    axes.set_yticks(range(len(counts)), labels)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    if title:
        axes.set_title(title, fontsize=10)
    return figure


def _classes(array: np.ndarray, what: str) -> np.ndarray:
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"confusion_matrix: {what}: expected classes of shape (samples,), got shape {array.shape}")
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"confusion_matrix: {what}: expected integers, got {array.dtype}")
    return array.astype(np.int64)
