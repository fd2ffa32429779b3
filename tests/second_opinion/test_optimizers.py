"""Optimizers, step after step: reference, native kernels and second opinion give the same bits."""

import numpy as np
import pytest

from nativecnn import _kernels, reference
from nativecnn.optimizers import SGD, Adam, OptimizerState, WeightGradient
from support import VALUES, assert_same_bits, random_array

SIZES = (1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 1000)


def weights_after(backend, optimizer, weights, gradients):
    """Return the weights after each step."""
    weights, state, after = weights.copy(), OptimizerState(), []
    for gradient in gradients:
        optimizer.begin_step(state)
        with np.errstate(all="ignore"):
            optimizer.prepare_update(backend, state, WeightGradient("layer/kernel", weights, gradient))()
        after.append(weights.copy())
    return after


def second_opinion(opinion, optimizer, weights, gradients):
    weights, after = weights.copy(), []
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for number, gradient in enumerate(gradients, 1):
        if isinstance(optimizer, Adam):
            settings = optimizer.learning_rate, optimizer.beta_1, optimizer.beta_2, optimizer.epsilon
            opinion.adam(weights, gradient, first, second, *settings, number)
        elif optimizer.momentum:
            opinion.sgd_with_momentum(
                weights, gradient, first, optimizer.learning_rate, optimizer.momentum, optimizer.nesterov
            )
        else:
            opinion.sgd(weights, gradient, optimizer.learning_rate)
        after.append(weights.copy())
    return after


def check(opinion, optimizer, size, values, steps=6, seed=1):
    weights = random_array(seed, size, values)
    gradients = [random_array(seed + 1 + step, size, values) for step in range(steps)]
    expected = second_opinion(opinion, optimizer, weights, gradients)
    for backend in (reference, _kernels):
        assert_same_bits(weights_after(backend, optimizer, weights, gradients), expected)


OPTIMIZERS = {
    "sgd": SGD(0.01),
    "momentum": SGD(0.1, momentum=0.9),
    "nesterov": SGD(0.03, momentum=0.85, nesterov=True),
    "adam": Adam(),
    "adam_settings": Adam(0.02, beta_1=0.7, beta_2=0.97, epsilon=1e-3),
    "adam_without_memory": Adam(0.02, beta_1=0.0, beta_2=0.0, epsilon=0.0),
}


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_steps(opinion, optimizer, values):
    for size in SIZES:
        check(opinion, optimizer, size, values)


# Its product with √(1 − β₂ᵗ) / (1 − β₁ᵗ) lies so close to the middle of two float32 values that multiplying by the root
# first and dividing then gives the other.
RATE_THAT_SHOWS_THE_ORDER = 0.0027708885778026217


def test_the_root_of_adams_step_is_divided_before_it_meets_the_rate(opinion):
    check(opinion, Adam(RATE_THAT_SHOWS_THE_ORDER), 1000, "plain", steps=1)


def test_many_steps_of_adam(opinion):
    check(opinion, Adam(0.003), 5, "plain", steps=1500)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100))
def test_random_settings(opinion, seed):
    generator = np.random.default_rng(seed)
    rate, first, second = map(float, generator.random(3))
    optimizer = (
        SGD(rate),
        SGD(rate, momentum=first),
        SGD(rate, momentum=first, nesterov=True),
        Adam(rate, first, second, float(10 ** generator.uniform(-12, 0))),
    )[seed % 4]
    check(opinion, optimizer, int(generator.integers(1, 500)), VALUES[generator.integers(5)], steps=20, seed=seed)
