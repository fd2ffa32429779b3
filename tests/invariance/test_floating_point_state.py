"""Other code in the process may have changed how floating-point numbers are rounded."""

import os

import numpy as np
import pytest

from nativecnn import _kernels, ops
from nativecnn._kernels import runtime
from nativecnn._kernels.threads import threads
from support import assert_same_bits, random_array, services
from support.children import in_child

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def test_the_state_does_change_numpy(under_hostile_state):
    # So that the tests below cannot pass for want of a hostile state.
    normal = random_array(0, 1000, "tiny")
    subnormal = np.arange(1, 1000, dtype=np.uint32).view(np.float32)

    def compute():
        return [normal * normal, normal * np.float32(0.1), subnormal * np.float32(3)]

    usual = [array.tobytes() for array in compute()]
    assert [array.tobytes() for array in under_hostile_state(compute)] != usual


def test_bits_do_not_change_when_flush_to_zero_or_rounding_is_set(operation, under_hostile_state, instruction_set):
    with threads(1):
        assert_same_bits(under_hostile_state(operation), operation())


@needs_fork
def test_bits_do_not_change_when_threads_start_with_another_state(operation, under_hostile_state, threads_for_any_work):
    expected = operation()

    def child():
        assert runtime.pool_workers() == 0  # those that are created inherit the state
        with threads(5):
            assert_same_bits(under_hostile_state(operation), expected)

    assert in_child(child) == 0


@needs_fork
def test_trainings_do_not_change_when_threads_start_with_another_state(under_hostile_state, threads_for_any_work):
    expected = services.train(services.compiled(services.network()))
    model = services.compiled(services.network())

    def child():
        assert runtime.pool_workers() == 0
        with threads(5):
            found = under_hostile_state(lambda: services.train(model))
        assert found == expected
        assert runtime.pool_workers() == 4 or runtime.threads_library() is None

    assert in_child(child) == 0


@pytest.mark.parametrize("rate", [0.1, 0.3, 1e-40])
def test_numbers_passed_to_optimizers_are_rounded_to_nearest(rate, under_hostile_state):
    def step():
        weights = np.zeros(3, np.float32)
        _kernels.sgd(weights, np.ones(3, np.float32), None, rate, 0.0, False)
        return weights

    assert_same_bits(under_hostile_state(step), np.full(3, -np.float32(rate)))


def test_mean_loss_is_rounded_to_nearest(under_hostile_state):
    predictions, targets = random_array(1, (7, 3)), random_array(2, (7, 3))

    def loss():
        return [ops.mean_squared_error(predictions[:count], targets[:count])[0] for count in range(1, 8)]

    assert under_hostile_state(loss) == loss()
