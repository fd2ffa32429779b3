"""exp, log, tanh, sigmoid, rounded from values of 113 bits: the bits of reference and native kernels."""

import numpy as np
import pytest

from support.arrays import all_magnitudes

FUNCTIONS = ("exp", "log", "tanh", "sigmoid")

# Zeros, infinities, NaN, the ends of overflow and underflow, and those where float64 alone would round wrongly.
SPECIAL = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 2.0**-149, -(2.0**-149), 2.0**-126, 3.4028235e38, -3.4028235e38]
    + [float.fromhex(value) for value in ("0x1.62e42ep+6", "0x1.62e430p+6", "-0x1.9fe368p+6", "-0x1.9fe36ap+6")]
    + [float.fromhex(value) for value in ("0x1.b121a6p+76", "0x1.8p-22", "-0x1.8p-22")],
    np.float32,
)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_special_values(agree, function):
    agree(function, SPECIAL)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_values_of_all_magnitudes(agree, function):
    agree(function, all_magnitudes(1, 100_000))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_values_about_one(agree, function):
    agree(function, np.float32(1) + np.arange(-20_000, 20_000, dtype=np.float32) * np.float32(2.0**-23))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_sigmoid_and_others_next_to_zero(agree, function):
    # Where sigmoid comes closest to the middle of two float32 values.
    x = np.arange(1, 20_000, dtype=np.float32) * np.float32(2.0**-26)
    agree(function, np.concatenate([x, -x]))


@pytest.mark.long
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("seed", range(5))
def test_millions_of_values(agree, function, seed):
    agree(function, all_magnitudes(seed + 2, 1_000_000))
