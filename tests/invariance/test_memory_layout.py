"""Where and in which order an argument's numbers lie in memory does not matter, nor their byte order."""

from functools import partial

import numpy as np
import pytest

from nativecnn import ops
from support import assert_same_bits, random_array
from support.layouts import LAYOUTS

X = random_array(1, (3, 7, 6, 5))
KERNEL = random_array(2, (3, 2, 5, 17))
BIAS = random_array(3, (17,))
DY = random_array(4, (3, 5, 5, 17))
WIDE_X = random_array(10, (2, 7, 6, 9))
WINOGRAD_KERNEL = random_array(11, (3, 3, 9, 17))
WINOGRAD_DY = random_array(12, (2, 5, 4, 17))
POOLED_DY = random_array(5, (3, 3, 3, 5))
ROWS = random_array(6, (9, 35))
TARGETS = abs(random_array(7, (9, 35)))
MATRIX = random_array(8, (35, 11))
MATRIX_DY = random_array(9, (9, 11))

CALLS = {
    "conv2d": (ops.conv2d, X, KERNEL, BIAS),
    "conv2d_backward": (ops.conv2d_backward, DY, X, KERNEL),
    "conv2d by Winograd's algorithm": (partial(ops.conv2d, algorithm="winograd"), WIDE_X, WINOGRAD_KERNEL, BIAS),
    "conv2d_backward by Winograd's algorithm": (
        partial(ops.conv2d_backward, algorithm="winograd"),
        WINOGRAD_DY,
        WIDE_X,
        WINOGRAD_KERNEL,
    ),
    "depthwise conv2d": (partial(ops.conv2d, groups=5), X, KERNEL[:, :, :1, :5], BIAS[:5]),
    "max_pool2d": (ops.max_pool2d, X),
    "max_pool2d_backward": (ops.max_pool2d_backward, POOLED_DY, X),
    "average_pool2d": (ops.average_pool2d, X),
    "average_pool2d_backward": (partial(ops.average_pool2d_backward, image=(7, 6)), POOLED_DY),
    "dense": (ops.dense, ROWS, MATRIX, BIAS[:11]),
    "dense_backward": (ops.dense_backward, MATRIX_DY, ROWS, MATRIX),
    "exp": (ops.exp, X),
    "log": (ops.log, X),
    "relu": (ops.relu, X),
    "relu_backward": (ops.relu_backward, X, X),
    "sigmoid": (ops.sigmoid, X),
    "sigmoid_backward": (ops.sigmoid_backward, X, X),
    "tanh": (ops.tanh, X),
    "tanh_backward": (ops.tanh_backward, X, X),
    "softmax": (ops.softmax, X),
    "softmax_backward": (ops.softmax_backward, X, X),
    "softmax_crossentropy": (ops.softmax_crossentropy, ROWS, TARGETS),
    "sigmoid_crossentropy": (ops.sigmoid_crossentropy, ROWS, TARGETS),
    "categorical_crossentropy": (ops.categorical_crossentropy, TARGETS, TARGETS),
    "binary_crossentropy": (ops.binary_crossentropy, TARGETS, TARGETS),
    "mean_squared_error": (ops.mean_squared_error, ROWS, TARGETS),
    "half_squared_error": (ops.half_squared_error, ROWS, TARGETS),
}


def as_arrays(result):
    return [np.float32(part) for part in result] if isinstance(result, tuple) else [result]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("function", CALLS)
def test_bits_do_not_depend_on_memory_layout(function, layout, instruction_set):
    call, *arrays = CALLS[function]
    expected = as_arrays(call(*arrays))
    laid_out = [LAYOUTS[layout](array) for array in arrays]
    before = [np.array(array) for array in laid_out]
    assert_same_bits(as_arrays(call(*laid_out)), expected)
    for array, old in zip(laid_out, before, strict=True):
        assert np.array_equal(array, old)


@pytest.mark.parametrize("function", CALLS)
def test_bits_do_not_depend_on_alignment(function, instruction_set):
    call, *arrays = CALLS[function]
    expected = as_arrays(call(*arrays))
    for floats in range(1, 16):
        shifted = []
        for array in arrays:
            buffer = np.empty(array.size + floats, np.float32)
            shifted.append(buffer[floats:].reshape(array.shape))
            shifted[-1][...] = array
        assert_same_bits(as_arrays(call(*shifted)), expected)


@pytest.mark.parametrize("function", CALLS)
def test_arguments_without_strides_are_as_good_as_copies(function, instruction_set):
    call, *arrays = CALLS[function]
    for part in (lambda array: array[:1], lambda array: array[..., :1], lambda array: array.flat[0]):
        broadcast = [np.broadcast_to(part(array), array.shape) for array in arrays]
        assert any(0 in array.strides for array in broadcast)
        assert_same_bits(as_arrays(call(*broadcast)), as_arrays(call(*[array.copy() for array in broadcast])))
