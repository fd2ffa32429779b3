"""Any valid call gives the reference's bits; any invalid one raises what is documented before anything is computed."""

import sys
import types
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nativecnn
from nativecnn import ops
from nativecnn._kernels import runtime
from nativecnn.ops import backend
from support import assert_same_bits
from support.calls import VALID_CALLS
from support.faults import invalid_calls

FUNCTIONS = sorted(VALID_CALLS)


@pytest.fixture(scope="module", autouse=True)
def small_arrays_are_shared_out():
    before = runtime.set_work_per_thread(1)
    yield
    runtime.set_work_per_thread(before)


def test_every_function_is_tested():
    assert set(FUNCTIONS) == set(ops.__all__) - {"backend_name", "use_backend"}


def results(function, arguments):
    """Return a function's results as a list; numbers, which have to be float32 values, stay Python's."""
    result = getattr(ops, function)(**arguments)
    return list(result) if isinstance(result, tuple) else [result]


def as_arrays(parts):
    return [np.float32(part) for part in parts]


@pytest.mark.parametrize("function", FUNCTIONS)
@given(data=st.data())
def test_valid_calls_give_the_reference_s_bits(function, data):
    call = data.draw(VALID_CALLS[function])
    threads = data.draw(st.sampled_from((1, 2, 3, 7)))
    with nativecnn.use_backend("reference"), np.errstate(all="ignore"):
        expected = results(function, call.plain_arguments)
    instruction_set = data.draw(st.sampled_from(runtime.supported_instruction_sets()[::-1]))
    before = runtime.set_instruction_set(instruction_set)
    try:
        # Neither warnings nor NumPy's own errors, whatever the values.
        with nativecnn.threads(threads), np.errstate(all="raise"), warnings.catch_warnings():
            warnings.simplefilter("error")
            actual = results(function, call.arguments)
    finally:
        runtime.set_instruction_set(before)
    assert_same_bits(as_arrays(actual), as_arrays(expected))
    with nativecnn.use_backend("reference"), np.errstate(all="ignore"):
        assert_same_bits(as_arrays(results(function, call.arguments)), as_arrays(expected))


@pytest.mark.parametrize("function", FUNCTIONS)
@given(data=st.data())
def test_results_are_new_arrays_of_the_documented_shapes_and_arguments_stay(function, data):
    call = data.draw(VALID_CALLS[function])
    before = {name: np.array(call.arguments[name]) for name in call.arrays}
    actual = results(function, call.arguments)
    assert len(actual) == len(call.result_shapes)
    for result, shape in zip(actual, call.result_shapes, strict=True):
        if shape is None:
            assert type(result) is float and (result != result or result == np.float32(result))
        else:
            assert type(result) is np.ndarray and result.shape == shape and result.dtype == np.float32
            assert result.flags.c_contiguous and result.flags.aligned and result.flags.writeable
            for argument in call.arguments.values():
                assert not (isinstance(argument, np.ndarray) and np.may_share_memory(result, argument))
    for name, array in before.items():
        after = np.array(call.arguments[name])
        assert after.dtype == array.dtype and content(after) == content(array)


def content(array):
    """Return what an array holds: its bytes, but those of a long double that hold nothing."""
    return repr(array.tolist()) if array.dtype == np.longdouble else array.tobytes()


@contextmanager
def registered_backend(name, functions):
    module = types.ModuleType(name)
    vars(module).update(functions)
    sys.modules[name] = module
    backend._MODULES[name] = name
    yield
    del backend._MODULES[name], sys.modules[name]


@pytest.fixture(scope="module")
def looks_at_arguments():
    """A backend that holds those who call it to what kernels expect."""

    def looking(function):
        def call(*arguments):
            for array in arguments:
                if isinstance(array, np.ndarray):
                    assert array.dtype == np.dtype(np.float32) and array.dtype.isnative
                    assert array.flags.c_contiguous and array.flags.aligned
                else:
                    assert array is None or type(array) in (int, float, str) or type(array) is tuple
            return function(*arguments)

        return call

    functions = {name: looking(getattr(nativecnn._kernels, name)) for name in nativecnn._kernels.__all__}
    with registered_backend("looks_at_arguments", functions):
        yield


@pytest.mark.parametrize("function", FUNCTIONS)
@given(data=st.data())
def test_kernels_are_given_aligned_contiguous_float32_arrays_alone(looks_at_arguments, function, data):
    call = data.draw(VALID_CALLS[function])
    with nativecnn.use_backend("looks_at_arguments"):
        results(function, call.arguments)


@pytest.fixture(scope="module")
def nothing_computes():
    """A backend of which every function fails the test."""

    def compute(*arguments):
        raise AssertionError("something was computed")

    with registered_backend("nothing_computes", dict.fromkeys(nativecnn._kernels.__all__, compute)):
        yield


def test_nothing_computes_where_nothing_should(nothing_computes):
    with nativecnn.use_backend("nothing_computes"), pytest.raises(AssertionError, match="something was computed"):
        ops.relu([1.0])


@pytest.mark.parametrize("function", FUNCTIONS)
@given(data=st.data())
def test_invalid_calls_raise_what_is_documented_before_anything_is_computed(nothing_computes, function, data):
    arguments, error, fault = data.draw(invalid_calls(function))
    with nativecnn.use_backend("nothing_computes"), warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises((TypeError, ValueError, MemoryError)) as raised:
            getattr(ops, function)(**arguments)
    assert raised.type is error, fault
    message = str(raised.value)
    assert message.startswith(f"{function}: "), (fault, message)
    assert "expect" in message and "got" in message and len(message) < 2000, (fault, message)
