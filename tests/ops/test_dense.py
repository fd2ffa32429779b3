"""Errors of the functional dense layer."""

import numpy as np
import pytest

from nativecnn import ops
from support import assert_same_bits, random_array

X = random_array(1, (5, 3))
KERNEL = random_array(2, (3, 4))
FUNCTIONS = {
    "dense": ops.dense,
    "dense_backward": lambda x, kernel: ops.dense_backward(np.zeros((len(x), kernel.shape[1])), x, kernel),
}


@pytest.fixture(params=FUNCTIONS)
def function(request):
    return request.param


def test_inputs_must_match(function):
    with pytest.raises(ValueError, match=rf"^{function}: kernel \(3, 4\) expects 3 inputs, got x \(5, 2\)"):
        FUNCTIONS[function](X[:, :2], KERNEL)


@pytest.mark.parametrize("shape", [(0, 4), (3, 0), (0, 0)])
def test_empty_kernels_are_refused(function, shape):
    with pytest.raises(
        ValueError, match=rf"^{function}: expected a kernel without empty axes, got shape \({shape[0]}, "
    ):
        FUNCTIONS[function](X[:, : shape[0]], np.zeros(shape))


def test_a_row_is_no_batch():
    with pytest.raises(ValueError, match=r"^dense: x: expected 2 axes, got 1 \(shape \(3,\)\)"):
        ops.dense(X[0], KERNEL)


def test_results_that_no_memory_holds_raise_memory_error():
    endless = np.broadcast_to(np.float32(1), (2**40, 1))
    with pytest.raises(MemoryError):
        ops.dense(endless, KERNEL[:1])


def test_bias_is_added_last():
    bias = random_array(3, (4,))
    assert_same_bits(ops.dense(X, KERNEL, bias), ops.dense(X, KERNEL) + bias)
