"""Direct convolution and its gradients: reference, native kernels and second opinion give the same bits."""

import numpy as np
import pytest

from nativecnn.ops.windows import output_size, resolve_padding
from support import VALUES, all_pairs, identifier, random_array

# Around the register tiles, and around vectors.
CHANNELS = (1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33)
FILTERS = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33)
BATCHES = (1, 2, 3, 5)
IMAGES = ((1, 1), (3, 2), (5, 8), (9, 7), (4, 33))
KERNELS = ((1, 1), (3, 3), (2, 5), (5, 3), (1, 7))
STRIDES = ((1, 1), (2, 2), (1, 2), (3, 1), (4, 3))
PADDINGS = ("valid", "same", 1, ((2, 0), (1, 3)), ((6, 5), (0, 4)))
DILATIONS = ((1, 1), (2, 1), (1, 3), (2, 2))
GROUPS = (1, 2, 3)

# Runs of several samples, whole samples, rows; P = 128 and P = 129 lie on either side of the first rule, 256 and 257 on
# either side of two parts.
SUMS = (
    # samples, image, kernel
    (40, (7, 7), (1, 1)),
    (11, (10, 12), (3, 3)),
    (7, (8, 16), (1, 1)),
    (9, (3, 43), (1, 1)),
    (6, (16, 16), (1, 1)),
    (5, (1, 257), (1, 1)),
    (3, (257, 1), (1, 1)),
    (1, (36, 31), (3, 3)),
    (7, (23, 24), (2, 3)),
    (2, (2, 700), (1, 3)),
    (300, (1, 1), (1, 1)),
    (257, (2, 1), (1, 1)),
)


def fits(most=1e5, **case):
    """Return whether a window fits the image, and at most so many products are to be added (NumPy takes its time)."""
    try:
        windows = case["image"], case["kernel"], case["strides"]
        sides = resolve_padding(case["padding"], *windows, case["dilation"])
        output = output_size(*windows, sides, case["dilation"])
    except ValueError:
        return False
    products = case["batch"] * np.prod(output) * np.prod(case["kernel"]) * case["channels"] * case["filters"]
    return products * case["groups"] < most


CASES = all_pairs(
    fits,
    batch=BATCHES,
    image=IMAGES,
    channels=CHANNELS,  # of a group
    filters=FILTERS,  # of a group
    kernel=KERNELS,
    strides=STRIDES,
    padding=PADDINGS,
    dilation=DILATIONS,
    groups=GROUPS,
    bias=(False, True),
    values=VALUES,
)


def check(agree, seed, batch, image, channels, filters, kernel, groups, bias, values, dilation, **settings):
    settings |= {"dilation_rate": dilation, "groups": groups, "algorithm": "direct"}
    x = random_array(seed, (batch, *image, channels * groups), values)
    weights = random_array(seed + 1, (*kernel, channels, filters * groups), values)
    biases = random_array(seed + 2, filters * groups, values) if bias else None
    y = agree("conv2d", x, weights, biases, **settings)
    agree("conv2d_backward", random_array(seed + 3, y.shape, values), x, weights, **settings)


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_direct_convolution(agree, case):
    check(agree, 1, **case)


@pytest.mark.parametrize("values", ("plain", "cancelling"))
@pytest.mark.parametrize("samples, image, kernel", SUMS)
def test_gradients_summed_over_many_pixels(agree, samples, image, kernel, values):
    x = random_array(1, (samples, *image, 2), values)
    weights = random_array(2, (*kernel, 2, 3), values)
    y = agree("conv2d", x, weights)
    agree("conv2d_backward", random_array(3, y.shape, values), x, weights)


@pytest.mark.parametrize("algorithm", ("direct", "winograd"))
def test_empty_batch(agree, algorithm):
    x, kernel = random_array(1, (0, 5, 6, 3)), random_array(2, (3, 3, 3, 4))
    y = agree("conv2d", x, kernel, kernel[0, 0, 0], algorithm=algorithm)
    agree("conv2d_backward", y, x, kernel, algorithm=algorithm)


@pytest.mark.parametrize("stride", (1, 2, 3, 5))
@pytest.mark.parametrize("padding", ("valid", "same", 0, 2, (3, 1)))
def test_number_of_windows(opinion, stride, padding):
    for size in range(1, 14):
        for taps in range(1, 6):
            for dilation in (1, 2, 3):
                for ceil_mode in (False, True):
                    sides = padding if isinstance(padding, (str, int)) else (padding, padding)
                    windows = (size, size), (taps, taps), (stride, stride)
                    resolved = resolve_padding(sides, *windows, (dilation, dilation))
                    if ceil_mode and (dilation > 1 or max(resolved[0]) >= taps):
                        continue  # pooling takes neither
                    try:
                        expected = output_size(*windows, resolved, (dilation, dilation), ceil_mode)
                    except ValueError:
                        expected = (0, 0)  # no window fits
                    window, after = opinion.window((1, size, size, 1), *windows[1:], sides, dilation, ceil_mode)
                    assert (window.output_rows, window.output_columns) == expected
                    assert ((window.padding_rows, after[0]), (window.padding_columns, after[1])) == resolved


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100))
def test_random_convolutions(agree, seed):
    generator = np.random.default_rng(seed)

    def one_of(choices):
        return choices[generator.integers(len(choices))]

    while True:
        case = {
            "batch": int(generator.integers(1, 12)),
            "image": tuple(map(int, generator.integers(1, 40, 2))),
            "channels": int(generator.integers(1, 40)),
            "filters": int(generator.integers(1, 40)),
            "kernel": tuple(map(int, generator.integers(1, 6, 2))),
            "strides": tuple(map(int, generator.integers(1, 5, 2))),
            "padding": one_of([*PADDINGS, tuple((int(a), int(b)) for a, b in generator.integers(0, 5, (2, 2)))]),
            "dilation": one_of(DILATIONS),
            "groups": one_of(GROUPS),
            "bias": bool(generator.integers(2)),
            "values": one_of(VALUES),
        }
        if fits(most=1e6, **case):
            break
    check(agree, seed, **case)
