"""The numbers on the slides of Brandon Rohrer's "How convolutional neural networks work".

The slides print two decimals. They are cut off, not rounded: 7/9 is printed as 0.77 and 5/9 as 0.55.
"""

import numpy as np


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


def channels(*texts):
    """Return maps, written as rows of numbers, as the channels of one image, shape (1, rows, columns, maps)."""
    return np.concatenate([image_of(text, np.float64) for text in texts], axis=3)


def cut_to_two_decimals(image):
    """Return the numbers as the slides print them."""
    # float32 values such as 1.0 that came out as 0.99999994 are whole, not 0.99
    return np.trunc(np.round(image.astype(float) * 100, 3)) / 100


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

_FALLING_MAP = """
     0.77 -0.11  0.11  0.33  0.55 -0.11  0.33
    -0.11  1.00 -0.11  0.33 -0.11  0.11 -0.11
     0.11 -0.11  1.00 -0.33  0.11 -0.11  0.55
     0.33  0.33 -0.33  0.55 -0.33  0.33  0.33
     0.55 -0.11  0.11 -0.33  1.00 -0.11  0.11
    -0.11  0.11 -0.11  0.33 -0.11  1.00 -0.11
     0.33 -0.11  0.55  0.33  0.11 -0.11  0.77
"""

_CROSS_MAP = """
     0.33 -0.55  0.11 -0.11  0.11 -0.55  0.33
    -0.55  0.55 -0.55  0.33 -0.55  0.55 -0.55
     0.11 -0.55  0.55 -0.77  0.55 -0.55  0.11
    -0.11  0.33 -0.77  1.00 -0.77  0.33 -0.11
     0.11 -0.55  0.55 -0.77  0.55 -0.55  0.11
    -0.55  0.55 -0.55  0.33 -0.55  0.55 -0.55
     0.33 -0.55  0.11 -0.11  0.11 -0.55  0.33
"""

# The X is its own mirror image, and so this map mirrors the first.
_RISING_MAP = "\n".join(" ".join(reversed(line.split())) for line in _FALLING_MAP.strip().splitlines())

MAPS = channels(_FALLING_MAP, _CROSS_MAP, _RISING_MAP)

POOLED = channels(
    "1.00 0.33 0.55 0.33\n0.33 1.00 0.33 0.55\n0.55 0.33 1.00 0.11\n0.33 0.55 0.11 0.77",
    "0.55 0.33 0.55 0.33\n0.33 1.00 0.55 0.11\n0.55 0.55 0.55 0.11\n0.33 0.11 0.11 0.33",
    "0.33 0.55 1.00 0.77\n0.55 0.55 1.00 0.33\n1.00 1.00 0.11 0.55\n0.77 0.33 0.55 0.33",
)

STACKED = channels("1.00 0.55\n0.55 1.00", "1.00 0.55\n0.55 0.55", "0.55 1.00\n1.00 0.55")
