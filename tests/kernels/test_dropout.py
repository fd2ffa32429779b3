"""Dropout, native against reference."""

from functools import cache

import pytest

import nativecnn._kernels as native
from nativecnn._kernels.threads import threads
from support import VALUES, Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array

KEY = 0xFEDCBA98765432100123456789ABCDEF

# A block of random words serves 8 elements, a task at most 2048 channels and some 8192 elements.
CASES = all_pairs(
    samples=(0, 1, 2, 3, 7),
    pixels=(0, 1, 2, 5, 30),
    channels=(1, 3, 7, 8, 9, 17, 2047, 2049),
    rate=(0.0, 2.0**-33, 0.25, 0.3, 0.5, 0.999, 1 - 2.0**-40, 1.0),
    step=(0, 1, 2**32, 2**64 - 1),
    values=VALUES,
    threads=(1, 2, 3, 16),
    possible=lambda samples, pixels, channels, **_: samples * pixels * channels < 100_000,
) + [
    {"samples": 1, "pixels": 1, "channels": 20_001, "rate": 0.5, "step": 3, "values": "plain", "threads": 3},
    {"samples": 2, "pixels": 300, "channels": 100, "rate": 0.5, "step": 3, "values": "special", "threads": 5},
]


def arguments(case):
    x = random_array(1, (case["samples"], case["pixels"], case["channels"]), case["values"])
    return "dropout", x, KEY, case["step"], case["rate"], Output(x.shape)


@cache
def expected(case):
    return call_reference(*arguments(dict(case)))


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_bits_are_the_reference_s(case, instruction_set):
    with threads(case["threads"]):
        assert_same_bits(call_native(*arguments(case)), expected(tuple(case.items())))


@pytest.mark.parametrize("values", VALUES)
def test_output_may_be_the_input(values, instruction_set):
    x = random_array(1, (3, 5, 19), values)
    (y,) = call_reference("dropout", x, KEY, 3, 0.3, Output(x.shape))
    native.dropout(x, KEY, 3, 0.3, x)
    assert_same_bits(x, y)
