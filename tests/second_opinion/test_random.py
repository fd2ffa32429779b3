"""Random numbers: those of the package and of the second opinion are the same."""

import numpy as np
import pytest

from nativecnn.initializers import GlorotUniform
from nativecnn.random import Stream
from support import assert_same_bits

KEYS = ((0, "shuffle"), (7, 2, "weights", "conv2d", "kernel"), (2**70, "a"))


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("step", (0, 1, 1000))
def test_streams(opinion, key, step):
    stream = Stream(*key)
    for count in (0, 1, 3, 4, 5, 1001):
        assert np.array_equal(opinion.random_words(key, count, step), stream.bits(count, step))
        assert_same_bits(opinion.random_uniform(key, count, step), stream.uniform((count,), step))
        assert np.array_equal(opinion.random_permutation(key, count, step), stream.permutation(count, step))


@pytest.mark.parametrize("shape", ((3, 3, 4, 16), (784, 10), (1, 1, 1, 1)))
def test_initial_weights(opinion, shape):
    for key in KEYS:
        assert_same_bits(GlorotUniform()(shape, Stream(*key)), opinion.glorot_uniform(key, shape))
