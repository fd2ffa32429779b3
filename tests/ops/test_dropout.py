"""Dropout as a function."""

import numpy as np
import pytest

from nativecnn import ops
from support import assert_same_bits, random_array


def test_it_depends_on_seed_and_step():
    x = random_array(1, (9, 30))
    y = ops.dropout(x, 0.5, seed=3, step=4)
    assert_same_bits(ops.dropout(x, 0.5, seed=3, step=4), y)
    assert (ops.dropout(x, 0.5, seed=3, step=5) != y).any() and (ops.dropout(x, 0.5, seed=4, step=4) != y).any()
    assert_same_bits(y, np.where(y == 0, 0, 2 * x))


def test_spatial_dropout_drops_channels_of_samples():
    y = ops.dropout(np.ones((9, 2, 3, 30)), 0.5, spatial=True)
    assert (y == y[:, :1, :1]).all() and set(np.unique(y)) == {0, 2}
    assert_same_bits(y[:, 0, 0], ops.dropout(np.ones((9, 30)), 0.5))


@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({"rate": -0.1}, ValueError, r"^dropout: rate: expected a number in \[0, 1\], got -0.1"),
        ({"rate": None}, TypeError, "^dropout: rate: expected a number, got None"),
        ({"seed": -1}, ValueError, "^dropout: seed: expected an integer of at least 0, got -1"),
        ({"seed": 0.5}, TypeError, "^dropout: seed: expected an integer, got 0.5"),
        ({"step": -1}, ValueError, "^dropout: step: expected an integer of at least 0, got -1"),
        ({"step": 2**64}, ValueError, r"^dropout: step: expected an integer below 2\*\*64, got 18446744073709551616"),
        ({"spatial": 1}, TypeError, "^dropout: spatial: expected .*, got 1"),
        (
            {"x": [1.0], "spatial": True},
            ValueError,
            "^dropout: x: expected at least 2 axes, samples and channels, got 1",
        ),
    ],
)
def test_wrong_arguments_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        ops.dropout(**{"x": [[1.0]], "rate": 0.5} | settings)
