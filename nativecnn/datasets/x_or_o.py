"""Pictures of X and O, drawn: the smallest data set on which a convolutional network shows what it can."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from nativecnn._kernels.floating_point import contract_state
from nativecnn.checks import number_between, positive_integer
from nativecnn.random import Stream

from .handwritten import Samples

SIZE = 9  # pixels a side
VARIATIONS = ("translation", "scaling", "rotation", "weight")

_CENTRE = (SIZE - 1) / 2
_HALF_SIZE = 3.0  # pixels from the centre to a letter's edge
_WEIGHT = 0.7  # pixels across a stroke
_SHARPNESS = 1.5  # by how much the value falls from one pixel to the next across a stroke's edge

# How far the variations go at strength 1.
_LARGEST_TRANSLATION = 1.0  # pixels, by row and by column
_SCALES = (0.6, 1.25)
_LARGEST_HALF_ANGLE_TANGENT = 0.1875  # rotations of up to 21.2 degrees
_WEIGHTS = (0.5, 1.7)
_GREATEST_STRENGTH = 2.0  # beyond it, some letters are too small or too much cut off to be told apart

# Strokes from (row, column) to (row, column), in half sizes from the centre.
_OCTAGON = [(-1, -1 / 3), (-1, 1 / 3), (-1 / 3, 1), (1 / 3, 1), (1, 1 / 3), (1, -1 / 3), (1 / 3, -1), (-1 / 3, -1)]
_LETTERS = (
    [((-1, -1), (1, 1)), ((-1, 1), (1, -1))],  # X
    list(zip(_OCTAGON, _OCTAGON[1:] + _OCTAGON[:1], strict=True)),  # O
)


@contract_state
def make_x_or_o(
    samples: int, seed: int = 0, *, variations: Iterable[str] = VARIATIONS, strength: float = 1.0
) -> Samples:
    """Draw pictures of X and O, the same bits everywhere.

    Without variations every picture is the X or the O of the source below. The variations make the trickier cases;
    each draws its own random numbers, so leaving one out does not change the others, and the first pictures of many
    are those of few.

    Parameters
    ----------
    samples : int
        How many to draw.
    seed : int
        Chooses letters and variations.
    variations : iterable of str
        Any of ``"translation"`` (up to 1 pixel each way), ``"scaling"`` (0.6 to 1.25), ``"rotation"`` (up to 21 degrees
        either way) and ``"weight"`` (strokes 0.5 to 1.7 pixels wide instead of 0.7); all of them by default.
    strength : float
        How far the variations go, 0 to 2: at 2 translations of up to 2 pixels, scales 0.43 to 1.5, rotations of up to
        41 degrees, strokes 0.39 to 2.7 pixels wide.

    Returns
    -------
    x, y
        Pictures float32, (samples, 9, 9, 1), from −1, the ground, to 1, a stroke; labels int64, (samples,), 0 for X
        and 1 for O.

    Raises
    ------
    TypeError
        If ``samples`` or ``seed`` is no integer, or ``strength`` no number.
    ValueError
        If ``samples`` or ``seed`` is negative, ``strength`` not from 0 to 2, or there is no variation of a name.

    References
    ----------
    Rohrer: How convolutional neural networks work, 2016.

    Examples
    --------
    >>> x, y = make_x_or_o(1000)
    >>> x.shape, y[:5].tolist()
    ((1000, 9, 9, 1), [0, 0, 1, 0, 0])
    """
    samples = positive_integer(samples, "make_x_or_o: samples", minimum=0)
    seed = positive_integer(seed, "make_x_or_o: seed", minimum=0)
    chosen = _checked_variations(variations)
    strength = number_between(strength, "make_x_or_o: strength", high=_GREATEST_STRENGTH, high_included=True)

    def between(variation: str, low: float, high: float, usual: float, columns: int = 1) -> np.ndarray:
        """Return random float64 numbers, shape (samples, columns), or the usual one where nothing is to vary."""
        if variation not in chosen:
            return np.full((samples, columns), usual)
        numbers = Stream(seed, "x_or_o", variation).uniform((samples, columns)).astype(np.float64)
        return low + (high - low) * numbers

    labels = (Stream(seed, "x_or_o", "letter").bits(samples) >> np.uint64(63)).astype(np.int64)
    translation = strength * _LARGEST_TRANSLATION
    shift = between("translation", -translation, translation, 0.0, 2)
    half_size = _HALF_SIZE * between("scaling", *_widened(*_SCALES, 1.0, strength), 1.0)
    weight = between("weight", *_widened(*_WEIGHTS, _WEIGHT, strength), _WEIGHT)
    # Cosine and sine from the tangent of half the angle: no function whose bits differ between machines.
    largest_tangent = strength * _LARGEST_HALF_ANGLE_TANGENT
    tangent = between("rotation", -largest_tangent, largest_tangent, 0.0)
    cosine = (1.0 - tangent * tangent) / (1.0 + tangent * tangent)
    sine = (2.0 * tangent) / (1.0 + tangent * tangent)

    pixels = np.arange(SIZE * SIZE)
    rows = (pixels // SIZE - _CENTRE) - shift[:, :1]  # (samples, pixels)
    columns = (pixels % SIZE - _CENTRE) - shift[:, 1:]
    rows, columns = (cosine * rows - sine * columns) / half_size, (sine * rows + cosine * columns) / half_size
    distance = np.empty(rows.shape)
    for label, strokes in enumerate(_LETTERS):
        drawn = labels == label
        distance[drawn] = _distance(rows[drawn], columns[drawn], strokes)
    ink = np.clip(_SHARPNESS * (0.5 * weight - distance * half_size) + 0.5, 0.0, 1.0)
    return (2.0 * ink - 1.0).astype(np.float32).reshape(samples, SIZE, SIZE, 1), labels


def _widened(low: float, high: float, usual: float, strength: float) -> tuple[float, float]:
    """Return the ends of an interval around the usual value ``strength`` times as far from it.

    Downwards that is meant of the quotient, so that no size comes to zero.
    """
    return usual / (1.0 + strength * (usual / low - 1.0)), usual + strength * (high - usual)


def _distance(rows: np.ndarray, columns: np.ndarray, strokes: list) -> np.ndarray:
    """Return how far points are from the nearest of some strokes, by float64 operations that IEEE 754 rounds."""
    nearest = np.full(rows.shape, np.inf)
    for (first_row, first_column), (last_row, last_column) in strokes:
        along_rows, along_columns = last_row - first_row, last_column - first_column
        from_rows, from_columns = rows - first_row, columns - first_column
        length = along_rows * along_rows + along_columns * along_columns
        place = np.clip((from_rows * along_rows + from_columns * along_columns) / length, 0.0, 1.0)
        off_rows, off_columns = from_rows - place * along_rows, from_columns - place * along_columns
        nearest = np.minimum(nearest, off_rows * off_rows + off_columns * off_columns)
    return np.sqrt(nearest)


def _checked_variations(variations: Iterable[str]) -> set[str]:
    chosen = {variations} if isinstance(variations, str) else set(variations)
    unknown = sorted(chosen - set(VARIATIONS), key=str)
    if unknown:
        raise ValueError(f"make_x_or_o: variations: expected some of {VARIATIONS}, got {unknown[0]!r}")
    return chosen
