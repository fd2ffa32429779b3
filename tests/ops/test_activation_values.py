"""What activation functions give: at their edges, at special values, and how gradients go with them."""

import math

import numpy as np
import pytest

import nativecnn
from nativecnn import ops
from support import assert_same_bits
from support.activations import ACTIVATIONS, READ_INPUT

NAN, INFINITY = math.nan, math.inf
TINY = 2.0**-149
JUST_BELOW_6 = float(np.nextafter(np.float32(6), np.float32(0)))
LN2 = float(np.float32(math.log(2)))
SELU_FLOOR = float(np.float32(1.0507009873554805 * 1.6732632423543772))

# Function, settings, and pairs of x and the whole result, signs of zeros included.
VALUES = [
    (
        "relu6",
        (),
        [(-INFINITY, 0.0), (-TINY, 0.0), (-0.0, 0.0), (TINY, TINY), (6.0, 6.0), (JUST_BELOW_6, JUST_BELOW_6)],
    ),
    ("relu6", (), [(6.5, 6.0), (INFINITY, 6.0), (NAN, NAN)]),
    ("leaky_relu", (0.5,), [(-INFINITY, -INFINITY), (-3.0, -1.5), (-TINY, -0.0), (-0.0, -0.0), (0.0, 0.0), (2.0, 2.0)]),
    ("leaky_relu", (0.0,), [(-INFINITY, 0.0), (-3.0, 0.0), (-0.0, 0.0), (INFINITY, INFINITY), (NAN, NAN)]),
    ("leaky_relu", (), [(-10.0, -2.0), (10.0, 10.0)]),
    ("clipped_relu", (), [(-INFINITY, 0.0), (-0.0, 0.0), (3.0, 3.0), (INFINITY, INFINITY), (NAN, NAN)]),
    ("clipped_relu", (2.0, 0.5, 1.0), [(-INFINITY, -INFINITY), (-1.0, -1.0), (1.0, 0.0), (1.5, 1.5), (2.0, 2.0)]),
    ("clipped_relu", (2.0, 0.5, 1.0), [(3.0, 2.0), (INFINITY, 2.0), (NAN, NAN)]),
    ("clipped_relu", (1.0, 0.0, 2.0), [(1.5, 0.0), (2.0, 0.0), (2.5, 1.0)]),
    (
        "hard_sigmoid",
        (),
        [(-INFINITY, 0.0), (-3.0, 0.0), (0.0, 0.5), (1.5, 0.75), (3.0, 1.0), (INFINITY, 1.0), (NAN, NAN)],
    ),
    ("hard_silu", (), [(-INFINITY, 0.0), (-3.0, 0.0), (0.0, 0.0), (-1.5, -0.375), (1.5, 1.125), (3.0, 3.0)]),
    ("hard_silu", (), [(3e38, float(np.float32(3e38))), (INFINITY, INFINITY), (NAN, NAN)]),
    ("elu", (), [(-INFINITY, -1.0), (-100.0, -1.0), (-TINY, -TINY), (-0.0, -0.0), (0.0, 0.0), (2.5, 2.5), (NAN, NAN)]),
    ("elu", (0.5,), [(-INFINITY, -0.5), (INFINITY, INFINITY)]),
    ("elu", (0.0,), [(-INFINITY, -0.0), (-1.0, -0.0), (0.0, 0.0)]),
    ("selu", (), [(-INFINITY, -SELU_FLOOR), (-0.0, -0.0), (0.0, 0.0), (INFINITY, INFINITY), (NAN, NAN)]),
    ("softplus", (), [(-INFINITY, 0.0), (-104.0, 0.0), (0.0, LN2), (-0.0, LN2), (200.0, 200.0), (INFINITY, INFINITY)]),
    ("softplus", (), [(-(2.0**-30), LN2), (3e38, float(np.float32(3e38))), (NAN, NAN)]),
    ("softsign", (), [(-INFINITY, -1.0), (-1.0, -0.5), (-TINY, -TINY), (-0.0, -0.0), (3e38, 1.0), (INFINITY, 1.0)]),
    ("silu", (), [(-INFINITY, -0.0), (-3e38, -0.0), (-0.0, -0.0), (0.0, 0.0), (200.0, 200.0), (INFINITY, INFINITY)]),
    ("gelu", (), [(-INFINITY, -0.0), (-3e38, -0.0), (-0.0, -0.0), (0.0, 0.0), (9.0, 9.0), (INFINITY, INFINITY)]),
    ("gelu", (True,), [(-INFINITY, -0.0), (-3e38, -0.0), (-0.0, -0.0), (0.0, 0.0), (9.0, 9.0), (INFINITY, INFINITY)]),
    ("mish", (), [(-INFINITY, -0.0), (-3e38, -0.0), (-0.0, -0.0), (0.0, 0.0), (200.0, 200.0), (INFINITY, INFINITY)]),
]

