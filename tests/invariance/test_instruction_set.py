from nativecnn import ops
from nativecnn._kernels import runtime
from support import assert_same_bits


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
