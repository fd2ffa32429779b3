"""The reference's fused multiply-add against exact rational arithmetic."""

import numpy as np
import pytest

from nativecnn.reference.fma import fma
from support import VALUES, assert_same_bits, random_array
from support.exact import fma as exact_fma
from support.exact import round_to_float32

COUNT = 3000


def check(a, b, c):
    expected = np.array([exact_fma(*terms) for terms in zip(a, b, c, strict=True)], np.float32)
    assert_same_bits(fma(a, b, c), expected)


def any_bits(seed, count=COUNT):
    return np.random.default_rng(seed).integers(0, 2**32, count, dtype=np.uint32).view(np.float32)


@pytest.mark.parametrize("values", VALUES)
def test_random_numbers(values):
    check(*(random_array(seed, COUNT, values) for seed in range(3)))


def test_numbers_of_any_exponent():
    check(any_bits(1), any_bits(2), any_bits(3))


def test_addend_about_as_large_as_the_product():
    a, b = random_array(1, COUNT), random_array(2, COUNT)
    nudges = np.random.default_rng(3).integers(-3, 4, COUNT).astype(np.int32)
    with np.errstate(all="ignore"):
        for product in (a * b, -(a * b)):  # the second cancels all but the product's last bits
            check(a, b, (product.view(np.int32) + nudges).view(np.float32))


def test_results_that_are_subnormal():
    a = random_array(1, COUNT) * np.float32(2.0**-70)
    b = random_array(2, COUNT) * np.float32(2.0**-60)
    subnormal = np.random.default_rng(3).integers(-(2**23), 2**23, COUNT)
    c = (subnormal * 2.0**-149).astype(np.float32)
    check(a, b, c)
    check(a, b, c * 0)


def test_results_near_overflow():
    a = random_array(1, COUNT) * np.float32(2.0**64)
    b = random_array(2, COUNT) * np.float32(2.0**63)
    c = random_array(3, COUNT) * np.float32(2.0**126)
    check(a, b, c)


def test_ties_that_the_addend_breaks():
    # a · b lies halfway between two float32 values; c, far below, decides (or, if it is zero, evenness).
    one = np.float32(1)
    halfway = [(one + np.float32(k * 2.0**-12), one + np.float32(2.0**-12)) for k in range(1, 200, 2)]
    tiny = [0.0, -0.0, 2.0**-149, -(2.0**-149), 2.0**-60, -(2.0**-60), 2.0**-26, -(2.0**-26)]
    triples = [(sign * a, b, np.float32(c)) for a, b in halfway for c in tiny for sign in (one, -one)]
    check(*(np.array(column, np.float32) for column in zip(*triples, strict=True)))


def test_addend_whose_halfway_point_the_product_decides():
    c = np.array([1, 1 + 2.0**-23, 2 - 2.0**-23, 2.0**-126, 2.0**-149, 2.0**100], np.float32)
    half = np.array([np.spacing(value) for value in c], np.float64) / 2
    for sign in (1, -1):
        for nudge in (0, 1, -1):
            a = np.float32(2.0**-40) + 0 * c
            b = (sign * half * 2.0**40).astype(np.float32)
            b = np.where(nudge, np.nextafter(b, np.float32(nudge * np.inf)), b).astype(np.float32)
            check(a, b, c)


def test_special_values():
    special = np.float32([0.0, -0.0, 1, -1, 2.0**-149, -(2.0**-149), 3.4028235e38, np.inf, -np.inf, np.nan])
    check(*(grid.reshape(-1) for grid in np.meshgrid(special, special, special)))


def test_float64_is_computed_in_float64():
    a, b, c = (random_array(seed, 10).astype(np.float64) + 1e-12 for seed in range(3))
    np.testing.assert_array_equal(fma(a, b, c), a * b + c)


def test_broadcasting():
    a, b, c = random_array(1, (4, 1)), random_array(2, (5,)), random_array(3, (3, 1, 1))
    expected = fma(*(np.broadcast_to(array, (3, 4, 5)) for array in (a, b, c)))
    assert_same_bits(fma(a, b, c), expected)


def test_rounding_by_rational_numbers_is_the_processor_s():
    # The yardstick itself, where a conversion of float64 measures it.
    from fractions import Fraction

    numbers = np.random.default_rng(1).standard_normal(3000) * 2.0 ** np.random.default_rng(2).integers(-160, 130, 3000)
    with np.errstate(over="ignore", under="ignore"):
        expected = numbers.astype(np.float32)
    assert_same_bits(np.array([round_to_float32(Fraction(n)) for n in numbers.tolist()], np.float32), expected)
