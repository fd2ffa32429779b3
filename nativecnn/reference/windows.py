"""Cutting out of images."""

from __future__ import annotations

import numpy as np


def window(image, top, left, rows, columns):
    """Return ``rows`` × ``columns`` pixels of ``image`` from ``(top, left)`` on, zeros outside of it."""
    result = np.zeros((image.shape[0], rows, columns, image.shape[3]), image.dtype)
    first_row, last_row = max(top, 0), min(top + rows, image.shape[1])
    first_column, last_column = max(left, 0), min(left + columns, image.shape[2])
    if first_row < last_row and first_column < last_column:
        result[:, first_row - top : last_row - top, first_column - left : last_column - left] = image[
            :, first_row:last_row, first_column:last_column
        ]
    return result


def tiles(image, top, left, counts, size, step):
    """Return square tiles, the first at ``(top, left)``, zeros outside of the image.

    Parameters
    ----------
    image : array, shape (samples, rows, columns, channels)
    top, left : int
        The first tile's first pixel; negative above and left of the image.
    counts : (int, int)
        Tiles below and beside one another.
    size, step : int
        Sides of a tile, and from one tile to the next, in pixels.

    Returns
    -------
    numpy.ndarray, shape (size, size, samples, tile rows, tile columns, channels)
    """
    rows, columns = (max((count - 1) * step + size, 0) for count in counts)
    image = window(image, top, left, rows, columns)
    result = np.empty((size, size, image.shape[0], *counts, image.shape[3]), image.dtype)
    for row in range(size):
        for column in range(size):
            pixels = image[:, row::step, column::step]
            result[row, column] = pixels[:, : counts[0], : counts[1]]
    return result
