"""Pooling: reference, native kernels and second opinion give the same bits."""

import numpy as np
import pytest

from nativecnn.ops.pooling import pooling_geometry
from support import VALUES, all_pairs, identifier, random_array

PADDINGS = ("valid", "same", 1, ((0, 1), (2, 0)))


def fits(**case):
    try:
        pooling_geometry(case["image"], case["pool_size"], case["strides"], case["padding"], case["ceil_mode"])
    except ValueError:
        return False
    return True


CASES = all_pairs(
    fits,
    samples=(1, 2, 3, 5),
    image=((1, 1), (2, 3), (5, 4), (7, 7), (9, 17), (16, 15)),
    channels=(1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33),
    pool_size=((1, 1), (2, 2), (3, 3), (2, 4), (5, 3)),
    strides=(None, (1, 1), (2, 2), (1, 3), (4, 2)),
    padding=PADDINGS,
    ceil_mode=(False, True),
    values=(*VALUES, "ties"),
)


def random_values(seed, shape, values):
    """Return random numbers; "ties" are few values, zeros of either sign and NaN among them."""
    if values != "ties":
        return random_array(seed, shape, values)
    few = np.array([-1, -0.0, 0.0, 0.0, 1, np.nan], np.float32)
    return np.random.default_rng(seed).choice(few, shape)


def check(agree, seed, samples, image, channels, values, **settings):
    x = random_values(seed, (samples, *image, channels), values)
    y = agree("max_pool2d", x, **settings)
    agree("average_pool2d", x, **settings)
    dy = random_values(seed + 1, y.shape, values)
    agree("max_pool2d_backward", dy, x, **settings)
    agree("average_pool2d_backward", dy, image, **settings)


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_pooling(agree, case):
    check(agree, 1, **case)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100))
def test_random_pooling(agree, seed):
    generator = np.random.default_rng(seed)
    while True:
        case = {
            "image": tuple(map(int, generator.integers(1, 40, 2))),
            "pool_size": tuple(map(int, generator.integers(1, 7, 2))),
            "strides": tuple(map(int, generator.integers(1, 6, 2))),
            "padding": PADDINGS[generator.integers(len(PADDINGS))],
            "ceil_mode": bool(generator.integers(2)),
        }
        if fits(**case):
            break
    samples, channels = map(int, generator.integers(1, (6, 40)))
    check(agree, seed, samples=samples, channels=channels, values=(*VALUES, "ties")[seed % 6], **case)
