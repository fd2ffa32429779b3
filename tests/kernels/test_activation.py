"""Activation functions and their gradients, native against reference."""

import numpy as np
import pytest

from nativecnn import _kernels
from nativecnn._kernels.threads import threads
from support import VALUES, Output, assert_same_bits, call_native, call_reference, random_array
from support.arrays import all_magnitudes

SIZES = (0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 33, 8191, 8192, 8193, 20000)  # a task is 8192 elements

# softmax works on rows
ROWS = (
    (0, 3),
    (1, 1),
    (2, 2),
    (5, 3),
    (3, 7),
    (2, 8),
    (4, 9),
    (3, 15),
    (1, 16),
    (2, 17),
    (7, 33),
    (2, 3, 10),
    (3, 1000),
)

FORWARD = ["relu", "sigmoid", "tanh"]
GRADIENTS = ["relu_gradient", "sigmoid_gradient", "tanh_gradient", "exp_gradient"]
# Kernels of single elements and of their gradients, with settings of both.
ELEMENTWISE = [
    ("relu6", "relu6_gradient", (), ()),
    *[("leaky_relu", "leaky_relu_gradient", (slope,), (slope,)) for slope in (0.2, 0.0, 3.0, 1e-40)],
    *[
        ("clipped_relu", "clipped_relu_gradient", settings, settings[:2])
        for settings in ((6.0, 0.1, 0.0), (np.inf, 0.0, 1.5), (2.0, 0.5, 0.5), (0.0, 0.5, 0.0), (1.0, 0.0, 2.0))
    ],
    ("hard_sigmoid", "hard_sigmoid_gradient", (), ()),
    ("hard_silu", "hard_silu_gradient", (), ()),
    *[("elu", "elu_gradient", (alpha,), (alpha,)) for alpha in (1.0, 0.3, 0.0)],
    ("selu", "selu_gradient", (), ()),
    ("softplus", "softplus_gradient", (), ()),
    ("softsign", "softsign_gradient", (), ()),
    ("silu", "silu_gradient", (), ()),
    ("gelu", "gelu_gradient", (), ()),
    ("approximate_gelu", "approximate_gelu_gradient", (), ()),
    ("mish", "mish_gradient", (), ()),
]
OVER_ROWS = ["softmax", "log_softmax"]
# Where functions consist of pieces, and their neighbours.
EDGES = np.array([0.0, 1.0, 0.5, 1.5, 2.0, 3.0, 6.0, 37.0, 60.0, 700.0, 2.0**60, np.inf, np.nan, 1e-40], np.float32)
EDGES = np.concatenate([np.nextafter(edge, np.array([-np.inf, edge, np.inf], np.float32)) for edge in EDGES])
EDGES = np.concatenate([EDGES, -EDGES])


def outputs(seed, shape, values):
    """Return what an activation's output may hold, and what it may not."""
    y = random_array(seed, shape, values)
    return np.where(np.random.default_rng(seed).random(shape) < 0.7, np.clip(y, 0, 1), y)


@pytest.mark.parametrize("function", FORWARD)
@pytest.mark.parametrize("size", SIZES)
def test_bits_are_the_reference_s(function, size, instruction_set):
    x = all_magnitudes(size, size)
    with threads(1 + size % 4):
        actual = call_native(function, x, Output(x.shape))
    assert_same_bits(actual, call_reference(function, x, Output(x.shape)))


@pytest.mark.parametrize("function", FORWARD)
def test_floats_of_every_exponent_have_the_reference_s_bits(function, instruction_set):
    x = np.arange(0, 2**32, 20011, dtype=np.uint64).astype(np.uint32).view(np.float32)
    assert_same_bits(call_native(function, x, Output(x.shape)), call_reference(function, x, Output(x.shape)))


@pytest.mark.parametrize("function", GRADIENTS)
@pytest.mark.parametrize("size", SIZES)
def test_gradient_s_bits_are_the_reference_s(function, size, instruction_set):
    values = VALUES[size % len(VALUES)]
    dy, y = random_array(size, size, values), outputs(size, size, values)
    with threads(1 + size % 4):
        actual = call_native(function, dy, y, Output(y.shape))
    assert_same_bits(actual, call_reference(function, dy, y, Output(y.shape)))


