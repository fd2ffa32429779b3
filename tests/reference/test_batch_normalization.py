"""The reference's batch normalization: exact sums and roundings of single values, gradients against differences."""

import math
from fractions import Fraction

import numpy as np
import pytest

from nativecnn import reference
from support import assert_same_bits, random_array
from support.differences import central_differences

SHAPES = [(1, 1, 1, 2), (3, 4, 5, 2), (300, 1, 1, 3), (2, 20, 21, 1)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_statistics_are_mean_and_biased_variance(shape, dtype):
    x = random_array(1, shape).astype(dtype)
    mean, variance = np.empty(shape[3], dtype), np.empty(shape[3], dtype)
    reference.batch_statistics(x, mean, variance)
    for channel in range(shape[3]):
        values = x[..., channel].reshape(-1).astype(float).tolist()
        exact = math.fsum(values) / len(values)
        spread = math.fsum((value - exact) ** 2 for value in values) / len(values)
        bound = 300 * np.finfo(dtype).eps
        assert abs(mean[channel] - exact) <= bound * max(map(abs, values))
        assert abs(variance[channel] - spread) <= bound * max(spread, 1)


def test_each_operation_is_rounded_once():
    """By exact arithmetic on numbers that show where roundings are."""
    x, gamma, beta, mean, variance = (np.float32([value]) for value in (1.7, 1.3, 0.7, 0.3, 1.9))
    scale, shift, y = np.empty(1, np.float32), np.empty(1, np.float32), np.empty((1, 1), np.float32)
    reference.batch_normalization_coefficients(gamma, beta, mean, variance, 1e-3, scale, shift)
    root = np.float32(np.sqrt(np.float64(np.float32(variance + np.float32(1e-3)))))  # innocuous double rounding
    assert_same_bits(scale, gamma / root)
    exact = Fraction(float(-mean[0])) * Fraction(float(scale[0])) + Fraction(float(beta[0]))
    assert shift[0] == np.float32(float(exact))
    reference.scale_shift(x[None], scale, shift, y)
    exact = Fraction(float(x[0])) * Fraction(float(scale[0])) + Fraction(float(shift[0]))
    assert y[0, 0] == np.float32(float(exact))


def test_without_gamma_and_beta_they_are_one_and_zero():
    mean, variance = random_array(1, (9,), "special"), abs(random_array(2, (9,), "special"))
    results = []
    for gamma, beta in ((None, None), (np.ones(9, np.float32), np.zeros(9, np.float32))):
        scale, shift = np.empty(9, np.float32), np.empty(9, np.float32)
        reference.batch_normalization_coefficients(gamma, beta, mean, variance, 1e-3, scale, shift)
        results.append((scale, shift))
    assert_same_bits(*results)


def test_fused_relu_is_relu_afterwards():
    x, scale, shift = (random_array(seed, shape, "special") for seed, shape in ((1, (30, 7)), (2, (7,)), (3, (7,))))
    fused, y = np.empty_like(x), np.empty_like(x)
    reference.scale_shift(x, scale, shift, fused, relu=True)
    reference.scale_shift(x, scale, shift, y)
    reference.relu(y, y)
    assert_same_bits(fused, y)


@pytest.mark.parametrize("shape", SHAPES[1:], ids=str)
@pytest.mark.parametrize("with_weights", [True, False])
def test_gradients_are_how_the_output_changes(shape, with_weights):
    shape = (min(shape[0], 5), *shape[1:])
    x, dy = random_array(1, shape).astype(float), random_array(2, shape).astype(float)
    gamma, beta = (random_array(seed, shape[3:]).astype(float) if with_weights else None for seed in (3, 4))
    mean, variance, scale, shift, dgamma, dbeta = (np.empty(shape[3]) for _ in range(6))
    y, dx = np.empty(shape), np.empty(shape)

    def weighted_output():
        reference.batch_statistics(x, mean, variance)
        reference.batch_normalization_coefficients(gamma, beta, mean, variance, 1e-3, scale, shift)
        reference.scale_shift(x, scale, shift, y)
        return (y * dy).sum()

    weighted_output()
    reference.batch_normalization_weight_gradients(dy, x, mean, variance, 1e-3, dgamma, dbeta)
    reference.batch_normalization_input_gradient(dy, x, gamma, mean, variance, 1e-3, dgamma, dbeta, dx)
    np.testing.assert_allclose(dx, central_differences(weighted_output, x), rtol=1e-6, atol=1e-7)
    if with_weights:
        for array, gradient in ((gamma, dgamma), (beta, dbeta)):
            np.testing.assert_allclose(gradient, central_differences(weighted_output, array), rtol=1e-6, atol=1e-7)