# Function, settings, and triples of dy, what the gradient is computed from, and the whole result.
GRADIENTS = [
    ("relu6", (), [(2.0, 0.0, 0.0), (2.0, TINY, 2.0), (2.0, JUST_BELOW_6, 2.0), (2.0, 6.0, 0.0), (2.0, NAN, 2.0)]),
    ("relu6", (), [(INFINITY, 0.0, 0.0), (NAN, 6.0, 0.0)]),
    ("leaky_relu", (0.5,), [(2.0, -1.0, 1.0), (2.0, 0.0, 1.0), (2.0, -0.0, 1.0), (2.0, TINY, 2.0), (2.0, NAN, 2.0)]),
    ("leaky_relu", (0.0,), [(INFINITY, -1.0, 0.0), (-2.0, 0.0, 0.0)]),
    (
        "clipped_relu",
        (3.0, 0.5),
        [(2.0, -1.0, 1.0), (2.0, 1.0, 2.0), (2.0, 3.0, 0.0), (NAN, 3.0, 0.0), (2.0, NAN, 2.0)],
    ),
    ("clipped_relu", (0.0, 0.5), [(2.0, 0.0, 0.0), (2.0, -1.0, 1.0)]),
    ("hard_sigmoid", (), [(3.0, 0.5, 0.5), (3.0, 0.0, 0.0), (3.0, 1.0, 0.0), (3.0, TINY, 0.5), (3.0, NAN, 0.5)]),
    ("hard_silu", (), [(2.0, -3.0, 0.0), (2.0, 3.0, 2.0), (2.0, 0.0, 1.0), (2.0, -1.5, 0.0), (2.0, INFINITY, 2.0)]),
    ("elu", (), [(2.0, 3.0, 2.0), (2.0, -0.25, 1.5), (2.0, -1.0, 0.0), (2.0, 0.0, 2.0), (2.0, NAN, NAN)]),
    ("selu", (), [(2.0, -SELU_FLOOR, 0.0)]),
    ("softplus", (), [(2.0, 0.0, 0.0), (2.0, TINY, 2 * TINY), (2.0, LN2, 1.0), (2.0, INFINITY, 2.0)]),
    ("softsign", (), [(2.0, 0.0, 2.0), (2.0, 1.0, 0.5), (2.0, -INFINITY, 0.0), (2.0, 3e38, 0.0)]),
    (
        "silu",
        (),
        [(2.0, 0.0, 1.0), (2.0, -0.0, 1.0), (2.0, INFINITY, 2.0), (2.0, -INFINITY, -0.0), (3e38, -3e38, -0.0)],
    ),
    (
        "gelu",
        (),
        [(2.0, 0.0, 1.0), (2.0, -0.0, 1.0), (2.0, INFINITY, 2.0), (2.0, -INFINITY, -0.0), (3e38, -3e38, -0.0)],
    ),
    (
        "gelu",
        (True,),
        [(2.0, 0.0, 1.0), (2.0, INFINITY, 2.0), (2.0, -INFINITY, -0.0), (3e38, -3e38, -0.0), (2.0, 3e38, 2.0)],
    ),
    ("mish", (), [(5.0, 0.0, 3.0), (2.0, INFINITY, 2.0), (2.0, -INFINITY, -0.0), (3e38, -3e38, -0.0), (2.0, NAN, NAN)]),
]


@pytest.mark.parametrize("backend", ["native", "reference"])
@pytest.mark.parametrize("function, settings, pairs", VALUES, ids=lambda value: str(value)[:30])
def test_values(function, settings, pairs, backend):
    x, expected = np.array(pairs, np.float32).T
    with nativecnn.use_backend(backend):
        assert_same_bits(getattr(ops, function)(x, *settings), expected)


@pytest.mark.parametrize("backend", ["native", "reference"])
@pytest.mark.parametrize("function, settings, triples", GRADIENTS, ids=lambda value: str(value)[:30])
def test_gradients(function, settings, triples, backend):
    dy, at, expected = np.array(triples, np.float32).T
    with nativecnn.use_backend(backend):
        assert_same_bits(getattr(ops, f"{function}_backward")(dy, at, *settings), expected)


@pytest.mark.parametrize("function", ACTIVATIONS)
def test_gradient_is_how_the_output_changes(function):
    x = np.random.default_rng(1).uniform(-4, 4, (40, 7)).astype(np.float32)
    dy = np.random.default_rng(2).standard_normal((40, 7)).astype(np.float32)
    compute, backward = getattr(ops, function), getattr(ops, f"{function}_backward")
    nudge = np.float32(2.0**-9)
    y = compute(x)
    dx = backward(dy, x if function in READ_INPUT else y)
    changes = np.empty(x.shape)
    for column in range(7):
        there, back = x.copy(), x.copy()
        there[:, column] += nudge
        back[:, column] -= nudge
        difference = compute(there).astype(float) - compute(back)
        changes[:, column] = (difference * dy).sum(1) / (there[:, column].astype(float) - back[:, column])
    assert (abs(changes - dx) < 2e-3).mean() > 0.97  # all but those next to a kink


def test_log_softmax_is_the_logarithm_of_softmax():
    x = np.random.default_rng(1).uniform(-20, 20, (30, 9)).astype(np.float32)
    np.testing.assert_allclose(np.exp(ops.log_softmax(x).astype(float)), ops.softmax(x), rtol=3e-6)
    assert_same_bits(ops.log_softmax(np.float32([[1000, 0]])), np.float32([[0, -1000]]))
    assert_same_bits(ops.log_softmax(np.float32([[7.0]])), np.float32([[0]]))


@pytest.mark.parametrize("function", ["leaky_relu", "clipped_relu", "elu"])
@pytest.mark.parametrize("value", [-1, NAN, INFINITY, 1e39], ids=str)
def test_settings_are_numbers_of_0_or_more(function, value):
    with pytest.raises(ValueError, match=rf"^{function}: \w+: expected a number in \[0, 3.40282e\+38\], got"):
        getattr(ops, function)([1.0], value)