@pytest.mark.parametrize("function, gradient, settings, fewer", ELEMENTWISE, ids=str)
def test_bits_of_functions_with_settings_are_the_reference_s(function, gradient, settings, fewer, instruction_set):
    for size in SIZES:
        x, dy = all_magnitudes(size, size), all_magnitudes(size + 1, size)
        with threads(1 + size % 4):
            actual = call_native(function, x, Output(x.shape), *settings)
            gradients = call_native(gradient, dy, x, Output(x.shape), *fewer)
        assert_same_bits(actual, call_reference(function, x, Output(x.shape), *settings))
        assert_same_bits(gradients, call_reference(gradient, dy, x, Output(x.shape), *fewer))


@pytest.mark.parametrize("function, gradient, settings, fewer", ELEMENTWISE, ids=str)
def test_bits_at_all_exponents_and_edges_are_the_reference_s(function, gradient, settings, fewer, instruction_set):
    any_bits = np.arange(0, 2**32, 40013, dtype=np.uint64).astype(np.uint32).view(np.float32)
    x = np.concatenate([any_bits, EDGES])
    dy = all_magnitudes(1, x.size)
    actual = call_native(function, x, Output(x.shape), *settings)
    assert_same_bits(actual, call_reference(function, x, Output(x.shape), *settings))
    actual = call_native(gradient, dy, x, Output(x.shape), *fewer)
    assert_same_bits(actual, call_reference(gradient, dy, x, Output(x.shape), *fewer))


@pytest.mark.parametrize("function, gradient, settings, fewer", ELEMENTWISE, ids=str)
def test_results_may_overwrite_arguments(function, gradient, settings, fewer, instruction_set):
    x, dy = random_array(4, (3, 5, 37)) * 3, random_array(5, (3, 5, 37))
    (expected,) = call_reference(function, x, Output(x.shape), *settings)
    (expected_gradient,) = call_reference(gradient, dy, x, Output(x.shape), *fewer)
    getattr(_kernels, gradient)(dy, x, dy, *fewer)
    getattr(_kernels, function)(x, x, *settings)
    assert_same_bits([x, dy], [expected, expected_gradient])


@pytest.mark.parametrize("function", OVER_ROWS)
@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("shape", ROWS, ids=str)
def test_bits_of_functions_of_rows_are_the_reference_s(function, shape, values, instruction_set):
    x = random_array(shape[-1], shape, values)
    with threads(1 + shape[-1] % 4):
        actual = call_native(function, x, Output(shape))
    assert_same_bits(actual, call_reference(function, x, Output(shape)))


@pytest.mark.parametrize("function", ["softmax_gradient", "log_softmax_gradient"])
@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("shape", ROWS, ids=str)
def test_bits_of_gradients_of_rows_are_the_reference_s(function, shape, values, instruction_set):
    dy, y = random_array(shape[-1], shape, values), outputs(shape[-1] + 1, shape, values)
    with threads(1 + shape[-1] % 4):
        actual = call_native(function, dy, y, Output(shape))
    assert_same_bits(actual, call_reference(function, dy, y, Output(shape)))


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("function", [*FORWARD, *OVER_ROWS])
def test_output_may_be_the_input(function, values, instruction_set):
    x = random_array(4, (3, 5, 37), values)
    (expected,) = call_reference(function, x, Output(x.shape))
    getattr(_kernels, function)(x, x)
    assert_same_bits(x, expected)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("function", [*GRADIENTS, "softmax_gradient", "log_softmax_gradient"])
def test_gradient_may_overwrite_the_output_s_gradient(function, values, instruction_set):
    dy, y = random_array(5, (3, 5, 37), values), outputs(6, (3, 5, 37), values)
    (expected,) = call_reference(function, dy, y, Output(y.shape))
    getattr(_kernels, function)(dy, y, dy)
    assert_same_bits(dy, expected)


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (2, 0, 3), (2, 3, 2, 5, 2)], ids=str)
def test_shapes_of_any_rank(shape, instruction_set):
    x = random_array(7, shape)
    for function in FORWARD:
        assert_same_bits(call_native(function, x, Output(shape)), call_reference(function, x, Output(shape)))
    for function in GRADIENTS:
        assert_same_bits(call_native(function, x, x, Output(shape)), call_reference(function, x, x, Output(shape)))


def test_relu_keeps_nan_and_its_zero_is_positive(instruction_set):
    x = np.array([np.nan, -np.nan, -0.0, 0.0, -1, -np.inf, np.inf, -(2.0**-149), 2.0**-149], np.float32)
    (y,) = call_native("relu", x, Output(x.shape))
    assert_same_bits(y, np.array([np.nan, np.nan, 0, 0, 0, 0, np.inf, 0, 2.0**-149], np.float32))
