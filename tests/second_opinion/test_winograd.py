"""Convolution by Winograd's algorithm: reference, native kernels and second opinion give the same bits."""

import itertools
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from nativecnn.ops.conv import conv2d_geometry
from support import VALUES, all_pairs, identifier, random_array

CONTRACT = Path(__file__).parents[2] / "docs" / "arithmetic.md"
PADDINGS = ("valid", "same", 2, ((0, 1), (2, 0)), ((4, 1), (3, 5)))


def fits(**case):
    try:
        conv2d_geometry((*case["image"], 1), (3, 3, 1, 1), padding=case["padding"])
    except ValueError:
        return False
    return True


CASES = all_pairs(
    fits,
    batch=(1, 2, 3),
    image=((1, 1), (2, 3), (4, 4), (6, 5), (9, 10), (8, 12), (13, 3)),
    channels=(1, 2, 3, 7, 8, 9, 15, 16, 17, 33),
    filters=(1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 33),
    padding=PADDINGS,
    bias=(False, True),
    values=VALUES,
)

# Tiles of a sample, in sums of their products: m = 2 makes 4 × 7 of (8, 14); m = 4 makes 12 × 11 of (48, 44).
SUMS = ((40, (8, 14)), (5, (48, 44)), (1, (70, 65)), (13, (22, 20)), (3, (5, 1100)), (270, (1, 2)))


def check(agree, seed, batch, image, channels, filters, padding, bias, values):
    settings = {"padding": padding, "algorithm": "winograd"}
    x = random_array(seed, (batch, *image, channels), values)
    kernel = random_array(seed + 1, (3, 3, channels, filters), values)
    biases = random_array(seed + 2, filters, values) if bias else None
    y = agree("conv2d", x, kernel, biases, **settings)
    agree("conv2d_backward", random_array(seed + 3, y.shape, values), x, kernel, **settings)


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_winograd(agree, case):
    check(agree, 1, **case)


@pytest.mark.parametrize("samples, image", SUMS)
def test_kernel_gradient_summed_over_many_tiles(agree, samples, image):
    check(agree, 5, samples, image, 1, 2, "same", False, "plain")


def test_auto_takes_the_same_algorithm(opinion):
    names = {0: "direct", 2: "winograd_2x2", 4: "winograd_4x4"}
    seen = set()
    sizes = ((1, 1), (2, 2), (3, 4), (5, 5), (6, 7), (9, 9), (2, 40), (8, 13))
    paddings = ("same", ((2, 2), (2, 2)), ((0, 3), (1, 1)), ((1, 1), (3, 0)))
    for image, channels, filters, taps, padding, strides, dilation, groups in itertools.product(
        sizes, (7, 8, 16), (7, 8, 16), ((3, 3), (3, 1), (5, 5)), paddings, (1, (1, 2)), (1, (2, 1)), (1, 2)
    ):
        if channels % groups or filters % groups:
            continue
        settings = {"strides": strides, "padding": padding, "dilation_rate": dilation, "groups": groups}
        x, kernel = (1, *image, channels), (*taps, channels // groups, filters)
        try:
            expected = conv2d_geometry(x[1:], kernel, **settings).algorithm
        except ValueError:
            continue  # no window fits
        _, m = opinion.convolution(np.empty(x, np.float32), np.empty(kernel, np.float32), "auto", **settings)
        assert names[m] == expected
        seen.add(expected)
    assert seen == set(names.values())


def test_m_takes_fewer_multiplications(opinion):
    for rows, columns in itertools.product(range(1, 40), repeat=2):
        expected = conv2d_geometry((rows, columns, 1), (3, 3, 1, 1), padding="same", algorithm="winograd").algorithm
        assert opinion.winograd_m(rows, columns) == int(expected[-1])


def test_constants_in_the_text_are_exact_quotients_rounded_once():
    text = CONTRACT.read_text(encoding="utf-8")
    a, b = Fraction(5, 8), Fraction(3, 2)
    p, q = a * a, b * b
    rows = {"0": (0, p * q), "a": (a, 2 * p * (p - q)), "b": (b, 2 * q * (q - p))}
    checked = 0
    for name, (point, divisor) in rows.items():
        (line,) = re.findall(rf"^\| {name} \| (.*) \|$", text, re.MULTILINE)
        for power, written in enumerate(re.findall("`(.*?)`", line)):
            constant = Fraction(float.fromhex(written))
            exact = point**power / divisor
            neighbours = [np.nextafter(np.float32(float(constant)), np.float32(to)) for to in (-np.inf, np.inf)]
            assert all(abs(constant - exact) < abs(Fraction(float(other)) - exact) for other in neighbours)
            checked += 1
    assert checked == 9


@pytest.mark.long
@pytest.mark.parametrize("seed", range(60))
def test_random_winograd(agree, seed):
    generator = np.random.default_rng(seed)
    image = tuple(map(int, generator.integers(3, 40, 2)))
    channels, filters = map(int, generator.integers(1, 20, 2))
    padding = tuple((int(a), int(b)) for a, b in generator.integers(0, 5, (2, 2)))
    values = VALUES[generator.integers(len(VALUES))]
    check(agree, seed, int(generator.integers(1, 5)), image, channels, filters, padding, bool(seed % 2), values)
