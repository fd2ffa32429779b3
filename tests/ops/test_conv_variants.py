"""1-D, 3-D, depthwise and transposed convolution: what they are in terms of others, their geometry, their errors."""

import numpy as np
import pytest

from nativecnn import ops
from support import assert_same_bits, random_array

ROW, ROW_KERNEL = random_array(1, (2, 11, 4)), random_array(2, (3, 2, 6))
IMAGE, DEPTHWISE_KERNEL = random_array(3, (2, 7, 6, 4)), random_array(4, (3, 2, 4, 2))
SMALL, TRANSPOSED_KERNEL = random_array(5, (2, 4, 3, 4)), random_array(6, (3, 2, 5, 4))

# 1-D


@pytest.mark.parametrize(
    "padding, pixels", [("valid", (0, 0)), ("same", (1, 2)), ("causal", (4, 0)), (3, (3, 3)), ((0, 2), (0, 2))], ids=str
)
def test_a_row_is_an_image_of_one_row(padding, pixels):
    settings = {"strides": 2, "dilation_rate": 2, "groups": 2}
    bias = random_array(3, (6,))
    in_2d = {"strides": (1, 2), "dilation_rate": (1, 2), "groups": 2, "padding": ((0, 0), pixels)}
    if padding == "same":
        in_2d["padding"] = "same"
    y = ops.conv1d(ROW, ROW_KERNEL, bias, padding=padding, **settings)
    expected = ops.conv2d(ROW[:, None], ROW_KERNEL[None], bias, **in_2d)
    assert_same_bits(y, expected[:, 0])
    gradients = ops.conv1d_backward(y, ROW, ROW_KERNEL, padding=padding, **settings)
    dx, dkernel, dbias = ops.conv2d_backward(expected, ROW[:, None], ROW_KERNEL[None], **in_2d)
    assert_same_bits(gradients, (dx[:, 0], dkernel[0], dbias))


def test_causal_outputs_depend_on_no_later_input():
    kernel = random_array(2, (3, 4, 6))
    y = ops.conv1d(ROW, kernel, padding="causal", dilation_rate=2)
    assert y.shape == (2, 11, 6)
    for step in range(11):
        changed = ROW.copy()
        changed[:, step + 1 :] = np.nan
        assert_same_bits(
            ops.conv1d(changed, kernel, padding="causal", dilation_rate=2)[:, : step + 1], y[:, : step + 1]
        )


