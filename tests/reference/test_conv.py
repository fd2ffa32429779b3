"""The reference's convolution against plain loops in float64, its gradients against differences."""

import numpy as np
import pytest

from nativecnn import reference
from support import all_pairs, identifier, random_array
from support.differences import central_differences


def output_size(case):
    axes = zip(case["image"], case["padding"], case["kernel"], case["dilation"], case["strides"], strict=True)
    return tuple(
        (size + before + after - (taps - 1) * dilation - 1) // stride + 1
        for size, (before, after), taps, dilation, stride in axes
    )


CASES = all_pairs(
    lambda **case: min(output_size(case)) >= 1,
    image=((1, 1), (4, 5), (5, 3)),
    channels=(1, 2, 3),
    filters=(1, 2),
    kernel=((1, 1), (2, 3), (3, 2)),
    strides=((1, 1), (2, 3)),
    padding=(((0, 0), (0, 0)), ((1, 2), (2, 0)), ((3, 3), (3, 3))),
    dilation=((1, 1), (2, 1)),
    groups=(1, 2),
)


def geometry(case):
    return case["strides"], tuple(before for before, _ in case["padding"]), case["dilation"], case["groups"]


def arrays(case, dtype):
    groups = case["groups"]
    kernel_shape = (*case["kernel"], case["channels"], case["filters"] * groups)
    x = random_array(1, (2, *case["image"], case["channels"] * groups)).astype(dtype)
    kernel, bias = random_array(2, kernel_shape).astype(dtype), random_array(3, kernel_shape[3:]).astype(dtype)
    dy = random_array(4, (2, *output_size(case), kernel_shape[3])).astype(dtype)
    return x, kernel, bias, dy


def terms(case, x, kernel):
    """Yield, for each output element, its place and the list of pairs of places that are multiplied."""
    group_filters = kernel.shape[3] // case["groups"]
    for n, h, w, o in np.ndindex(x.shape[0], *output_size(case), kernel.shape[3]):
        pairs = []
        for r, s, i in np.ndindex(*kernel.shape[:3]):
            row = h * case["strides"][0] - case["padding"][0][0] + r * case["dilation"][0]
            column = w * case["strides"][1] - case["padding"][1][0] + s * case["dilation"][1]
            if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
                pairs.append(((n, row, column, o // group_filters * kernel.shape[2] + i), (r, s, i, o)))
        yield (n, h, w, o), pairs


@pytest.mark.parametrize("case", CASES, ids=identifier)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_forward_is_the_sum_of_products(case, dtype):
    x, kernel, bias, dy = arrays(case, dtype)
    y = np.empty_like(dy)
    reference.conv2d(x, kernel, bias, y, *geometry(case))
    for place, pairs in terms(case, x, kernel):
        products = [float(x[a]) * float(kernel[b]) for a, b in pairs] + [float(bias[place[3]])]
        # a rounding error of half a unit for each of the additions, and one for the result
        bound = (len(products) + 1) * np.finfo(dtype).eps * sum(map(abs, products))
        assert abs(float(y[place]) - sum(products)) <= bound


@pytest.mark.parametrize("case", CASES, ids=identifier)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_collect_what_each_product_contributes(case, dtype):
    x, kernel, bias, dy = arrays(case, dtype)
    results = dx, dkernel, dbias = np.empty_like(x), np.empty_like(kernel), np.empty_like(bias)
    reference.conv2d_input_gradient(dy, kernel, dx, *geometry(case))
    reference.conv2d_kernel_gradient(x, dy, dkernel, dbias, *geometry(case))
    expected = [np.zeros(array.shape) for array in results]
    sizes = [np.zeros(array.shape) for array in results]
    count = dy.size * kernel[..., 0].size
    for place, pairs in terms(case, x, kernel):
        for a, b in pairs:
            for index, (where, factor) in enumerate(((a, kernel[b]), (b, x[a]))):
                expected[index][where] += float(dy[place]) * float(factor)
                sizes[index][where] += abs(float(dy[place]) * float(factor))
        expected[2][place[3]] += float(dy[place])
        sizes[2][place[3]] += abs(float(dy[place]))
    for actual, wanted, size in zip(results, expected, sizes, strict=True):
        assert (abs(actual.astype(float) - wanted) <= count * np.finfo(dtype).eps * size).all()


@pytest.mark.parametrize("case", CASES[::2], ids=identifier)
def test_gradients_are_how_the_output_changes(case):
    x, kernel, bias, dy = arrays(case, np.float64)
    y, dx, dkernel, dbias = np.empty_like(dy), np.empty_like(x), np.empty_like(kernel), np.empty_like(bias)

    def weighted_output():
        reference.conv2d(x, kernel, bias, y, *geometry(case))
        return (y * dy).sum()

    reference.conv2d_input_gradient(dy, kernel, dx, *geometry(case))
    reference.conv2d_kernel_gradient(x, dy, dkernel, dbias, *geometry(case))
    for array, gradient in ((x, dx), (kernel, dkernel), (bias, dbias)):
        np.testing.assert_allclose(gradient, central_differences(weighted_output, array), rtol=1e-7, atol=1e-8)
