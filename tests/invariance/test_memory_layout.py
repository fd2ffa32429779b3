import mmap

import numpy as np
import pytest

from nativecnn import ops
from support import assert_same_bits, random_array


def misaligned(array):
    """Return a copy whose first element lies one byte behind a multiple of four."""
    buffer = np.empty(array.nbytes + 1, np.uint8)
    result = buffer[1:].view(np.float32).reshape(array.shape)
    result[...] = array
    assert not result.flags.aligned or array.size == 0
    return result


def in_every_second_place(array):
    buffer = np.full((*array.shape[:-1], 2 * array.shape[-1]), np.nan, np.float32)
    buffer[..., ::2] = array
    return buffer[..., ::2]


def reversed_twice(array):
    every_axis = (slice(None, None, -1),) * array.ndim
    return array[every_axis].copy()[every_axis]


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def memory_mapped(array):
    """Return the array in read-only mapped memory, up to the last byte of a page."""
    size = -(-array.nbytes // mmap.PAGESIZE) * mmap.PAGESIZE
    pages = mmap.mmap(-1, size)
    pages[size - array.nbytes :] = array.tobytes()
    return read_only_view(np.frombuffer(pages, np.float32, offset=size - array.nbytes).reshape(array.shape))


def read_only_view(array):
    array = array.view()
    array.flags.writeable = False
    return array


LAYOUTS = {
    "fortran order": np.asfortranarray,
    "reversed": reversed_twice,
    "every second place": in_every_second_place,
    "misaligned": misaligned,
    "read-only": read_only,
    "memory-mapped": memory_mapped,
    "other byte order": lambda array: array.astype(array.dtype.newbyteorder()),
    "nested lists": lambda array: array.astype(float).tolist(),
    "float64": lambda array: array.astype(np.float64),
}

X = random_array(1, (3, 7, 6, 5))
KERNEL = random_array(2, (3, 2, 5, 17))
BIAS = random_array(3, (17,))
DY = random_array(4, (3, 5, 5, 17))
POOLED_DY = random_array(5, (3, 3, 3, 5))
ROWS = random_array(6, (9, 35))
TARGETS = abs(random_array(7, (9, 35)))
MATRIX = random_array(8, (35, 11))
MATRIX_DY = random_array(9, (9, 11))

CALLS = {
    "conv2d": (ops.conv2d, X, KERNEL, BIAS),
    "conv2d_backward": (ops.conv2d_backward, DY, X, KERNEL),
    "max_pool2d": (ops.max_pool2d, X),
    "max_pool2d_backward": (ops.max_pool2d_backward, POOLED_DY, X),
    "average_pool2d": (ops.average_pool2d, X),
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


def test_one_number_broadcast_over_an_array():
    x = np.broadcast_to(np.float32(0.3), (2, 6, 6, 3))
    kernel = random_array(1, (3, 3, 3, 4))
    assert_same_bits(ops.conv2d(x, kernel), ops.conv2d(x.copy(), kernel))
