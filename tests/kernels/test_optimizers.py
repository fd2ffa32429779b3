"""Optimizer steps, native against reference."""

import math
import struct

import numpy as np
import pytest

from nativecnn import _kernels, reference
from nativecnn._kernels.threads import threads
from support import VALUES, State, assert_same_bits, call_native, call_reference, random_array

SIZES = (0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 33, 1023, 1025, 8191, 8192, 8193, 20000)  # a task is 8192 weights
# l1, l2, scale, bound, decay
ADJUSTMENTS = {
    "none": None,
    "l1": (0.01, 0.0, 1.0, math.inf, 0.0),
    "l2": (0.0, 0.03, 1.0, math.inf, 0.0),
    "scale": (0.0, 0.0, 0.37, math.inf, 0.0),
    "bound": (0.0, 0.0, 1.0, 0.5, 0.0),
    "decay": (0.0, 0.0, 1.0, math.inf, 0.004),
    "all": (0.1, 0.2, 0.37, 0.25, 0.01),
    "scaled away": (0.0, 0.0, 0.0, math.inf, 1.0),
    "tiny": (1e-300, 1e-42, 1e-42, 1e-42, 1e-300),
}


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


# By name: the function, what it remembers ("signed", "positive" or None each), its settings, those after them.
STEPS = {
    "adam": ("adam", ("signed", "positive"), (0.0123, 0.9, 0.999, 1e-7), ()),
    "adam without memory": ("adam", ("signed", "positive"), (0.0123, 0.0, 0.0, 0.0), ()),
    "adam, other settings": ("adam", ("signed", "positive"), (0.0123, 0.5, 0.9, 1e-3), ()),
    "adam, at the bounds": ("adam", ("signed", "positive"), (0.0123, 1.0, 1.0, 1.0), ()),
    "adam with a negative variance": ("adam", ("signed", "signed"), (1e-3, 0.9, 0.999, 1e-7), ()),
    "amsgrad": ("adam", ("signed", "positive"), (0.0123, 0.9, 0.999, 1e-7), ("positive",)),
    "nadam": ("nadam", ("signed", "positive"), (0.02, 0.1, 0.9, 0.99, 1e-7), ()),
    "adamax": ("adamax", ("signed", "positive"), (0.02, 0.9, 0.99, 1e-7), ()),
    "adagrad": ("adagrad", ("positive",), (0.03, 1e-7), ()),
    "adagrad without epsilon": ("adagrad", ("positive",), (0.03, 0.0), ()),
    "adadelta": ("adadelta", ("positive", "positive"), (1.0, 0.95, 1e-7), ()),
    "rmsprop": ("rmsprop", ("positive", None, None), (0.01, 0.9, 0.0, 1e-7), ()),
    "rmsprop with momentum": ("rmsprop", ("positive", None, "signed"), (0.01, 0.9, 0.8, 1e-7), ()),
    "rmsprop, centered": ("rmsprop", ("positive", "signed", None), (0.01, 0.9, 0.0, 1e-7), ()),
    "rmsprop, both": ("rmsprop", ("positive", "signed", "signed"), (0.01, 0.9, 0.8, 1e-3), ()),
}


def slots(kinds, seed, size, values):
    arrays = (random_array(seed + i, size, values) for i in range(len(kinds)))
    return [
        None if kind is None else State(abs(array) if kind == "positive" else array)
        for kind, array in zip(kinds, arrays, strict=True)
    ]


def check_step(name, size, values, adjustment):
    function, before, settings, after = STEPS[name]
    weights, gradient = random_array(size, size, values), random_array(size + 1, size, values)
    arrays = slots(before, size + 2, size, values)
    later = slots(after, size + 6, size, values) or ([None] if function == "adam" else [])
    check(size, function, State(weights), gradient, *arrays, *settings, *later, adjustment)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STEPS)
def test_a_step_s_bits_are_the_reference_s(name, size, instruction_set):
    for values in VALUES:
        check_step(name, size, values, None)


@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("name", ["adam", "rmsprop, both", "adagrad", "adadelta", "nadam", "adamax"])
def test_an_adjusted_step_s_bits_are_the_reference_s(name, values, adjustment, instruction_set):
    for size in (9, 1024, 1033, 9300):
        check_step(name, size, values, ADJUSTMENTS[adjustment])


@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
@pytest.mark.parametrize("values", VALUES)
def test_adjusted_sgd_s_bits_are_the_reference_s(values, adjustment, instruction_set):
    for size in (0, 1, 8, 33, 1025, 9300):
        weights, gradient, velocity = (random_array(size + i, size, values) for i in range(3))
        for state, nesterov in ((None, False), (State(velocity), True)):
            check(size, "sgd", State(weights), gradient, state, 0.01, 0.9, nesterov, ADJUSTMENTS[adjustment])


@pytest.mark.parametrize("l1, l2", [(0.01, 0.0), (0.0, 0.03), (0.3, 0.7), (0.0, 0.0), (1e-300, 1e-42)])
@pytest.mark.parametrize("values", VALUES)
def test_penalty_gradients_bits_are_the_reference_s(values, l1, l2, instruction_set):
    for size in SIZES:
        weights, gradient = random_array(size, size, values), random_array(size + 1, size, values)
        check(size, "add_penalty_gradient", weights, State(gradient), l1, l2)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("size", [*SIZES, 255, 256, 257, 2047, 2048, 2049, 2304, 3 * 8192, 100_000])
def test_sums_bits_are_the_reference_s(size, values, instruction_set):
    array = random_array(size, size, values)
    with threads(1 + size % 4), np.errstate(all="ignore"):
        for name in ("sum_of_squares", "sum_of_magnitudes"):
            sums = [getattr(backend, name)(array) for backend in (_kernels, reference)]
            assert all(math.isnan(value) for value in sums) or struct.pack("dd", *sums[:1] * 2) == struct.pack(
                "dd", *sums
            )


def test_weights_of_any_rank(instruction_set):
    weights, gradient, velocity, mean, variance = (random_array(i, (3, 3, 5, 7)) for i in range(5))
    check(3, "sgd", State(weights), gradient, State(velocity), 0.1, 0.9, True)
    check(3, "adam", State(weights), gradient, State(mean), State(abs(variance)), 1e-3, 0.9, 0.999, 1e-7)
    assert _kernels.sum_of_squares(weights) == reference.sum_of_squares(weights)


@pytest.mark.parametrize("rows, columns", [(1, 1), (2, 2), (9, 8), (9, 9), (40, 7), (40, 17), (33, 33), (100, 24)])
def test_orthonormal_columns_bits_are_the_reference_s(rows, columns, instruction_set):
    start = np.random.default_rng(rows).standard_normal((rows, columns))
    expected, actual = start.copy(), start.copy()
    reference.orthonormalize(expected)
    for count in (1, 3):
        actual = start.copy()
        with threads(count):
            _kernels.orthonormalize(actual)
        assert actual.tobytes() == expected.tobytes()