@pytest.mark.parametrize("function", ["conv1d", "conv1d_backward"])
@pytest.mark.parametrize(
    "change, error, message",
    [
        (
            {"x": ROW[:, :, :3]},
            ValueError,
            r"kernel \(3, 2, 6\) expects an input of 4 channels \(2 groups of 2\), got 3",
        ),
        ({"groups": 4}, ValueError, r"kernel .* expects an input of 8 channels"),
        ({"kernel": ROW_KERNEL[..., :5]}, ValueError, "expected a number of filters divisible by 2 groups, got 5"),
        ({"padding": "full"}, ValueError, 'padding: expected "valid", "same", "causal", an integer or a pair, got'),
        ({"padding": ((1, 1), (1, 1))}, TypeError, r"padding: expected \(left, right\), got"),
        ({"strides": (1, 2)}, TypeError, "strides: expected an integer, got"),
        ({"x": ROW[:, :2]}, ValueError, "expected a window that fits an image of 2 pixels, got one of 3 pixels"),
        ({"x": ROW[0]}, ValueError, "x: expected 3 axes, got 2"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_rows_are_refused(function, change, error, message):
    arguments = {"x": ROW, "kernel": ROW_KERNEL, "groups": 2} | change
    if function.endswith("backward"):
        arguments["dy"] = np.zeros((2, 9, 6))
    with pytest.raises(error, match=f"^{function}: {message}"):
        getattr(ops, function)(**arguments)


# 3-D

VOLUME, VOLUME_KERNEL = random_array(7, (2, 4, 5, 6, 4)), random_array(8, (2, 3, 2, 2, 6))


@pytest.mark.parametrize("function", ["conv3d", "conv3d_backward"])
@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"x": VOLUME[..., :3]}, ValueError, r"kernel \(2, 3, 2, 2, 6\) expects an input of 4 channels .*, got 3"),
        ({"groups": 4}, ValueError, r"kernel .* expects an input of 8 channels"),
        ({"kernel": VOLUME_KERNEL[..., :5]}, ValueError, "expected a number of filters divisible by 2 groups, got 5"),
        ({"padding": "causal"}, ValueError, 'padding: expected "valid", "same", an integer or pairs, got'),
        ({"padding": ((1, 1), (1, 1))}, TypeError, r"padding: expected \(\(front, back\), .*, got"),
        ({"strides": (1, 2)}, TypeError, "strides: expected an integer or three integers, got"),
        ({"x": VOLUME[:, :, :2]}, ValueError, "expected a window that fits an image of 2 pixels, got one of 3 pixels"),
        ({"x": VOLUME[0]}, ValueError, "x: expected 5 axes, got 4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_volumes_are_refused(function, change, error, message):
    arguments = {"x": VOLUME, "kernel": VOLUME_KERNEL, "groups": 2} | change
    if function.endswith("backward"):
        arguments["dy"] = np.zeros((2, 3, 3, 5, 6))
    with pytest.raises(error, match=f"^{function}: {message}"):
        getattr(ops, function)(**arguments)


def test_padding_equals_a_volume_with_zeros_around_it():
    around = np.pad(VOLUME, ((0, 0), (1, 2), (3, 0), (0, 1), (0, 0)))
    y = ops.conv3d(VOLUME, VOLUME_KERNEL, padding=((1, 2), (3, 0), (0, 1)), groups=2)
    assert_same_bits(y, ops.conv3d(around, VOLUME_KERNEL, groups=2))


# Depthwise


def test_every_channel_has_filters_of_its_own():
    settings = {"strides": (2, 1), "padding": "same", "dilation_rate": (1, 2)}
    bias = random_array(5, (8,))
    y = ops.depthwise_conv2d(IMAGE, DEPTHWISE_KERNEL, bias, **settings)
    dx, dkernel, dbias = ops.depthwise_conv2d_backward(y, IMAGE, DEPTHWISE_KERNEL, **settings)
    for channel in range(4):
        x, filters = IMAGE[..., channel : channel + 1], slice(2 * channel, 2 * channel + 2)
        kernel = DEPTHWISE_KERNEL[:, :, channel : channel + 1]
        assert_same_bits(y[..., filters], ops.conv2d(x, kernel, bias[filters], **settings))
        alone = ops.conv2d_backward(y[..., filters], x, kernel, **settings)
        assert_same_bits(dx[..., channel : channel + 1], alone[0])
        assert_same_bits(dkernel[:, :, channel : channel + 1], alone[1])
        assert_same_bits(dbias[filters], alone[2])


@pytest.mark.parametrize("function", ["depthwise_conv2d", "depthwise_conv2d_backward"])
@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"x": IMAGE[..., :3]}, ValueError, r"kernel \(3, 2, 4, 2\) expects an input of 4 channels, got 3"),
        ({"kernel": DEPTHWISE_KERNEL[..., :0]}, ValueError, r"expected a kernel without empty axes, got shape \("),
        ({"padding": "causal"}, ValueError, "padding: expected"),
        ({"strides": 0}, ValueError, "strides: expected integers of at least 1, got 0"),
        ({"x": IMAGE[:, :2]}, ValueError, "expected a window that fits an image of 2 pixels"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_depthwise_convolutions_are_refused(function, change, error, message):
    arguments = {"x": IMAGE, "kernel": DEPTHWISE_KERNEL} | change
    if function.endswith("backward"):
        arguments["dy"] = np.zeros((2, 5, 5, 8))
    with pytest.raises(error, match=f"^{function}: {message}"):
        getattr(ops, function)(**arguments)


# Transposed


@pytest.mark.parametrize(
    "size, window, stride, padding, extra, dilation, outputs",
    [
        (5, 3, 1, "valid", None, 1, 7),
        (5, 3, 2, "valid", None, 1, 11),
        (5, 3, 2, "valid", 1, 1, 12),
        (5, 2, 4, "valid", None, 1, 20),  # the strides exceed the kernel: as many pixels more
        (5, 2, 4, "valid", 0, 1, 18),
        (5, 3, 2, "same", None, 1, 10),
        (5, 3, 2, "same", 0, 1, 9),
        (5, 3, 2, "same", 1, 1, 10),
        (5, 4, 2, "same", 0, 1, 8),
        (5, 3, 1, "valid", None, 2, 9),
        (5, 3, 2, 1, None, 1, 9),
        (5, 3, 2, 1, 1, 1, 10),
    ],
)
def test_transposed_sizes(size, window, stride, padding, extra, dilation, outputs):
    settings = {"strides": stride, "padding": padding, "output_padding": extra, "dilation_rate": dilation}
    y = ops.conv2d_transpose(np.ones((1, size, size, 1)), np.ones((window, window, 1, 1)), **settings)
    assert y.shape == (1, outputs, outputs, 1)


@pytest.mark.parametrize("algorithm", ["auto", "direct", "winograd"])
@pytest.mark.parametrize("side", [3, 12])
def test_it_is_the_input_gradient_of_a_convolution(algorithm, side):
    x, kernel = random_array(1, (2, side, side, 9)), random_array(2, (3, 3, 8, 9))
    image = np.zeros((2, side, side, 8), np.float32)
    settings = {"padding": "same", "algorithm": algorithm}
    dx, _, _ = ops.conv2d_backward(x, image, kernel, **settings)
    y = ops.conv2d_transpose(x, kernel, **settings)
    assert_same_bits(y, dx)
    gradients = ops.conv2d_transpose_backward(y, x, kernel, **settings)
    assert_same_bits(gradients[0], ops.conv2d(y, kernel, **settings))
    assert_same_bits(gradients[1], ops.conv2d_backward(x, y, kernel, **settings)[1])
    by_winograd = ops.conv2d_transpose(x, kernel, padding="same", algorithm="winograd")
    assert (y.tobytes() == by_winograd.tobytes()) == (algorithm == "winograd" or algorithm == "auto")


def test_auto_is_direct_where_winograd_takes_more_or_is_impossible():
    for x, settings in ((random_array(1, (1, 12, 12, 7)), {}), (random_array(1, (1, 12, 12, 9)), {"strides": 2})):
        kernel = random_array(2, (3, 3, 8, x.shape[3]))
        direct = ops.conv2d_transpose(x, kernel, algorithm="direct", **settings)
        assert_same_bits(ops.conv2d_transpose(x, kernel, **settings), direct)


@pytest.mark.parametrize("function", ["conv2d_transpose", "conv2d_transpose_backward"])
@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"x": SMALL[..., :3]}, ValueError, r"kernel \(3, 2, 5, 4\) expects an input of 4 channels, got 3"),
        ({"groups": 3}, ValueError, "expected a number of channels divisible by 3 groups, got 4"),
        ({"x": SMALL[:, :0]}, ValueError, "expected an image of at least one pixel, got a side of 0"),
        ({"output_padding": 1}, ValueError, r"expected output_padding smaller than the strides \(1, 1\), got \(1, 1\)"),
        ({"output_padding": 0.0}, TypeError, "output_padding: expected an integer or a pair of integers, got 0.0"),
        ({"padding": 3}, ValueError, "expected 1 to 2147483647 output pixels along each axis, got 0"),
        ({"strides": 2**30}, ValueError, "expected 1 to 2147483647 output pixels along each axis, got 4294967296"),
        ({"algorithm": "winograd"}, ValueError, 'algorithm "winograd" expects kernel'),
        ({"padding": "full"}, ValueError, "padding: expected"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_transposed_convolutions_are_refused(function, change, error, message):
    arguments = {"x": SMALL, "kernel": TRANSPOSED_KERNEL} | change
    if function.endswith("backward"):
        arguments["dy"] = np.zeros((2, 6, 4, 5))
    with pytest.raises(error, match=f"^{function}: {message}"):
        getattr(ops, function)(**arguments)


def test_transposed_results_that_no_memory_holds_raise_memory_error():
    with pytest.raises(MemoryError, match="^conv2d_transpose: expected memory for an array of shape"):
        ops.conv2d_transpose(SMALL, TRANSPOSED_KERNEL, strides=2**28)
