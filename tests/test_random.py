"""Random numbers: the same everywhere, keyed by what they are for."""

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, random
from nativecnn.random import Stream


@pytest.fixture(autouse=True)
def seed_zero():
    nativecnn.set_random_seed(0)
    yield
    nativecnn.set_random_seed(0)


def test_the_numbers_of_a_stream_never_change():
    # Noted once; a change would give every seeded program other results.
    bits = Stream(0, "weights", "conv2d", "kernel").bits(2).tolist()
    assert bits == [16879332551537305406, 11053653379431886309]


def test_uniform_numbers_are_multiples_of_two_to_the_minus_24_below_one():
    values = Stream(3, "uniform").uniform((100, 50))
    assert values.dtype == np.float32 and values.shape == (100, 50)
    assert values.min() >= 0 and values.max() < 1
    assert np.array_equal(values * 2**24, np.floor(values * 2**24))
    assert abs(values.mean() - 0.5) < 0.02 and abs(values.var() - 1 / 12) < 0.01


def test_a_longer_draw_begins_with_the_shorter():
    assert np.array_equal(Stream(1).bits(100)[:7], Stream(1).bits(7))


def test_streams_of_different_keys_and_steps_differ():
    draws = [
        Stream(0, "a").bits(4),
        Stream(1, "a").bits(4),
        Stream(0, "b").bits(4),
        Stream(0, "a", "b").bits(4),
        Stream("0", "a").bits(4),
        Stream(0, "a").bits(4, step=1),
        Stream(0, "a").bits(4, step=2),
    ]
    assert len({draw.tobytes() for draw in draws}) == len(draws)


def test_permutation_holds_every_number_once_in_an_order_of_its_own():
    order = random.permutation(1000, 5, "shuffle")
    assert order.dtype == np.int64
    assert np.array_equal(np.sort(order), np.arange(1000))
    assert not np.array_equal(order, random.permutation(1000, 6, "shuffle"))
    assert np.array_equal(order, random.permutation(1000, 5, "shuffle"))
    assert random.permutation(0, 5).shape == (0,)


@pytest.mark.parametrize("seed, error", [(-1, ValueError), (1.5, TypeError), ("1", TypeError), (None, TypeError)])
def test_a_wrong_seed_is_refused(seed, error):
    with pytest.raises(error, match="expected"):
        nativecnn.set_random_seed(seed)


def test_a_seed_may_be_a_numpy_integer():
    nativecnn.set_random_seed(np.int64(7))
    assert random.random_seed() == 7


def build(hidden):
    first = layers.Dense(hidden, input_dim=4)
    return nativecnn.Sequential([first, layers.Dense(hidden), layers.Dense(3, name="last")])


def test_the_same_program_after_the_same_seed_gets_the_same_weights():
    nativecnn.set_random_seed(11)
    first, second = build(5), build(5)
    nativecnn.set_random_seed(11)
    again = build(5)
    assert first.weights_sha256() == again.weights_sha256()
    assert first.weights_sha256() != second.weights_sha256()
    nativecnn.set_random_seed(12)
    assert first.weights_sha256() != build(5).weights_sha256()


def test_weights_of_a_layer_do_not_depend_on_the_sizes_of_others():
    nativecnn.set_random_seed(0)
    small = build(5).weights["dense/kernel"]
    nativecnn.set_random_seed(0)
    model = nativecnn.Sequential([layers.Dense(5, input_dim=4), layers.Dense(900), layers.Dense(2)])
    assert np.array_equal(small, model.weights["dense/kernel"])
