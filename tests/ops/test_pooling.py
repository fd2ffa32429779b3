"""Errors of the functional pooling, and its defaults."""

import numpy as np
import pytest

from nativecnn import ops
from support import assert_same_bits, random_array

X = random_array(1, (2, 7, 6, 3))
DY = np.zeros((2, 3, 3, 3), np.float32)
FUNCTIONS = {
    "max_pool2d": ops.max_pool2d,
    "average_pool2d": ops.average_pool2d,
    "max_pool2d_backward": lambda x, **options: ops.max_pool2d_backward(DY, x, **options),
    "average_pool2d_backward": lambda x, **options: ops.average_pool2d_backward(DY, x.shape[1:3], **options),
}


@pytest.fixture(params=FUNCTIONS)
def function(request):
    return request.param


def refused(function, error, message, x=X, **options):
    with pytest.raises(error, match=f"^{function}: {message}"):
        FUNCTIONS[function](x, **options)


def test_windows_must_fit(function):
    fits = "expected a window that fits an image of"
    refused(function, ValueError, f"{fits} 7 pixels, got one of 8 pixels", pool_size=8)
    refused(function, ValueError, f"{fits} 7 pixels, got one of 8 pixels", pool_size=8, ceil_mode=True)
    refused(function, ValueError, f"{fits} 6 pixels, got one of 7 pixels", pool_size=(7, 7))


def test_images_must_have_pixels():
    for name in ("max_pool2d", "average_pool2d"):
        refused(name, ValueError, "expected an image of at least one pixel, got a side of 0", x=X[:, :0], padding=1)
    with pytest.raises(ValueError, match="image: expected integers of at least 1, got"):
        ops.average_pool2d_backward(DY, (0, 6))


def test_padding_must_be_smaller_than_the_window(function):
    for padding in (2, ((2, 0), (0, 0)), ((0, 0), (0, 5))):
        refused(function, ValueError, r"expected padding smaller than the window \(2, 2\), got", padding=padding)


@pytest.mark.parametrize("option", ["pool_size", "strides"])
def test_sizes_below_one_are_refused(function, option):
    for value in (0, -1, (1, 0)):
        refused(function, ValueError, f"{option}: expected integers of at least 1, got", **{option: value})


@pytest.mark.parametrize("option", ["pool_size", "strides", "padding"])
def test_other_types_are_refused(function, option):
    for value in (1.5, "2x2", True, (1, 2, 3)):
        refused(function, (TypeError, ValueError), f"{option}: expected .*, got", **{option: value})


@pytest.mark.parametrize("option", ["pool_size", "strides", "padding"])
@pytest.mark.parametrize("value", [2**31, 2**63, 2**70])
def test_absurd_sizes_raise_and_do_not_crash(function, option, value):
    with pytest.raises((ValueError, MemoryError)):
        FUNCTIONS[function](X, **{option: value})


def test_largest_windows_are_possible():
    most = 2**31 - 1
    y = ops.max_pool2d(X, pool_size=most, padding=((most - 1, 0), (0, most - 1)), strides=most)
    assert y.shape == (2, 1, 1, 3)
    assert ops.average_pool2d(X, pool_size=most, strides=1, padding="same").shape == X.shape


def test_images_that_no_memory_holds_raise_memory_error():
    with pytest.raises(MemoryError):
        ops.average_pool2d_backward(np.zeros((1, 1, 1, 1)), (2**30, 2**30), pool_size=2**30)


def test_gradient_s_shape_must_be_the_output_s():
    message = r"dy: expected shape \(2, 3, 3, 3\), got \(2, 2, 3, 3\)"
    with pytest.raises(ValueError, match="^max_pool2d_backward: " + message):
        ops.max_pool2d_backward(DY[:, :2], X)
    with pytest.raises(ValueError, match="^average_pool2d_backward: " + message):
        ops.average_pool2d_backward(DY[:, :2], (7, 6))


def test_strides_are_the_window_unless_given():
    for pool in (ops.max_pool2d, ops.average_pool2d):
        assert_same_bits(pool(X, pool_size=(3, 2)), pool(X, pool_size=(3, 2), strides=(3, 2)))
        assert_same_bits(pool(X), pool(X, pool_size=2, strides=2))


def test_padding_never_takes_part():
    negative = -abs(X) - 1
    assert (ops.max_pool2d(negative, pool_size=3, strides=1, padding="same") < 0).all()
    ones = np.ones((1, 4, 5, 2), np.float32)
    assert (ops.average_pool2d(ones, pool_size=3, strides=1, padding=1) == 1).all()
    assert (ops.average_pool2d(ones, pool_size=3, strides=2, ceil_mode=True) == 1).all()


def test_windows_of_one_pixel_change_nothing():
    assert_same_bits(ops.max_pool2d(X, pool_size=1), X)
    assert_same_bits(ops.average_pool2d(X, pool_size=1), X + np.float32(0))
