"""The reference's local response normalization against its formula, its gradient against differences."""

import math

import numpy as np
import pytest

from nativecnn import reference
from support import assert_same_bits, random_array
from support.differences import central_differences
from support.exact import fma

SETTINGS = [(5, 1e-4, 0.75, 2.0), (3, 1.0, 0.5, 1.0), (7, 0.3, 1.0, 0.5), (9, 0.2, 0.6, 1.5)]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_it_is_the_formula(settings):
    size, alpha, beta, k = settings
    x, y = random_array(1, (6, 8)), np.empty((6, 8), np.float32)
    reference.local_response_normalization(x, *settings, y)
    for (pixel, channel), value in np.ndenumerate(y):
        neighbours = x[pixel, max(0, channel - size // 2) : channel + size // 2 + 1].astype(float)
        expected = x[pixel, channel] / (k + alpha * math.fsum(neighbours**2)) ** beta
        assert value == pytest.approx(expected, rel=2e-6)


def test_squares_are_summed_by_ascending_channel():
    x = random_array(1, (20, 6), "cancelling")
    y = np.empty_like(x)
    reference.local_response_normalization(x, 5, 1.0, 1.0, 0.0, y)
    for (pixel, channel), value in np.ndenumerate(y):
        total = 0.0
        for neighbour in range(max(0, channel - 2), min(6, channel + 3)):
            total = fma(x[pixel, neighbour], x[pixel, neighbour], total)
        assert_same_bits(value, x[pixel, channel] / np.float32(total))


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_gradient_is_how_the_output_changes(settings):
    x, dy = random_array(1, (3, 8)).astype(float), random_array(2, (3, 8)).astype(float)
    y, dx = np.empty_like(x), np.empty_like(x)

    def weighted_output():
        reference.local_response_normalization(x, *settings, y)
        return (y * dy).sum()

    reference.local_response_normalization_gradient(dy, x, *settings, dx)
    np.testing.assert_allclose(dx, central_differences(weighted_output, x), rtol=1e-7, atol=1e-8)
