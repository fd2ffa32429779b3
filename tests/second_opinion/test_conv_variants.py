"""1-D, depthwise and transposed convolution, made of the second opinion's 2-D convolution as the contract says."""

import numpy as np
import pytest

from nativecnn import ops
from support import VALUES, assert_same_bits, random_array

BACKENDS = ("native", "reference")


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("taps, stride, dilation", [(3, 1, 1), (4, 2, 1), (2, 3, 4)])
def test_causal_convolutions_of_rows(opinion, taps, stride, dilation, values):
    x, kernel, bias = (random_array(seed, s, values) for seed, s in enumerate(((2, 30, 4), (taps, 2, 6), (6,))))
    settings = {"strides": (1, stride), "dilation_rate": (1, dilation), "groups": 2}
    settings["padding"] = ((0, 0), ((taps - 1) * dilation, 0))
    y = opinion.conv2d(x[:, None], kernel[None], bias, **settings)
    dy = random_array(5, y.shape, values)
    expected = [y, *opinion.conv2d_backward(dy, x[:, None], kernel[None], **settings)]
    own = {"strides": stride, "dilation_rate": dilation, "groups": 2, "padding": "causal"}
    for backend in BACKENDS:
        with ops.use_backend(backend), np.errstate(all="ignore"):
            results = [ops.conv1d(x, kernel, bias, **own), *ops.conv1d_backward(dy[:, 0], x, kernel, **own)]
        assert_same_bits([result.ravel() for result in results], [array.ravel() for array in expected])


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("multiplier, channels", [(1, 17), (3, 4)])
def test_depthwise_convolutions(opinion, multiplier, channels, values):
    filters = channels * multiplier
    x, kernel = random_array(1, (2, 7, 8, channels), values), random_array(2, (3, 2, channels, multiplier), values)
    bias, settings = random_array(3, (filters,), values), {"strides": (2, 1), "padding": ((1, 1), (0, 1))}
    grouped = kernel.reshape(3, 2, 1, filters)
    y = opinion.conv2d(x, grouped, bias, groups=channels, **settings)
    dy = random_array(5, y.shape, values)
    expected = [y, *opinion.conv2d_backward(dy, x, grouped, groups=channels, **settings)]
    for backend in BACKENDS:
        with ops.use_backend(backend), np.errstate(all="ignore"):
            results = [ops.depthwise_conv2d(x, kernel, bias, **settings)]
            results += ops.depthwise_conv2d_backward(dy, x, kernel, **settings)
        assert_same_bits([result.ravel() for result in results], [array.ravel() for array in expected])


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("stride, taps", [(1, 3), (2, 3), (3, 2)])
def test_transposed_convolutions(opinion, stride, taps, values):
    x, kernel = random_array(1, (2, 5, 4, 6), values), random_array(2, (taps, taps, 5, 6), values)
    bias = random_array(3, (5,), values)
    # The corresponding convolution's padding for an output of stride · size pixels.
    missing = max(taps - stride, 0)
    side = (missing // 2, missing - missing // 2)
    settings = {"strides": stride, "padding": (side, side), "algorithm": "direct"}
    output = (2, 5 * stride, 4 * stride, 5)
    dy = random_array(4, output, values)
    with np.errstate(all="ignore"):
        y = opinion.conv2d_backward(x, np.zeros(output, np.float32), kernel, **settings)[0] + bias
    dx, dkernel = opinion.conv2d(dy, kernel, **settings), opinion.conv2d_backward(x, dy, kernel, **settings)[1]
    one = random_array(6, (1, 1, 5, 5))
    dbias = opinion.conv2d_backward(dy, dy, one, algorithm="direct")[2]
    own = {"strides": stride, "padding": "same", "algorithm": "direct"}
    for backend in BACKENDS:
        with ops.use_backend(backend), np.errstate(all="ignore"):
            results = [ops.conv2d_transpose(x, kernel, bias, **own)]
            results += ops.conv2d_transpose_backward(dy, x, kernel, **own)
        assert_same_bits(results, [y, dx, dkernel, dbias])
