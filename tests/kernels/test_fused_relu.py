"""ReLU in the same call as convolution or dense layer, and kernels packed beforehand: the bits of separate calls."""

import numpy as np
import pytest

from nativecnn import _kernels, reference
from support import Output, assert_same_bits, call_native, call_reference, random_array

# samples, rows, columns, channels, filters, groups: tiles and blocks are straddled, depthwise is among them
CONVOLUTIONS = [
    (1, 1, 1, 1, 1, 1),
    (2, 9, 7, 3, 33, 1),
    (1, 12, 13, 20, 70, 1),
    (2, 6, 5, 8, 12, 4),
    (2, 8, 7, 19, 19, 19),
]


def convolution(samples, rows, columns, channels, filters, groups):
    x = random_array(1, (samples, rows, columns, channels))
    kernel = random_array(2, (min(rows, 3), min(columns, 3), channels // groups, filters))
    bias = random_array(3, (filters,))
    y = Output((samples, rows, columns, filters))
    return x, kernel, bias, y, (1, 1), (min(rows, 3) // 2, min(columns, 3) // 2), (1, 1), groups


@pytest.mark.parametrize("sizes", CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("with_bias", [True, False])
def test_a_convolution_with_relu_is_the_reference_bit_for_bit(sizes, with_bias, instruction_set):
    arguments = list(convolution(*sizes))
    arguments[2] = arguments[2] if with_bias else None
    (fused,) = call_native("conv2d", *arguments, "direct", True)
    (expected,) = call_reference("conv2d", *arguments, "direct", True)
    assert_same_bits(fused, expected)
    (plain,) = call_native("conv2d", *arguments)
    assert_same_bits(fused, call_native("relu", plain, Output(plain.shape))[0])


@pytest.mark.parametrize("sizes", [(1, 1, 1), (3, 40, 70), (65, 33, 17)], ids=str)
def test_a_dense_layer_with_relu_is_the_reference_bit_for_bit(sizes, instruction_set):
    samples, inputs, outputs = sizes
    arguments = [random_array(1, (samples, inputs)), random_array(2, (inputs, outputs)), random_array(3, (outputs,))]
    (fused,) = call_native("dense", *arguments, Output((samples, outputs)), True)
    assert_same_bits(fused, call_reference("dense", *arguments, Output((samples, outputs)), True)[0])
    (plain,) = call_native("dense", *arguments, Output((samples, outputs)))
    assert_same_bits(fused, call_native("relu", plain, Output(plain.shape))[0])


@pytest.mark.parametrize("backend", ["native", "reference"])
def test_fused_relu_keeps_nan_and_gives_positive_zeros(backend):
    call = {"native": call_native, "reference": call_reference}[backend]
    x = np.float32([-0.0, -1, 2, np.nan, np.inf, -np.inf, -1e-45]).reshape(-1, 1)
    one, nothing = np.ones((1, 1), np.float32), np.float32([-0.0])
    (y,) = call("dense", x, one, nothing, Output(x.shape), True)
    assert_same_bits(y, np.float32([0, 0, 2, np.nan, np.inf, 0, 0]).reshape(-1, 1))
    image = x.reshape(1, 1, -1, 1)
    geometry = (1, 1), (0, 0), (1, 1), 1
    (y,) = call("conv2d", image, one.reshape(1, 1, 1, 1), nothing, Output(image.shape), *geometry, "direct", True)
    assert_same_bits(y.reshape(-1, 1), np.float32([0, 0, 2, np.nan, np.inf, 0, 0]).reshape(-1, 1))


@pytest.mark.parametrize("sizes", CONVOLUTIONS, ids=str)
def test_a_kernel_packed_beforehand_gives_the_same_bits(sizes, instruction_set):
    *arguments, groups = convolution(*sizes)
    assert reference.pack_conv2d(arguments[1], groups) is None
    packed = _kernels.pack_conv2d(arguments[1], groups)
    for relu in (False, True):
        (kept,) = call_native("conv2d", *arguments, groups, "direct", relu, packed)
        assert_same_bits(kept, call_native("conv2d", *arguments, groups, "direct", relu)[0])
