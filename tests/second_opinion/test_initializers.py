"""Random first values of weights: the second opinion's bits."""

import math

import numpy as np
import pytest

from nativecnn.initializers import GlorotNormal, HeNormal, Orthogonal, RandomNormal, TruncatedNormal, VarianceScaling
from nativecnn.random import Stream
from support import assert_same_bits

SHAPE, FAN_IN, FAN_OUT = (3, 3, 20, 25), 180, 225
TRUNCATED = 0.87962566103423978


@pytest.mark.parametrize(
    "initializer, mean, deviation, truncated",
    [
        (RandomNormal(0.3, 0.7), 0.3, 0.7, False),
        (TruncatedNormal(0.3, 0.7), 0.3, 0.7, True),
        (VarianceScaling(0.3, "fan_out", "untruncated_normal"), 0.0, math.sqrt(0.3 / FAN_OUT), False),
        (GlorotNormal(), 0.0, math.sqrt(1 / ((FAN_IN + FAN_OUT) / 2)) / TRUNCATED, True),
        (HeNormal(), 0.0, math.sqrt(2 / FAN_IN) / TRUNCATED, True),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_normal_weights(opinion, initializer, mean, deviation, truncated):
    key = (3, "weights", initializer.name)
    assert_same_bits(initializer(SHAPE, Stream(*key)), opinion.normal(key, SHAPE, mean, deviation, truncated))


def test_many_normal_numbers(opinion):
    values = RandomNormal(0.0, 1.0)((300_000,), Stream(0, "many"))
    assert_same_bits(values, opinion.normal((0, "many"), (300_000,), 0.0, 1.0, False))
    assert np.abs(values).max() > 4.4


@pytest.mark.parametrize("shape", [(1, 1), (30, 30), (3, 3, 5, 17), (7, 40), (5, 5, 2, 64)])
def test_orthogonal_weights(opinion, shape):
    values = Orthogonal(1.3)(shape, Stream(1, "weights"))
    assert_same_bits(values, opinion.orthogonal((1, "weights"), shape, 1.3))
