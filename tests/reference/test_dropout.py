"""The reference's dropout against docs/arithmetic-normalization.md, restated number by number."""

import math
from fractions import Fraction

import numpy as np
import pytest

from nativecnn import _kernels, reference
from nativecnn.random import Stream
from support import assert_same_bits, random_array

STREAM = Stream(3, "layer", "dropout", 0)


def stays(element, step, rate):
    word = int(STREAM.bits(element // 2 + 1, step)[element // 2])
    part = word >> 32 if element % 2 else word & 0xFFFFFFFF
    return part >= math.ceil(Fraction(rate) * 2**32)


@pytest.mark.parametrize("shape", [(1, 1, 37), (3, 1, 5), (2, 4, 9)], ids=str)
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.75, 1 - 2.0**-33, 1.0])
@pytest.mark.parametrize("step", [0, 5])
def test_half_a_word_decides_for_each_element(shape, rate, step):
    x = random_array(1, shape, "special")
    y = np.empty_like(x)
    reference.dropout(x, STREAM.philox_key, step, rate, y)
    scale = np.float32(1 / (1 - rate)) if rate < 1 else np.float32(0)
    for (sample, pixel, channel), value in np.ndenumerate(x):
        stayed = stays(sample * shape[2] + channel, step, rate)
        with np.errstate(all="ignore"):
            assert_same_bits(y[sample, pixel, channel], value * scale if stayed else np.float32(0))


@pytest.mark.parametrize("backend", [reference, _kernels], ids=lambda backend: backend.__name__)
@pytest.mark.parametrize("element", [0, 1, 5])
def test_an_element_stays_up_to_the_rate_that_its_part_stands_for(backend, element):
    x, y = np.ones((1, 1, 6), np.float32), np.empty((1, 1, 6), np.float32)
    word = int(STREAM.bits(3)[element // 2])
    rate = (word >> 32 if element % 2 else word & 0xFFFFFFFF) * 2.0**-32
    backend.dropout(x, STREAM.philox_key, 0, rate, y)
    assert y[0, 0, element] > 0
    backend.dropout(x, STREAM.philox_key, 0, rate + 2.0**-40, y)
    assert y[0, 0, element] == 0


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_about_a_part_of_the_elements_is_dropped(rate):
    x, y = np.ones((1, 1, 100_000), np.float32), np.empty((1, 1, 100_000), np.float32)
    reference.dropout(x, STREAM.philox_key, 0, rate, y)
    dropped = (y == 0).mean()
    assert abs(dropped - rate) < 4 * math.sqrt(rate * (1 - rate) / x.size)  # standard deviations
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / (1 - rate))}
