"""Matrices with orthonormal columns, in float64."""

from __future__ import annotations

import numpy as np


def orthonormalize(matrix):
    """Make the columns of a float64 matrix (rows, columns), of at least as many rows, orthonormal in place.

    The modified Gram-Schmidt process (Björck 1967): each column in turn is divided by its norm, then its part is taken
    out of every column after it. All sums are in the order of the rows.
    """
    for number in range(matrix.shape[1]):
        column = matrix[:, number]
        column /= np.sqrt(_sum_of_rows(column * column))
        later = matrix[:, number + 1 :]
        later -= _sum_of_rows(column[:, None] * later) * column[:, None]


def _sum_of_rows(terms):
    """Return +0 plus the first row plus the second, and so on."""
    return np.add.accumulate(np.concatenate([np.zeros((1, *terms.shape[1:])), terms]))[-1]
