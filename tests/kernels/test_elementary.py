"""exp and log, native against reference. That both are correctly rounded is held in tests/reference."""

import numpy as np
import pytest

from nativecnn._kernels import runtime
from nativecnn._kernels.threads import threads
from support import Output, assert_same_bits, call_native, call_reference
from support.arrays import all_magnitudes
from support.elementary import FUNCTIONS, compiled_functions, floats_from

SIZES = (0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 33, 8191, 8192, 8193, 20000)  # a task is 8192 elements


@pytest.mark.parametrize("function", ["exp", "log"])
@pytest.mark.parametrize("size", SIZES)
def test_bits_are_the_reference_s(function, size, instruction_set):
    x = all_magnitudes(size, size)
    with threads(1 + size % 4):
        actual = call_native(function, x, Output(x.shape))
    assert_same_bits(actual, call_reference(function, x, Output(x.shape)))


@pytest.mark.parametrize("function", ["exp", "log"])
def test_floats_of_every_exponent_have_the_reference_s_bits(function, instruction_set):
    x = np.arange(0, 2**32, 20011, dtype=np.uint64).astype(np.uint32).view(np.float32)
    assert_same_bits(call_native(function, x, Output(x.shape)), call_reference(function, x, Output(x.shape)))


def test_shapes_of_any_rank(instruction_set):
    for shape in ((), (1,), (2, 3), (2, 0, 3), (2, 3, 2, 5, 2)):
        x = all_magnitudes(len(shape), shape)
        for function in ("exp", "log"):
            assert_same_bits(call_native(function, x, Output(shape)), call_reference(function, x, Output(shape)))


@pytest.mark.long
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_float_has_the_correctly_rounded_value_s_bits(function, tmp_path):
    # What the header gives in plain C is compared with MPFR in tests/reference/test_elementary.py.
    expected_of = compiled_functions(tmp_path / "elementary.so", ["-O1"])
    before, block = runtime.instruction_set(), 1 << 20
    compared = dict.fromkeys(runtime.supported_instruction_sets(), 0)
    try:
        for first in range(0, 1 << 32, block):
            x = floats_from(first, block)
            expected = expected_of(function, x)
            for name in compared:
                if name.endswith("_emulated") and first // block % 64:
                    continue  # slow, and these functions are plain C in every instruction set
                runtime.set_instruction_set(name)
                assert_same_bits(call_native(function, x, Output(x.shape)), expected)
                compared[name] += block
    finally:
        runtime.set_instruction_set(before)
    print(function, compared)
    assert all(count == 1 << 32 for name, count in compared.items() if not name.endswith("_emulated"))
