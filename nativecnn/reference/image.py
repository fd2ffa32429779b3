"""Images whose pixels are taken from other places: copies, and bilinear interpolation between four pixels."""

import numpy as np


def take_pixels(x, rows, columns, fill, y):
    """Write into ``y`` the pixels of ``x`` at given rows and columns, or ``fill`` where a number is negative.

    x (samples, rows, columns, channels), rows (samples, output rows), columns (samples, output columns),
    fill (channels,), y (samples, output rows, output columns, channels); all but rows and columns of one dtype.
    """
    samples = np.arange(len(x))[:, np.newaxis, np.newaxis]
    h, w = rows[:, :, np.newaxis], columns[:, np.newaxis, :]
    inside = (h >= 0) & (w >= 0)
    y[...] = np.where(inside[..., np.newaxis], x[samples, np.where(inside, h, 0), np.where(inside, w, 0)], fill)


def affine_bilinear(x, matrices, fill_mode, fill_value, y):
    """Write into ``y`` the images ``x``, each seen through its matrix.

    x (samples, rows, columns, channels), matrices (samples, 2, 3; float64): from an output pixel's row and column to a
    place in the image; fill_mode: "constant", "nearest", "wrap" or "reflect".
    """
    samples, image_rows, image_columns, _ = x.shape
    h, w = (np.arange(size, dtype=np.float64) for size in y.shape[1:3])
    h, w = h[np.newaxis, :, np.newaxis], w[np.newaxis, np.newaxis, :]
    m = matrices[:, :, :, np.newaxis, np.newaxis]
    row = (m[:, 0, 0] * h + m[:, 0, 1] * w) + m[:, 0, 2]
    column = (m[:, 1, 0] * h + m[:, 1, 1] * w) + m[:, 1, 2]
    first_row, first_column = np.floor(row), np.floor(column)
    down, right = (row - first_row)[..., np.newaxis], (column - first_column)[..., np.newaxis]

    def pixels(below, beside):
        r = mirrored(first_row.astype(np.int64) + below, image_rows, fill_mode)
        c = mirrored(first_column.astype(np.int64) + beside, image_columns, fill_mode)
        inside = (r >= 0) & (c >= 0)
        found = x[np.arange(samples)[:, np.newaxis, np.newaxis], np.where(inside, r, 0), np.where(inside, c, 0)]
        return np.where(inside[..., np.newaxis], found, fill_value).astype(np.float64)

    with np.errstate(all="ignore"):
        top = pixels(0, 0) * (1.0 - right) + pixels(0, 1) * right
        bottom = pixels(1, 0) * (1.0 - right) + pixels(1, 1) * right
        y[...] = (top * (1.0 - down) + bottom * down).astype(x.dtype)


def mirrored(numbers, size, fill_mode):
    """Return the rows (or columns) of an image that stand for numbers beyond its ``size``; -1 for none."""
    if fill_mode == "nearest":
        return np.clip(numbers, 0, size - 1)
    if fill_mode == "wrap":
        return numbers % size
    if fill_mode == "reflect":
        around = numbers % (2 * size)
        return np.where(around < size, around, 2 * size - 1 - around)
    return np.where((numbers >= 0) & (numbers < size), numbers, -1)
