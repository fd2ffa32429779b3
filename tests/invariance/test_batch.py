"""What a sample yields depends on nothing but the sample."""

import numpy as np
import pytest

from nativecnn import ops
from nativecnn._kernels.threads import threads
from support import VALUES, assert_same_bits, random_array

SAMPLES = 33
IMAGE = (6, 7, 5)

_kernel = random_array(1, (3, 2, 5, 9))
_bias = random_array(2, (9,))
_depthwise = random_array(3, (3, 3, 1, 5))
_dense = random_array(4, (210, 7))
_wide = random_array(12, (3, 3, 5, 19))
_wide_dy = random_array(13, (SAMPLES, 6, 7, 19))
_grouped = random_array(14, (2, 3, 1, 10))
_dy = random_array(5, (SAMPLES, 6, 7, 9))
_pool_dy = random_array(6, (SAMPLES, 3, 4, 5))
_dense_dy = random_array(7, (SAMPLES, 7))

# Each maps samples, and which of all they are, to their results.
PER_SAMPLE = {
    "conv2d": lambda x, which: ops.conv2d(x, _kernel, _bias, padding="same"),
    "conv2d_strided": lambda x, which: ops.conv2d(x, _kernel, strides=2, dilation_rate=(2, 1)),
    "conv2d_depthwise": lambda x, which: ops.conv2d(x, _depthwise, groups=5, padding=1),
    "conv2d_grouped": lambda x, which: ops.conv2d(x, _grouped, groups=5, padding="same"),
    "conv2d_winograd": lambda x, which: ops.conv2d(x, _wide, padding="same", algorithm="winograd"),
    "conv2d_winograd_input_gradient": lambda x, which: ops.conv2d_backward(
        _wide_dy[which], x, _wide, padding="same", algorithm="winograd"
    )[0],
    "conv2d_input_gradient": lambda x, which: ops.conv2d_backward(_dy[which], x, _kernel, padding="same")[0],
    "max_pool2d": lambda x, which: ops.max_pool2d(x, ceil_mode=True),
    "max_pool2d_gradient": lambda x, which: ops.max_pool2d_backward(_pool_dy[which], x, ceil_mode=True),
    "average_pool2d": lambda x, which: ops.average_pool2d(x, ceil_mode=True),
    "average_pool2d_gradient": lambda x, which: ops.average_pool2d_backward(_pool_dy[which], IMAGE[:2], ceil_mode=True),
    "dense": lambda x, which: ops.dense(x.reshape(-1, 210), _dense),
    "dense_input_gradient": lambda x, which: ops.dense_backward(_dense_dy[which], x.reshape(-1, 210), _dense)[0],
    "relu": lambda x, which: ops.relu(x),
    "relu_gradient": lambda x, which: ops.relu_backward(x[..., ::-1], x),
    "exp": lambda x, which: ops.exp(x),
    "log": lambda x, which: ops.log(x),
    "sigmoid": lambda x, which: ops.sigmoid(x),
    "sigmoid_gradient": lambda x, which: ops.sigmoid_backward(x[..., ::-1], x),
    "tanh": lambda x, which: ops.tanh(x),
    "tanh_gradient": lambda x, which: ops.tanh_backward(x[..., ::-1], x),
    "softmax": lambda x, which: ops.softmax(x),
    "softmax_gradient": lambda x, which: ops.softmax_backward(x, ops.softmax(x)),
    "half_squared_error": lambda x, which: ops.half_squared_error(x.reshape(-1, 210), -x.reshape(-1, 210))[1],
}


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("function", PER_SAMPLE)
def test_bits_do_not_depend_on_batch_composition(function, values, instruction_set, threads_for_any_work):
    compute = PER_SAMPLE[function]
    x = random_array(8, (SAMPLES, *IMAGE), values)
    everyone = np.arange(SAMPLES)
    with threads(3):
        expected = compute(x, everyone)
        for batch in ([0], [16], [32], [31, 32], everyone[::-1], everyone[5:22], [7] * 10, [3, 1, 4, 1, 5, 9, 2, 6]):
            assert_same_bits(compute(x[batch], np.array(batch)), expected[batch])


@pytest.mark.parametrize("function", ["max_pool2d", "relu", "softmax", "conv2d", "dense"])
def test_a_sample_of_nan_does_not_reach_its_neighbours(function):
    compute = PER_SAMPLE[function]
    x = random_array(9, (SAMPLES, *IMAGE))
    everyone = np.arange(SAMPLES)
    expected = compute(x, everyone)
    x[7] = np.nan
    others = everyone != 7
    assert_same_bits(compute(x, everyone)[others], expected[others])


@pytest.mark.parametrize("loss", ["softmax_crossentropy", "mean_squared_error"])
def test_gradients_of_equal_samples_are_equal(loss):
    x = np.repeat(random_array(10, (1, 10)), 700, axis=0)
    _, gradient = getattr(ops, loss)(x, np.repeat(random_array(11, (1, 10)), 700, axis=0))
    assert_same_bits(gradient, np.repeat(gradient[:1], 700, axis=0))
