"""The reference's pooling against plain loops, its gradients against differences."""

import numpy as np
import pytest

from nativecnn import reference
from nativecnn.ops.pooling import pooling_geometry
from support import all_pairs, assert_same_bits, identifier, random_array
from support.differences import central_differences


def geometry(case):
    return pooling_geometry(case["image"], case["pool_size"], case["strides"], case["padding"], case["ceil_mode"])


def possible(**case):
    try:
        geometry(case)
    except ValueError:
        return False
    return True


CASES = all_pairs(
    possible,
    image=((1, 1), (4, 5), (7, 7)),
    pool_size=((1, 1), (2, 2), (3, 2)),
    strides=((1, 1), (2, 2), (3, 1)),
    padding=("valid", "same", ((0, 1), (1, 0))),
    ceil_mode=(False, True),
)


def windows(case):
    """Yield each output pixel and the pixels of the image that its window covers, in row-major order."""
    layout = geometry(case)
    for h, w in np.ndindex(*layout.output):
        pixels = []
        for r, s in np.ndindex(*layout.pool_size):
            row = h * layout.strides[0] - layout.padding[0][0] + r
            column = w * layout.strides[1] - layout.padding[1][0] + s
            if 0 <= row < case["image"][0] and 0 <= column < case["image"][1]:
                pixels.append((row, column))
        assert pixels
        yield (h, w), pixels


@pytest.mark.parametrize("case", CASES, ids=identifier)
@pytest.mark.parametrize("values", ["plain", "special"])
def test_maximum_is_the_first_largest_and_takes_the_gradient(case, values):
    layout = geometry(case)
    x = random_array(1, (2, *case["image"], 3), values)
    x[0] = np.round(x[0])  # equals
    dy = random_array(2, (2, *layout.output, 3), "cancelling")
    y, dx, expected_dx = np.empty_like(dy), np.empty_like(x), np.zeros_like(x)
    reference.max_pool2d(x, y, *layout.kernel_arguments)
    reference.max_pool2d_gradient(dy, x, dx, *layout.kernel_arguments)
    for (h, w), pixels in windows(case):
        for n, c in np.ndindex(2, 3):
            inside = [x[n, row, column, c] for row, column in pixels]
            nan = [i for i, value in enumerate(inside) if np.isnan(value)]
            winner = nan[0] if nan else inside.index(max(inside))
            assert_same_bits(y[n, h, w, c], inside[winner])
            expected_dx[(n, *pixels[winner], c)] += dy[n, h, w, c]
    assert_same_bits(dx, expected_dx)


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_average_divides_by_the_pixels_inside_the_image(case):
    layout = geometry(case)
    x = random_array(1, (2, *case["image"], 3), "cancelling")
    dy = random_array(2, (2, *layout.output, 3), "cancelling")
    y, dx, expected_dx = np.empty_like(dy), np.empty_like(x), np.zeros_like(x)
    reference.average_pool2d(x, y, *layout.kernel_arguments)
    reference.average_pool2d_gradient(dy, dx, *layout.kernel_arguments)
    for (h, w), pixels in windows(case):
        count = np.float32(len(pixels))
        total = np.zeros((2, 3), np.float32)
        for row, column in pixels:
            total = total + x[:, row, column]
            expected_dx[:, row, column] += dy[:, h, w] / count
        assert_same_bits(y[:, h, w], total / count)
    assert_same_bits(dx, expected_dx)


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_gradients_are_how_the_output_changes(case):
    layout = geometry(case)
    x = np.random.default_rng(1).permutation(2 * case["image"][0] * case["image"][1] * 2) / 10.0  # no two alike
    x = x.reshape(2, *case["image"], 2)
    dy = random_array(2, (2, *layout.output, 2)).astype(float)
    y, dx = np.empty_like(dy), np.empty_like(x)

    def weighted_maximum():
        reference.max_pool2d(x, y, *layout.kernel_arguments)
        return (y * dy).sum()

    def weighted_average():
        reference.average_pool2d(x, y, *layout.kernel_arguments)
        return (y * dy).sum()

    reference.max_pool2d_gradient(dy, x, dx, *layout.kernel_arguments)
    np.testing.assert_allclose(dx, central_differences(weighted_maximum, x), rtol=1e-7, atol=1e-8)
    reference.average_pool2d_gradient(dy, dx, *layout.kernel_arguments)
    np.testing.assert_allclose(dx, central_differences(weighted_average, x), rtol=1e-7, atol=1e-8)


def test_a_nan_wins_and_the_first_of_several():
    x = np.float32([1, np.nan, 3, np.nan]).reshape(1, 2, 2, 1)
    y, dx = np.empty((1, 1, 1, 1), np.float32), np.empty_like(x)
    geometry = (2, 2), (2, 2), (0, 0)
    reference.max_pool2d(x, y, *geometry)
    assert np.isnan(y).all()
    reference.max_pool2d_gradient(np.ones_like(y), x, dx, *geometry)
    assert_same_bits(dx.ravel(), np.float32([0, 1, 0, 0]))


def test_of_zeros_the_first_stays():
    for values in ([-0.0, 0.0], [0.0, -0.0]):
        x = np.float32(values).reshape(1, 1, 2, 1)
        y = np.empty((1, 1, 1, 1), np.float32)
        reference.max_pool2d(x, y, (1, 2), (1, 2), (0, 0))
        assert_same_bits(y.ravel(), np.float32(values[:1]))
