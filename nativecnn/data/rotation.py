"""Sines and cosines of turns by stated operations of float64, and the matrices that turn images."""

from __future__ import annotations

import math

import numpy as np

_SINE = [(-1.0) ** k / math.factorial(2 * k + 1) for k in range(9)]
_COSINE = [(-1.0) ** k / math.factorial(2 * k) for k in range(10)]
_TURN = 2.0 * math.pi


def sine_and_cosine(turns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return sine and cosine (float64) of angles in turns: 0.25 is a right angle, and its cosine exactly 0."""
    quarters = np.rint(4.0 * turns)
    angle = (turns - quarters * 0.25) * _TURN  # at most an eighth of a turn; the difference is exact
    square = angle * angle
    sine, cosine = (np.full_like(angle, terms[-1]) for terms in (_SINE, _COSINE))
    for term in reversed(_SINE[:-1]):
        sine = sine * square + term
    for term in reversed(_COSINE[:-1]):
        cosine = cosine * square + term
    sine = sine * angle
    quadrant = quarters.astype(np.int64) % 4
    sines = np.choose(quadrant, [sine, cosine, -sine, -cosine])
    cosines = np.choose(quadrant, [cosine, -sine, -cosine, sine])
    return sines, cosines


def rotation_matrices(turns: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return matrices (float64, (samples, 2, 3)) for ``affine_bilinear`` that turn images counterclockwise.

    About the middle of the image; row and column of the middle stay where they are.
    """
    sine, cosine = sine_and_cosine(turns)
    row, column = (size[0] - 1) * 0.5, (size[1] - 1) * 0.5
    matrices = np.empty((len(turns), 2, 3))
    matrices[:, 0, 0], matrices[:, 0, 1] = cosine, sine
    matrices[:, 1, 0], matrices[:, 1, 1] = -sine, cosine
    matrices[:, 0, 2] = row - (cosine * row + sine * column)
    matrices[:, 1, 2] = column - (cosine * column - sine * row)
    return matrices
