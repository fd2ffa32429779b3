"""Pixels taken from other places, against loops over exact numbers and against NumPy's own padding."""

from fractions import Fraction

import numpy as np
import pytest

from nativecnn import reference
from nativecnn.reference.image import mirrored

PADDING = {"nearest": "edge", "wrap": "wrap", "reflect": "symmetric"}


@pytest.mark.parametrize("fill_mode", PADDING)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_numbers_beyond_an_image_stand_for_those_that_numpy_pads_with(fill_mode, size):
    expected = np.pad(np.arange(size), 13, mode=PADDING[fill_mode])
    assert mirrored(np.arange(-13, size + 13), size, fill_mode).tolist() == expected.tolist()
    assert mirrored(np.arange(-2, 4), 2, "constant").tolist() == [-1, -1, 0, 1, -1, -1]


def test_pixels_are_taken():
    x = np.arange(24, dtype=np.float32).reshape(1, 3, 4, 2)
    y = np.empty((1, 2, 3, 2), np.float32)
    reference.take_pixels(x, np.array([[2, -1]]), np.array([[0, -1, 3]]), np.array([7, 8], np.float32), y)
    assert y.tolist() == [[[[16, 17], [7, 8], [22, 23]], [[7, 8], [7, 8], [7, 8]]]]


def test_interpolation_is_within_the_error_of_its_roundings():
    generator = np.random.default_rng(5)
    x = generator.standard_normal((1, 6, 5, 1)).astype(np.float32)
    matrix = generator.standard_normal((1, 2, 3))
    y = np.empty((1, 4, 4, 1), np.float32)
    reference.affine_bilinear(x, matrix, "nearest", np.float32(0), y)
    m = [[Fraction(float(value)) for value in row] for row in matrix[0]]

    def pixel(r, c):
        return Fraction(float(x[0, min(max(r, 0), 5), min(max(c, 0), 4), 0]))

    for h in range(4):
        for w in range(4):
            row, column = (line[0] * h + line[1] * w + line[2] for line in m)
            r, c = row // 1, column // 1
            down, right = row - r, column - c
            top = pixel(r, c) * (1 - right) + pixel(r, c + 1) * right
            bottom = pixel(r + 1, c) * (1 - right) + pixel(r + 1, c + 1) * right
            exact = top * (1 - down) + bottom * down
            assert abs(Fraction(float(y[0, h, w, 0])) - exact) <= Fraction(1, 2**23)


def test_a_matrix_that_leaves_pixels_where_they_are_changes_no_value():
    x = np.random.default_rng(6).standard_normal((2, 5, 4, 3)).astype(np.float32)
    y = np.empty_like(x)
    for fill_mode in (*PADDING, "constant"):
        reference.affine_bilinear(x, np.array([[[1, 0, 0], [0, 1, 0.0]]] * 2), fill_mode, np.float32(9), y)
        assert np.array_equal(y, x)
