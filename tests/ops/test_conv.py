"""Errors of the functional convolution, and its ways to say the same."""

import numpy as np
import pytest

from nativecnn import ops
from support import assert_same_bits, random_array

X = random_array(1, (2, 7, 6, 4))
KERNEL = random_array(2, (3, 2, 4, 6))
FUNCTIONS = {
    "conv2d": ops.conv2d,
    "conv2d_backward": lambda x, kernel, **options: ops.conv2d_backward(np.zeros((2, 5, 5, 6)), x, kernel, **options),
}


@pytest.fixture(params=FUNCTIONS)
def function(request):
    return request.param


def refused(function, error, message, x=X, kernel=KERNEL, **options):
    with pytest.raises(error, match=f"^{function}: {message}"):
        FUNCTIONS[function](x, kernel, **options)


def test_channels_must_match(function):
    refused(
        function, ValueError, r"kernel \(3, 2, 3, 6\) expects an input of 3 channels, got 4", kernel=KERNEL[:, :, :3]
    )
    refused(function, ValueError, r"kernel .* expects an input of 8 channels \(2 groups of 4\), got 4", groups=2)


def test_filters_must_be_divisible_by_groups(function):
    kernel = KERNEL[:, :, :1, :6]
    refused(function, ValueError, "expected a number of filters divisible by 4 groups, got 6", kernel=kernel, groups=4)


@pytest.mark.parametrize("axis", range(4))
def test_empty_kernels_are_refused(function, axis):
    shape = list(KERNEL.shape)
    shape[axis] = 0
    x = X[..., :0] if axis == 2 else X
    refused(function, ValueError, r"expected a kernel without empty axes, got shape \(", x=x, kernel=np.zeros(shape))


def test_images_must_hold_a_window(function):
    fits = "expected a window that fits an image of"
    refused(function, ValueError, f"{fits} 2 pixels, got one of 3 pixels", x=X[:, :2])
    refused(function, ValueError, f"{fits} 7 pixels, got one of 9 pixels", dilation_rate=4)
    padded = f"{fits} 7 pixels padded by 1 and 2, got one of 11 pixels"
    refused(function, ValueError, padded, dilation_rate=5, padding=((1, 2), (9, 9)))
    refused(function, ValueError, "expected an image of at least one pixel, got a side of 0", x=X[:, :0], padding=3)


@pytest.mark.parametrize("option", ["strides", "dilation_rate", "groups"])
def test_sizes_below_one_are_refused(function, option):
    for value in (0, -1):
        refused(function, ValueError, f"{option}: expected integers of at least 1, got {value}", **{option: value})


@pytest.mark.parametrize("option", ["strides", "dilation_rate", "groups", "padding"])
def test_other_types_are_refused(function, option):
    for value in (1.5, None, True, (1, 2, 3), (1.0, 1)):
        refused(function, TypeError, f"{option}: expected .*integer.*, got|{option}: expected", **{option: value})


def test_groups_are_one_number(function):
    refused(function, TypeError, r"groups: expected an integer, got \(1, 1\)", groups=(1, 1))


@pytest.mark.parametrize("option", ["strides", "dilation_rate", "groups", "padding"])
@pytest.mark.parametrize("value", [2**31, 2**62, 2**63, 2**64, 2**200])
def test_absurd_sizes_raise_and_do_not_crash(function, option, value):
    with pytest.raises((ValueError, MemoryError)):
        FUNCTIONS[function](X, KERNEL, **{option: value})


@pytest.mark.parametrize("padding", [2**20, 2**30, 2**31 - 1])
def test_outputs_that_no_memory_holds_raise_memory_error(padding):
    with pytest.raises(MemoryError):
        ops.conv2d(X, KERNEL, padding=padding)


def test_largest_strides_paddings_and_dilations_are_possible():
    most = 2**31 - 1
    # The one window at each corner of the padded image sees nothing of it.
    y = ops.conv2d(X, KERNEL[:1, :1], strides=most, padding=((most, most - 6), (most, most - 5)))
    assert y.shape == (2, 3, 3, 6)
    expected = np.zeros((2, 3, 3, 6), np.float32)
    expected[:, 1, 1] = ops.conv2d(X[:, :1, :1], KERNEL[:1, :1])[:, 0, 0]
    np.testing.assert_array_equal(y, expected)
    assert_same_bits(ops.conv2d(X, KERNEL[:1, :1], dilation_rate=most), ops.conv2d(X, KERNEL[:1, :1]))


def test_inputs_that_no_memory_holds_raise_memory_error():
    # Of one number in memory, seen 2**42 times: a copy cannot be had.
    endless = np.broadcast_to(np.float32(1), (2**20, 2**11, 2**11, 1))
    with pytest.raises(MemoryError):
        ops.conv2d(endless, KERNEL[:, :, :1])


def test_strides_and_dilation_may_be_one_number_or_two():
    once = ops.conv2d(X, KERNEL, strides=2, dilation_rate=2, padding=1)
    assert_same_bits(once, ops.conv2d(X, KERNEL, strides=(2, 2), dilation_rate=[2, 2], padding=((1, 1), (1, 1))))


def test_bias_is_added_last():
    bias = random_array(3, (6,))
    assert_same_bits(ops.conv2d(X, KERNEL, bias), ops.conv2d(X, KERNEL) + bias)


def test_padding_equals_an_image_with_zeros_around_it():
    around = np.pad(X, ((0, 0), (1, 2), (3, 0), (0, 0)))
    assert_same_bits(ops.conv2d(X, KERNEL, padding=((1, 2), (3, 0))), ops.conv2d(around, KERNEL))


def test_dilation_equals_a_kernel_with_zeros_between():
    spread = np.zeros((5, 4, 4, 6), np.float32)
    spread[::2, ::3] = KERNEL
    assert_same_bits(ops.conv2d(X, KERNEL, dilation_rate=(2, 3)), ops.conv2d(X, spread))


def test_strides_equal_every_so_manieth_output():
    assert_same_bits(ops.conv2d(X, KERNEL, strides=(2, 3)), ops.conv2d(X, KERNEL)[:, ::2, ::3])


def test_groups_equal_convolutions_side_by_side():
    kernel = KERNEL[:, :, :2]
    halves = [ops.conv2d(X[..., :2], kernel[..., :3]), ops.conv2d(X[..., 2:], kernel[..., 3:])]
    assert_same_bits(ops.conv2d(X, kernel, groups=2), np.concatenate(halves, axis=-1))


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("samples", [3, 0])
@pytest.mark.parametrize("kernel_size", [(1, 2), (2, 2), (3, 3)])
def test_windows_far_beyond_the_image_take_no_memory(kernel_size, groups, samples):
    # Three to nine windows a side, 2^29 pixels apart: what they see would be more than any memory holds.
    x, kernel = random_array(1, (samples, 2, 4, 3)), random_array(2, (*kernel_size, 3 // groups, 3))
    for rows in (3, 9):
        far = {
            "strides": (2**30 // rows, 2**30 // 9),
            "padding": ((2**29, 2**29 + 7), (2**29, 2**29)),
            "groups": groups,
        }
        y = ops.conv2d(x, kernel, **far)
        results = [y, *ops.conv2d_backward(y, x, kernel, **far)]
        with ops.use_backend("reference"):
            assert_same_bits(results, [ops.conv2d(x, kernel, **far), *ops.conv2d_backward(y, x, kernel, **far)])
