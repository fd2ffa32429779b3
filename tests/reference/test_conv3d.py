"""The reference's 3-D convolution against plain loops, in exact arithmetic and in the order that is stated."""

import numpy as np
import pytest

from nativecnn import ops, reference
from nativecnn.ops.conv3d import conv3d_geometry
from support import all_pairs, assert_same_bits, identifier, random_array
from support.differences import central_differences
from support.exact import add, fma


def shapes(case):
    groups = case["groups"]
    return (*case["volume"], case["channels"] * groups), (*case["kernel"], case["channels"], case["filters"] * groups)


def settings(case):
    return case["strides"], case["padding"], case["dilation"], case["groups"]


def possible(**case):
    try:
        return min(conv3d_geometry(*shapes(case), *settings(case)).output) >= 1
    except ValueError:
        return False


CASES = all_pairs(
    possible,
    volume=((1, 1, 1), (2, 3, 1), (3, 2, 4)),
    kernel=((1, 1, 1), (2, 1, 3), (3, 2, 2)),
    strides=((1, 1, 1), (2, 1, 3)),
    padding=("valid", "same", ((1, 2), (0, 1), (1, 0))),
    dilation=((1, 1, 1), (2, 1, 2)),
    groups=(1, 2),
    channels=(1, 2),
    filters=(1, 2),
)


def call(case, function, *arrays, **others):
    names = ("strides", "padding", "dilation_rate", "groups")
    with ops.use_backend("reference"):
        return function(*arrays, **dict(zip(names, settings(case), strict=True)), **others)


def products(case, output):
    """Yield each output pixel with the pixels of the volume that it meets (None beyond) and their taps, in order."""
    sides = conv3d_geometry(*shapes(case), *settings(case)).padding
    for pixel in np.ndindex(output):
        terms = []
        for tap in np.ndindex(case["kernel"]):
            place = tuple(
                pixel[axis] * case["strides"][axis] + tap[axis] * case["dilation"][axis] - sides[axis][0]
                for axis in range(3)
            )
            inside = all(0 <= place[axis] < case["volume"][axis] for axis in range(3))
            terms.append((tap, place if inside else None))
        yield pixel, terms


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_output_is_the_dot_product_in_the_stated_order(case):
    volume, shape = shapes(case)
    x, kernel, bias = random_array(1, (1, *volume)), random_array(2, shape), random_array(3, shape[4:])
    y = call(case, ops.conv3d, x, kernel, bias)
    expected = np.empty_like(y)
    for pixel, terms in products(case, y.shape[1:4]):
        for o in range(shape[4]):
            total, first = 0.0, o // case["filters"] * case["channels"]
            for tap, place in terms:
                for i in range(case["channels"]):
                    total = fma(0.0 if place is None else x[(0, *place, first + i)], kernel[(*tap, i, o)], total)
            expected[(0, *pixel, o)] = add(total, bias[o])
    assert_same_bits(y, expected)


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_input_gradient_is_the_dot_product_in_the_stated_order(case):
    volume, shape = shapes(case)
    kernel, output = random_array(2, shape), conv3d_geometry(*shapes(case), *settings(case)).output
    dy = random_array(3, (1, *output, shape[4]))
    dx, _, _ = call(case, ops.conv3d_backward, dy, np.zeros((1, *volume)), kernel)
    expected = np.zeros_like(dx)
    # Pixels of the output in ascending order; those beyond it add products of zeros, which change no finite sum.
    for pixel, terms in products(case, output):
        for tap, place in terms:
            for channel in range(volume[3]) if place else ():
                group, i = divmod(channel, case["channels"])
                for o in range(group * case["filters"], (group + 1) * case["filters"]):
                    total = expected[(0, *place, channel)]
                    expected[(0, *place, channel)] = fma(dy[(0, *pixel, o)], kernel[(*tap, i, o)], total)
    np.testing.assert_array_equal(dx, expected)


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_gradients_of_kernel_and_bias_collect_what_each_product_contributes(case):
    volume, shape = shapes(case)
    output = conv3d_geometry(*shapes(case), *settings(case)).output
    # Small whole numbers, of which every sum is exact in whatever order.
    x, dy = (np.round(2 * random_array(seed, size)) for seed, size in ((1, (2, *volume)), (2, (2, *output, shape[4]))))
    _, dkernel, dbias = call(case, ops.conv3d_backward, dy, x, random_array(3, shape))
    expected = np.zeros(shape)
    for pixel, terms in products(case, output):
        for tap, place in terms:
            for o in range(shape[4]) if place else ():
                first = o // case["filters"] * case["channels"]
                pixels = x[(slice(None), *place, slice(first, first + case["channels"]))]
                expected[(*tap, slice(None), o)] += (pixels * dy[(slice(None), *pixel, o, None)]).sum(0)
    np.testing.assert_array_equal(dkernel, expected)
    np.testing.assert_array_equal(dbias, dy.sum((0, 1, 2, 3)))


@pytest.mark.parametrize("volume", [(2, 3, 5), (3, 8, 16), (2, 3, 90)], ids=str)
def test_runs_are_those_of_an_image_of_all_planes_rows(volume):
    # One tap: then the kernel's gradient is that of an image whose rows are the rows of all planes.
    x, dy = random_array(1, (5, *volume, 3), "cancelling"), random_array(2, (5, *volume, 4), "cancelling")
    gradients = ops.conv3d_backward(dy, x, random_array(3, (1, 1, 1, 3, 4)))
    rows = volume[0] * volume[1]
    image = (5, rows, volume[2])
    in_2d = ops.conv2d_backward(dy.reshape(*image, 4), x.reshape(*image, 3), random_array(3, (1, 1, 3, 4)))
    assert_same_bits([gradient.ravel() for gradient in gradients], [gradient.ravel() for gradient in in_2d])


@pytest.mark.parametrize("case", CASES[::5], ids=identifier)
def test_gradients_are_how_the_output_changes(case):
    volume, shape = shapes(case)
    geometry = conv3d_geometry(*shapes(case), *settings(case))
    x, kernel, bias = (random_array(seed, s).astype(float) for seed, s in enumerate(((2, *volume), shape, shape[4:])))
    dy = random_array(4, (2, *geometry.output, shape[4])).astype(float)
    y, dx, dkernel, dbias = np.empty_like(dy), np.empty_like(x), np.empty_like(kernel), np.empty_like(bias)

    def weighted_output():
        reference.conv3d(x, kernel, bias, y, *geometry.kernel_arguments)
        return (y * dy).sum()

    reference.conv3d_input_gradient(dy, kernel, dx, *geometry.kernel_arguments)
    reference.conv3d_kernel_gradient(x, dy, dkernel, dbias, *geometry.kernel_arguments)
    for array, gradient in ((x, dx), (kernel, dkernel), (bias, dbias)):
        np.testing.assert_allclose(gradient, central_differences(weighted_output, array), rtol=1e-7, atol=1e-8)
