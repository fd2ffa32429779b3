"""First values of weights."""

import math

import numpy as np
import pytest

from nativecnn import initializers
from nativecnn.random import Stream

SHAPE = (3, 3, 8, 16)


@pytest.mark.parametrize(
    "name, limit",
    [
        ("glorot_uniform", math.sqrt(6 / (9 * 8 + 9 * 16))),
        ("he_uniform", math.sqrt(6 / (9 * 8))),
        ("lecun_uniform", math.sqrt(3 / (9 * 8))),
        ("random_uniform", 0.05),
    ],
)
def test_uniform_initializers_fill_their_interval(name, limit):
    values = initializers.get(name)(SHAPE, Stream(0, "test"))
    assert values.shape == SHAPE and values.dtype == np.float32 and values.flags.c_contiguous
    assert np.abs(values).max() <= limit
    assert values.min() < -0.95 * limit and values.max() > 0.95 * limit


def test_a_value_is_one_rounding_of_the_stated_formula():
    values = initializers.RandomUniform(-0.3, 0.7)((5,), Stream(0, "test"))
    uniform = Stream(0, "test").uniform((5,)).astype(np.float64)
    assert np.array_equal(values, (-0.3 + (0.7 - -0.3) * uniform).astype(np.float32))


def test_constant_initializers():
    stream = Stream(0)
    assert not initializers.get("zeros")((2, 3), stream).any()
    assert (initializers.get("ones")((2, 3), stream) == 1).all()
    assert (initializers.Constant(0.1)((2, 3), stream) == np.float32(0.1)).all()


@pytest.mark.parametrize("initializer", [initializers.Constant(2.5), initializers.RandomUniform(-1, 3), "he_uniform"])
def test_configuration_makes_an_equal_initializer(initializer):
    initializer = initializers.get(initializer)
    again = initializers.get(initializer.get_config())
    assert type(again) is type(initializer) and again.get_config() == initializer.get_config()


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="glorot_uniform.*got 'glorot'"):
        initializers.get("glorot")


def test_bounds_out_of_order_are_refused():
    with pytest.raises(ValueError, match="low <= high"):
        initializers.RandomUniform(1, 0)
