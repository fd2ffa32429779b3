"""Normalizations and dropout: reference, native kernels and second opinion give the same bits."""

import pytest

from support import VALUES, random_array

SHAPES = ((3, 5), (700, 3), (4, 9, 5), (2, 300, 3), (3, 4, 5, 17), (2, 20, 21, 3), (2, 3, 4, 5, 6))


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("weights", (True, False))
def test_batch_normalization(agree, shape, values, weights):
    x, dy = random_array(1, shape, values), random_array(2, shape, values)
    gamma, beta = (random_array(seed, shape[-1:], values) if weights else None for seed in (3, 4))
    mean, variance = agree("batch_statistics", x)
    agree("batch_normalization", x, mean, variance, gamma, beta)
    agree("batch_normalization_backward", dy, x, mean, variance, gamma, epsilon=1e-5)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("shape", (*SHAPES, (4, 16), (5, 100), (3, 2, 257)), ids=str)
@pytest.mark.parametrize("gamma, beta", [(True, True), (True, False), (False, True), (False, False)])
def test_layer_normalization(agree, shape, values, gamma, beta):
    x, dy = random_array(1, shape, values), random_array(2, shape, values)
    gamma, beta = (random_array(3 + given, shape[-1:], values) if given else None for given in (gamma, beta))
    agree("layer_normalization", x, gamma, beta)
    agree("layer_normalization_backward", dy, x, gamma, epsilon=1e-5)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("channels", (1, 2, 4, 5, 8, 9, 17, 33))
@pytest.mark.parametrize("size", (1, 3, 5, 9))
def test_local_response_normalization(agree, channels, size, values):
    x, dy = random_array(1, (3, 5, channels), values), random_array(2, (3, 5, channels), values)
    for beta, k in ((0.75, 2.0), (0.5, 1.0), (1.0, 0.5), (0.6, 1.5)):
        agree("local_response_normalization", x, size=size, alpha=0.3, beta=beta, k=k)
        agree("local_response_normalization_backward", dy, x, size=size, alpha=0.3, beta=beta, k=k)


@pytest.mark.parametrize("rate", (0.1, 0.5, 0.75, 0.999))
@pytest.mark.parametrize("spatial", (True, False))
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_dropout(agree, shape, spatial, rate):
    agree("dropout", random_array(1, shape, "special"), rate, seed=3, step=7, spatial=spatial)
