"""Shapes and errors of the functional activations."""

import numpy as np
import pytest

from nativecnn import ops
from support import assert_same_bits, random_array

FUNCTIONS = ("relu", "sigmoid", "tanh", "exp", "log")


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 0, 2), (2, 3), (2, 1, 3, 1, 2, 2)], ids=str)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_any_shape(function, shape):
    x = abs(random_array(1, shape))
    y = getattr(ops, function)(x)
    assert isinstance(y, np.ndarray)
    assert y.shape == shape
    flat = getattr(ops, function)(x.reshape(-1))
    assert_same_bits(y.reshape(-1), flat)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0)], ids=str)
def test_softmax_needs_an_element_in_each_row(shape):
    message = r"expected a last axis of at least one element, got shape \("
    with pytest.raises(ValueError, match="^softmax: " + message):
        ops.softmax(np.zeros(shape))
    with pytest.raises(ValueError, match="^softmax_backward: " + message):
        ops.softmax_backward(np.zeros(shape), np.zeros(shape))


def test_softmax_over_the_last_axis_alone():
    x = random_array(1, (2, 3, 4, 5))
    assert_same_bits(ops.softmax(x), ops.softmax(x.reshape(24, 5)).reshape(x.shape))
    assert_same_bits(ops.softmax(x[0, 0, 0]), ops.softmax(x)[0, 0, 0])


@pytest.mark.parametrize("function", ["relu", "sigmoid", "tanh", "softmax"])
def test_gradient_s_shape_must_be_the_output_s(function):
    with pytest.raises(ValueError, match=rf"^{function}_backward: dy: expected shape \(3, 2\), got \(2, 3\)"):
        getattr(ops, f"{function}_backward")(np.zeros((2, 3)), np.zeros((3, 2)))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_arrays_that_no_memory_holds_raise(function):
    with pytest.raises((MemoryError, ValueError)):
        getattr(ops, function)(np.broadcast_to(np.float32(1), (2**21, 2**21)))
