"""Dense layers: reference, native kernels and second opinion give the same bits."""

import numpy as np
import pytest

from support import VALUES, all_pairs, identifier, random_array

SIZES = (1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 65)
# Runs are of 256 samples: one run, two, three, and trees of several levels.
SAMPLES = (1, 2, 3, 7, 16, 33, 255, 256, 257, 512, 513, 700, 1100, 1300)

CASES = all_pairs(
    lambda **case: case["samples"] * case["inputs"] * case["units"] < 4e5,
    samples=SAMPLES,
    inputs=SIZES,
    units=SIZES,
    bias=(False, True),
    values=VALUES,
)


def check(agree, seed, samples, inputs, units, bias, values):
    x = random_array(seed, (samples, inputs), values)
    kernel = random_array(seed + 1, (inputs, units), values)
    y = agree("dense", x, kernel, random_array(seed + 2, units, values) if bias else None)
    agree("dense_backward", random_array(seed + 3, y.shape, values), x, kernel)


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_dense(agree, case):
    check(agree, 1, **case)


def test_empty_batch(agree):
    check(agree, 1, 0, 3, 2, True, "plain")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100))
def test_random_dense(agree, seed):
    generator = np.random.default_rng(seed)
    samples, inputs, units = (int(2 ** generator.uniform(0, limit)) for limit in (12, 9, 7))
    check(agree, seed, samples, inputs, units, bool(seed % 2), VALUES[generator.integers(len(VALUES))])
