"""Activations of docs/arithmetic-activations.md: reference, native kernels and second opinion give the same bits."""

import numpy as np
import pytest

from support import VALUES, random_array
from support.activations import ACTIVATIONS, READ_INPUT
from support.arrays import all_magnitudes

SETTINGS = {
    "leaky_relu": [(), (0.01,), (0.0,), (1e-40,)],
    "clipped_relu": [(), (6,), (None, 0.1), (2.5, 0.3), (0, 0.5)],
    "elu": [(), (0.4,), (0.0,)],
    "gelu": [(), (True,)],
}
CALLS = [(name, settings) for name in ACTIVATIONS for settings in SETTINGS.get(name, [()])]
ELEMENTWISE = [(name, settings) for name, settings in CALLS if name != "log_softmax"]
THRESHOLDS = (0.0, 0.1, 3.0)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("function, settings", CALLS)
def test_activation(agree, function, settings, values):
    x, dy = random_array(1, (4, 9, 31), values), random_array(2, (4, 9, 31), values)
    y = agree(function, x, *settings)
    agree(f"{function}_backward", dy, x if function in READ_INPUT else y, *settings)
    agree(f"{function}_backward", dy, x, *settings)  # any output


@pytest.mark.parametrize("function, settings", ELEMENTWISE)
def test_values_of_all_magnitudes(agree, function, settings):
    x, dy = all_magnitudes(1, 100_000), all_magnitudes(2, 100_000)
    agree(function, x, *settings)
    agree(f"{function}_backward", dy, x, *settings)


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("settings", SETTINGS["clipped_relu"], ids=str)
def test_thresholds(agree, settings, threshold):
    x = np.concatenate([all_magnitudes(1, 10_000), np.float32(threshold) + all_magnitudes(2, 1000) * np.float32(1e-7)])
    agree("clipped_relu", x, *settings, **{"threshold": threshold})


def test_gradient_of_the_exponential(agree):
    agree("exp_backward", all_magnitudes(1, 50_000), all_magnitudes(2, 50_000))


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize(
    "shape, slopes",
    [
        ((5, 3, 4, 9), (1, 1, 9)),
        ((2, 21, 30, 3), (1, 1, 3)),
        ((7, 3, 4, 5), (3, 4, 5)),
        ((700, 6), (6,)),
        ((3, 20, 30, 2), (1, 30, 1)),
        ((2, 5, 7, 3), (5, 1, 1)),
        ((4, 9, 11, 3), (1, 1, 1)),
        ((2, 1, 300, 4), (1, 1, 4)),
        ((300,), ()),
        ((0, 3, 4), (1, 4)),
    ],
    ids=str,
)
def test_prelu(agree, shape, slopes, values):
    x, dy, alpha = (np.asarray(random_array(i, s, values), np.float32) for i, s in enumerate((shape, shape, slopes)))
    agree("prelu", x, alpha)
    agree("prelu_backward", dy, x, alpha)


@pytest.mark.long
@pytest.mark.parametrize("function, settings", ELEMENTWISE)
@pytest.mark.parametrize("seed", range(5))
def test_millions_of_values(agree, function, settings, seed):
    x, dy = all_magnitudes(seed + 3, 1_000_000), all_magnitudes(seed + 10, 1_000_000)
    agree(function, x, *settings)
    agree(f"{function}_backward", dy, x, *settings)
