"""The numbers on the lecture's slides, by the functional interface.

The slides print two decimals. They are cut off, not rounded: 7/9 is printed as 0.77 and 5/9 as 0.55.
"""

import numpy as np
import pytest

from nativecnn import ops


def image_of(text, dtype=np.float32):
    """Return rows of numbers as one image of one channel, shape (1, rows, columns, 1)."""
    rows = [[float(number) for number in line.split()] for line in text.strip().splitlines()]
    return np.array(rows, dtype)[None, :, :, None]


def drawing(text):
    """Return a drawing as an image: +1 for #, -1 for a dot."""
    return image_of("\n".join(" ".join({"#": "1", ".": "-1"}[c] for c in line) for line in text.split()))


def kernel_of(*features):
    """Return features, images of one channel, as a kernel (rows, columns, 1, features)."""
    return np.concatenate(features).transpose(1, 2, 3, 0)


def cut_to_two_decimals(image):
    # float32 values such as 1.0 that came out as 0.99999994 are whole, not 0.99
    return np.trunc(np.round(image.astype(float) * 100, 3)) / 100


# Brandon Rohrer, "How convolutional neural networks work"
X = drawing(
    """
    .........
    .#.....#.
    ..#...#..
    ...#.#...
    ....#....
    ...#.#...
    ..#...#..
    .#.....#.
    .........
    """
)

FEATURES = kernel_of(
    drawing("#.. .#. ..#"),  # the diagonal \
    drawing("#.# .#. #.#"),  # the small x
    drawing("..# .#. #.."),  # the diagonal /
)

FALLING_MAP = """
     0.77 -0.11  0.11  0.33  0.55 -0.11  0.33
    -0.11  1.00 -0.11  0.33 -0.11  0.11 -0.11
     0.11 -0.11  1.00 -0.33  0.11 -0.11  0.55
     0.33  0.33 -0.33  0.55 -0.33  0.33  0.33
     0.55 -0.11  0.11 -0.33  1.00 -0.11  0.11
    -0.11  0.11 -0.11  0.33 -0.11  1.00 -0.11
     0.33 -0.11  0.55  0.33  0.11 -0.11  0.77
"""

CROSS_MAP = """
     0.33 -0.55  0.11 -0.11  0.11 -0.55  0.33
    -0.55  0.55 -0.55  0.33 -0.55  0.55 -0.55
     0.11 -0.55  0.55 -0.77  0.55 -0.55  0.11
    -0.11  0.33 -0.77  1.00 -0.77  0.33 -0.11
     0.11 -0.55  0.55 -0.77  0.55 -0.55  0.11
    -0.55  0.55 -0.55  0.33 -0.55  0.55 -0.55
     0.33 -0.55  0.11 -0.11  0.11 -0.55  0.33
"""

# The X is its own mirror image, and so this map mirrors the first.
RISING_MAP = "\n".join(" ".join(reversed(line.split())) for line in FALLING_MAP.strip().splitlines())

POOLED_FALLING = "1.00 0.33 0.55 0.33\n0.33 1.00 0.33 0.55\n0.55 0.33 1.00 0.11\n0.33 0.55 0.11 0.77"
POOLED_CROSS = "0.55 0.33 0.55 0.33\n0.33 1.00 0.55 0.11\n0.55 0.55 0.55 0.11\n0.33 0.11 0.11 0.33"
POOLED_RISING = "0.33 0.55 1.00 0.77\n0.55 0.55 1.00 0.33\n1.00 1.00 0.11 0.55\n0.77 0.33 0.55 0.33"

STACKED_FALLING = "1.00 0.55\n0.55 1.00"
STACKED_CROSS = "1.00 0.55\n0.55 0.55"
STACKED_RISING = "0.55 1.00\n1.00 0.55"


@pytest.fixture(params=["native", "reference"], autouse=True)
def each_backend(request):
    with ops.use_backend(request.param):
        yield


def channels(*texts):
    return np.concatenate([image_of(text, np.float64) for text in texts], axis=3)


def match(image, kernel):
    """Convolve as the lecture does: the sum of the products divided by their number."""
    return ops.conv2d(image, kernel) / np.float32(kernel[..., 0].size)


def test_the_x_and_its_three_features_give_the_slides_maps():
    maps = match(X, FEATURES)
    assert maps.shape == (1, 7, 7, 3)
    np.testing.assert_array_equal(cut_to_two_decimals(maps), channels(FALLING_MAP, CROSS_MAP, RISING_MAP))
    # The exact values are whole ninths.
    np.testing.assert_array_equal(ops.conv2d(X, FEATURES) % 1, 0)


def test_relu_replaces_the_negative_numbers_by_zeros():
    rectified = ops.relu(match(X, FEATURES))
    expected = np.maximum(channels(FALLING_MAP, CROSS_MAP, RISING_MAP), 0)
    np.testing.assert_array_equal(cut_to_two_decimals(rectified), expected)


def test_pooling_with_partial_windows_gives_the_slides_four_by_four_maps():
    pooled = ops.max_pool2d(ops.relu(match(X, FEATURES)), pool_size=2, strides=2, ceil_mode=True)
    assert pooled.shape == (1, 4, 4, 3)
    np.testing.assert_array_equal(cut_to_two_decimals(pooled), channels(POOLED_FALLING, POOLED_CROSS, POOLED_RISING))


def test_pooling_twice_gives_the_slides_two_by_two_maps():
    pooled = ops.relu(match(X, FEATURES))
    for _ in range(2):
        pooled = ops.max_pool2d(pooled, pool_size=2, strides=2, ceil_mode=True)
    np.testing.assert_array_equal(cut_to_two_decimals(pooled), channels(STACKED_FALLING, STACKED_CROSS, STACKED_RISING))


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
