"""What depthwise convolution has beyond other convolutions: relu in its last store."""

import numpy as np
import pytest

from nativecnn import _kernels, reference
from nativecnn._kernels.threads import threads
from nativecnn.epilogue import Epilogue
from support import VALUES, Output, assert_same_bits, call_reference, random_array

SHAPES = [
    # image, channels, kernel, strides
    ((6, 7), 5, (3, 3), (1, 1)),
    ((9, 11), 33, (3, 3), (1, 1)),
    ((9, 11), 48, (3, 3), (2, 2)),
    ((5, 3), 17, (3, 3), (1, 1)),
    ((8, 9), 31, (2, 3), (1, 2)),
    ((8, 9), 20, (5, 5), (1, 1)),
]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("image, channels, kernel, strides", SHAPES)
def test_relu_in_the_last_store_is_relu_afterwards(image, channels, kernel, strides, values, bias, instruction_set):
    x = random_array(1, (2, *image, channels), values)
    weights = random_array(2, (*kernel, 1, channels), values)
    shift = random_array(3, (channels,), values) if bias else None
    rows, columns = ((size - 1) // stride + 1 for size, stride in zip(image, strides, strict=True))
    geometry = strides, tuple(taps // 2 for taps in kernel), (1, 1), channels
    (y,) = call_reference("conv2d", x, weights, shift, Output((2, rows, columns, channels)), *geometry)
    reference.relu(y, y)
    fused = np.full_like(y, 7)
    with threads(3):
        _kernels.conv2d(x, weights, shift, fused, *geometry, epilogue=Epilogue(activation="relu"))
    assert_same_bits(fused, y)
