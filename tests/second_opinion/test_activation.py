"""Activations and their gradients: reference, native kernels and second opinion give the same bits."""

import numpy as np
import pytest

from support import VALUES, random_array
from support.arrays import all_magnitudes

ROWS = (1, 2, 3, 5, 17)
COUNTS = (1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 31, 33, 100)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("function", ("relu", "sigmoid", "tanh"))
def test_activation(agree, function, values):
    x, dy = random_array(1, (4, 9, 31), values), random_array(2, (4, 9, 31), values)
    y = agree(function, x)
    agree(f"{function}_backward", dy, y)
    agree(f"{function}_backward", dy, x)  # any output


@pytest.mark.parametrize("function", ("relu", "sigmoid", "tanh"))
def test_gradients_of_all_magnitudes(agree, function):
    agree(f"{function}_backward", all_magnitudes(1, 50_000), all_magnitudes(2, 50_000))


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("count", COUNTS)
def test_softmax(agree, count, values):
    for rows in ROWS:
        x, dy = random_array(count, (rows, count), values), random_array(count + 1, (rows, count), values)
        y = agree("softmax", x)
        agree("softmax_backward", dy, y)
        agree("softmax_backward", dy, x)  # any output


def test_softmax_of_ties_and_infinities(agree):
    few = np.array([-np.inf, -0.0, 0.0, 3, 3, np.inf, np.nan], np.float32)
    agree("softmax", np.random.default_rng(1).choice(few, (500, 4)))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(50))
def test_random_softmax(agree, seed):
    rows, count = map(int, np.random.default_rng(seed).integers(1, (300, 200)))
    x, dy = (random_array(seed + i, (rows, count), VALUES[seed % len(VALUES)]) for i in (0, 1000))
    with np.errstate(over="ignore"):
        x = x * np.float32(1 + seed)
    agree("softmax_backward", dy, agree("softmax", x))
