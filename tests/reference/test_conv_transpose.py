"""The reference's transposed convolution against plain loops in exact arithmetic, in the order that is stated."""

import numpy as np
import pytest

from nativecnn import ops, reference
from nativecnn.ops.conv_transpose import conv2d_transpose_geometry
from support import all_pairs, assert_same_bits, identifier, random_array
from support.exact import add, fma

CASES = all_pairs(
    image=((1, 1), (2, 3)),
    kernel=((1, 1), (2, 3), (3, 2)),
    strides=((1, 1), (2, 3)),
    padding=("valid", "same", ((1, 0), (0, 1))),
    extra=(None, 0, "most"),
    dilation=((1, 1), (2, 1)),
    groups=(1, 2),
    channels=(1, 2),
    filters=(1, 3),
)


def settings(case):
    extra = tuple(stride - 1 for stride in case["strides"]) if case["extra"] == "most" else case["extra"]
    return {
        "strides": case["strides"],
        "padding": case["padding"],
        "output_padding": extra,
        "dilation_rate": case["dilation"],
        "groups": case["groups"],
    }


def shapes(case):
    image = (*case["image"], case["channels"] * case["groups"])
    return image, (*case["kernel"], case["filters"], image[2])


def possible(case):
    """Whether padding leaves a pixel."""
    try:
        conv2d_transpose_geometry(*shapes(case), **settings(case))
    except ValueError:
        return False
    return True


CASES = [case for case in CASES if possible(case)]


def contributions(case, x, output, first):
    """Return, for each output pixel, the pixels of the input that reach it and their taps, pixels ascending."""
    reaching = {}
    for row, column in np.ndindex(*x.shape[1:3]):
        for r, s in np.ndindex(*case["kernel"]):
            h = row * case["strides"][0] + r * case["dilation"][0] - first[0]
            w = column * case["strides"][1] + s * case["dilation"][1] - first[1]
            if 0 <= h < output[0] and 0 <= w < output[1]:
                reaching.setdefault((h, w), []).append((row, column, r, s))
    return reaching


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_output_is_what_every_input_pixel_adds_in_order(case):
    image, shape = shapes(case)
    x, kernel = random_array(1, (2, *image)), random_array(2, shape)
    filters, channels = case["filters"], case["channels"]
    bias = random_array(3, (filters * case["groups"],))
    geometry = conv2d_transpose_geometry(image, shape, **settings(case))
    with ops.use_backend("reference"):
        y = ops.conv2d_transpose(x, kernel, bias, **settings(case))
    reaching = contributions(case, x, geometry.output, geometry.kernel_arguments[1])
    expected = np.empty_like(y)
    for n, h, w, o in np.ndindex(y.shape):
        total, group = 0.0, o // filters
        for row, column, r, s in reaching.get((h, w), []):
            for i in range(group * channels, (group + 1) * channels):
                total = fma(x[n, row, column, i], kernel[r, s, o % filters, i], total)
        expected[n, h, w, o] = add(total, bias[o])
    assert_same_bits(y, expected)


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_gradients_collect_what_each_product_contributes(case):
    image, shape = shapes(case)
    # Small whole numbers, of which every sum is exact in whatever order.
    x, kernel = (np.round(2 * random_array(seed, size)) for seed, size in ((1, (2, *image)), (2, shape)))
    filters, channels = case["filters"], case["channels"]
    geometry = conv2d_transpose_geometry(image, shape, **settings(case))
    dy = np.round(2 * random_array(3, (2, *geometry.output, filters * case["groups"])))
    with ops.use_backend("reference"):
        results = ops.conv2d_transpose_backward(dy, x, kernel, **settings(case))
    dx, dkernel, dbias = (np.zeros(result.shape) for result in results)
    dbias += dy.sum((0, 1, 2))
    for (h, w), terms in contributions(case, x, geometry.output, geometry.kernel_arguments[1]).items():
        for row, column, r, s in terms:
            for o in range(filters * case["groups"]):
                inputs = slice(o // filters * channels, (o // filters + 1) * channels)
                dx[:, row, column, inputs] += dy[:, h, w, o, None] * kernel[r, s, o % filters, inputs]
                dkernel[r, s, o % filters, inputs] += (dy[:, h, w, o, None] * x[:, row, column, inputs]).sum(0)
    for result, wanted in zip(results, (dx, dkernel, dbias), strict=True):
        np.testing.assert_array_equal(result, wanted)


def test_float64_is_computed_in_float64():
    x, kernel, bias = (
        random_array(seed, shape).astype(float) for seed, shape in enumerate(((1, 3, 3, 2), (2, 2, 1, 2), (1,)))
    )
    y = np.empty((1, 4, 4, 1))
    reference.conv2d_transpose(x, kernel, bias, y, (1, 1), (0, 0), (1, 1), 1)
    assert abs(y[0, 0, 0, 0] - ((x[0, 0, 0] * kernel[0, 0, 0]).sum() + bias[0])) < 1e-15
