import numpy as np
import pytest

from nativecnn import ops
from nativecnn._kernels import conv2d, pack_conv2d, runtime
from nativecnn.epilogue import Epilogue
from support import assert_same_bits, random_array


def test_bits_do_not_depend_on_instruction_set(operation, instruction_set):
    before = runtime.set_instruction_set("generic")
    try:
        expected = operation()
    finally:
        runtime.set_instruction_set(before)
    assert_same_bits(operation(), expected)


def test_bits_do_not_depend_on_backend(operation):
    native = operation()
    with ops.use_backend("reference"):
        assert_same_bits(native, operation())


@pytest.mark.skipif(len(runtime.supported_instruction_sets()) < 2, reason="this machine has one instruction set")
def test_a_set_chosen_by_others_during_a_call_does_not_change_it(monkeypatch, threads_for_any_work):
    # Weights of several groups, packed for one set, must not be read by the kernels of another.
    x, kernel = random_array(1, (2, 9, 9, 48)), random_array(2, (3, 3, 16, 66))
    first, *_, other = runtime.supported_instruction_sets()
    before = runtime.set_instruction_set(first)
    try:
        expected = ops.conv2d(x, kernel, groups=3)
        y, packed = np.empty_like(expected), pack_conv2d(kernel, 3)

        def choose(_most):  # every call asks how many threads it may use
            runtime.set_instruction_set(other)
            return 1

        monkeypatch.setattr(runtime, "allowed_threads", choose)
        conv2d(x, kernel, None, y, (1, 1), (0, 0), (1, 1), 3, "direct", Epilogue(), packed)
        assert runtime.instruction_set() == other
    finally:
        runtime.set_instruction_set(before)
    assert_same_bits(y, expected)
