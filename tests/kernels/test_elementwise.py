"""Sums of arrays, native against reference."""

import pytest

from nativecnn._kernels import add
from nativecnn._kernels.threads import threads
from support import VALUES, Output, assert_same_bits, call_native, call_reference, random_array
from support.arrays import all_magnitudes

SIZES = (0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 33, 8191, 8192, 8193, 20000)  # a task is 8192 elements


@pytest.mark.parametrize("size", SIZES)
def test_bits_are_the_reference_s(size, instruction_set):
    a, b = all_magnitudes(size, size), all_magnitudes(size + 1, size)
    with threads(1 + size % 4):
        actual = call_native("add", a, b, Output(a.shape))
    assert_same_bits(actual, call_reference("add", a, b, Output(a.shape)))


@pytest.mark.parametrize("values", VALUES)
def test_output_may_be_an_operand(values, instruction_set):
    a, b = random_array(1, (3, 7, 5, 2), values), random_array(2, (3, 7, 5, 2), values)
    (expected,) = call_reference("add", a, b, Output(a.shape))
    for first in (True, False):
        left, right = a.copy(), b.copy()
        add(left, right, left if first else right)
        assert_same_bits(left if first else right, expected)
