"""The reference's optimizer steps against their publications' formulas in float64."""

import numpy as np
import pytest

from nativecnn import reference
from support import random_array

STEPS = 20


def gradients():
    return [random_array(seed, 50).astype(float) for seed in range(STEPS)]


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-13)])
@pytest.mark.parametrize("momentum, nesterov", [(None, False), (0.9, False), (0.9, True)])
def test_sgd_follows_its_formula(dtype, tolerance, momentum, nesterov):
    rate = 0.05
    weights = random_array(99, 50).astype(dtype)
    velocity = None if momentum is None else np.zeros_like(weights)
    expected, speed = weights.astype(float), np.zeros(50)
    for gradient in gradients():
        reference.sgd(weights, gradient.astype(dtype), velocity, rate, momentum or 0.0, nesterov)
        if momentum is None:
            expected = expected - rate * gradient
        else:
            speed = momentum * speed - rate * gradient
            expected = expected + (momentum * speed - rate * gradient if nesterov else speed)
    np.testing.assert_allclose(weights, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_adam_follows_algorithm_1_of_its_paper(dtype, tolerance):
    rate, beta_1, beta_2, epsilon = 0.01, 0.9, 0.999, 1e-7
    weights = random_array(99, 50).astype(dtype)
    mean, variance = np.zeros_like(weights), np.zeros_like(weights)
    expected, m, v = weights.astype(float), np.zeros(50), np.zeros(50)
    for step, gradient in enumerate(gradients(), start=1):
        correction = np.sqrt(1 - beta_2**step)
        step_size = rate * correction / (1 - beta_1**step)
        # The paper's epsilon is added to the corrected root, this one to the uncorrected ("epsilon hat").
        reference.adam(weights, gradient.astype(dtype), mean, variance, step_size, beta_1, beta_2, epsilon)
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * gradient**2
        m_hat, v_hat = m / (1 - beta_1**step), v / (1 - beta_2**step)
        expected = expected - rate * m_hat / (np.sqrt(v_hat) + epsilon / correction)
    np.testing.assert_allclose(weights, expected, rtol=tolerance, atol=tolerance)


def test_states_are_kept_up():
    weights, mean, variance = np.zeros(3, np.float32), np.zeros(3, np.float32), np.zeros(3, np.float32)
    gradient = np.float32([1, -2, 0])
    reference.adam(weights, gradient, mean, variance, 0.1, 0.5, 0.75, 0.0078125)
    np.testing.assert_array_equal(mean, [0.5, -1, 0])
    np.testing.assert_array_equal(variance, [0.25, 1, 0])
    assert weights[0] < 0 < weights[1] and weights[2] == 0
