"""The numbers on the lecture's slides, by the functional interface."""

import numpy as np
import pytest

from nativecnn import ops
from support.lecture import FEATURES, MAPS, POOLED, STACKED, X, cut_to_two_decimals, image_of, kernel_of


@pytest.fixture(params=["native", "reference"], autouse=True)
def each_backend(request):
    with ops.use_backend(request.param):
        yield


def match(image, kernel):
    """Convolve as the lecture does: the sum of the products divided by their number."""
    return ops.conv2d(image, kernel) / np.float32(kernel[..., 0].size)


def test_the_x_and_its_three_features_give_the_slides_maps():
    maps = match(X, FEATURES)
    assert maps.shape == (1, 7, 7, 3)
    np.testing.assert_array_equal(cut_to_two_decimals(maps), MAPS)
    # The exact values are whole ninths.
    np.testing.assert_array_equal(ops.conv2d(X, FEATURES) % 1, 0)


def test_relu_replaces_the_negative_numbers_by_zeros():
    rectified = ops.relu(match(X, FEATURES))
    np.testing.assert_array_equal(cut_to_two_decimals(rectified), np.maximum(MAPS, 0))


def test_pooling_with_partial_windows_gives_the_slides_four_by_four_maps():
    pooled = ops.max_pool2d(ops.relu(match(X, FEATURES)), pool_size=2, strides=2, ceil_mode=True)
    assert pooled.shape == (1, 4, 4, 3)
    np.testing.assert_array_equal(cut_to_two_decimals(pooled), POOLED)


def test_pooling_twice_gives_the_slides_two_by_two_maps():
    pooled = ops.relu(match(X, FEATURES))
    for _ in range(2):
        pooled = ops.max_pool2d(pooled, pool_size=2, strides=2, ceil_mode=True)
    np.testing.assert_array_equal(cut_to_two_decimals(pooled), STACKED)


def test_the_diagonal_matches_itself_completely():
    # The first filter applied to the patch of the X on which it lies: nine products of 1, divided by 9.
    assert match(X[:, 1:4, 1:4], FEATURES)[0, 0, 0, 0] == 1
    # And on the patch in the middle: the slides' 0.55, five ninths.
    assert match(X[:, 3:6, 3:6], FEATURES)[0, 0, 0, 0] == np.float32(5) / np.float32(9)


def test_the_binary_image_and_its_detector_give_the_slides_first_row():
    # The detector and the map's first row, 0 1 0 0 0, are the lecture's. The image is ours: the slide's seven by seven
    # pixels are not known here, so these were chosen such that the first row comes out, the rows below follow.
    image = image_of(
        """
        0 0 0 0 0 0 0
        0 1 0 0 0 1 0
        0 0 0 0 0 0 0
        0 0 0 1 0 0 0
        0 1 0 0 0 1 0
        0 0 1 1 1 0 0
        0 0 0 0 0 0 0
        """
    )
    detector = kernel_of(image_of("0 0 1\n1 0 0\n0 1 1"))
    feature_map = ops.conv2d(image, detector)
    expected = """
        0 1 0 0 0
        0 1 1 1 0
        1 0 0 2 1
        1 4 2 1 0
        0 0 1 2 1
    """
    assert feature_map.shape == (1, 5, 5, 1)
    np.testing.assert_array_equal(feature_map[0, 0, :, 0], [0, 1, 0, 0, 0])
    np.testing.assert_array_equal(feature_map, image_of(expected))


def test_the_top_edge_kernel_gives_the_slides_numbers():
    image = image_of(
        """
        4 0 1 8 3 1
        6 4 7 2 1 1
        3 5 9 2 8 5
        2 1 1 0 4 0
        3 1 7 3 7 8
        6 7 5 3 0 9
        """
    )
    top_edge = kernel_of(image_of("-1 -1 -1\n1 1 1\n0 0 0"))
    edges = ops.conv2d(image, top_edge)
    np.testing.assert_array_equal(edges[0, 0, :, 0], [12, 4, -2, -8])
    assert edges[0, 1, 0, 0] == 0
    # The rows below, by hand: sums of three neighbours less those of the three above.
    sums = image[0, :, :-2, 0] + image[0, :, 1:-1, 0] + image[0, :, 2:, 0]
    np.testing.assert_array_equal(edges[0, :, :, 0], sums[1:5] - sums[0:4])
