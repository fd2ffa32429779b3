"""Optimizer steps, native against reference."""

import pytest

from nativecnn._kernels.threads import threads
from support import VALUES, State, assert_same_bits, call_native, call_reference, random_array

SIZES = (0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 33, 8191, 8192, 8193, 20000)  # a task is 8192 weights


def check(size, *arguments):
    with threads(1 + size % 4):
        assert_same_bits(call_native(*arguments), call_reference(*arguments))


@pytest.mark.parametrize("momentum, nesterov", [(None, False), (0.0, False), (0.9, False), (0.9, True), (1.0, True)])
@pytest.mark.parametrize("size", SIZES)
def test_sgd_s_bits_are_the_reference_s(size, momentum, nesterov, instruction_set):
    for values in VALUES:
        weights, gradient, velocity = (random_array(size + i, size, values) for i in range(3))
        state = None if momentum is None else State(velocity)
        check(size, "sgd", State(weights), gradient, state, 0.01, momentum or 0.0, nesterov)


@pytest.mark.parametrize("rate", [0.0, 1e-3, 0.1, 1.0, 1e-40, 1e-300, 3e38, float("inf"), float("nan"), -0.1])
def test_sgd_with_any_rate(rate, instruction_set):
    weights, gradient, velocity = (random_array(i, 300, "special") for i in range(3))
    check(3, "sgd", State(weights), gradient, None, rate, 0.0, False)
    check(3, "sgd", State(weights), gradient, State(velocity), rate, 0.9, True)


@pytest.mark.parametrize(
    "beta_1, beta_2, epsilon", [(0.9, 0.999, 1e-7), (0.0, 0.0, 0.0), (0.5, 0.9, 1e-3), (1.0, 1.0, 1.0)]
)
@pytest.mark.parametrize("size", SIZES)
def test_adam_s_bits_are_the_reference_s(size, beta_1, beta_2, epsilon, instruction_set):
    for values in VALUES:
        weights, gradient, mean, variance = (random_array(size + i, size, values) for i in range(4))
        states = State(mean), State(abs(variance))
        check(size, "adam", State(weights), gradient, *states, 0.0123, beta_1, beta_2, epsilon)


def test_adam_with_negative_variance(instruction_set):
    weights, gradient, mean, variance = (random_array(i, 300, "special") for i in range(4))
    check(3, "adam", State(weights), gradient, State(mean), State(variance), 1e-3, 0.9, 0.999, 1e-7)


def test_weights_of_any_rank(instruction_set):
    weights, gradient, velocity, mean, variance = (random_array(i, (3, 3, 5, 7)) for i in range(5))
    check(3, "sgd", State(weights), gradient, State(velocity), 0.1, 0.9, True)
    check(3, "adam", State(weights), gradient, State(mean), State(abs(variance)), 1e-3, 0.9, 0.999, 1e-7)
