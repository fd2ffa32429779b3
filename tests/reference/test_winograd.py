"""The reference's Winograd convolution: the same result as the direct one but for rounding, and how much rounding."""

import itertools
import runpy
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from nativecnn import reference
from nativecnn.epilogue import Epilogue
from nativecnn.reference.winograd import ALGORITHMS, constants
from support import assert_same_bits, random_array
from support.exact import round_to_float32

NAMES = sorted(ALGORITHMS)
UNIT = 2.0**-24  # largest relative error of one float32 operation
SIDES = [(before, after) for before in range(4) for after in (0, 2)]
# The points other than infinity, and the roundings of transforms and constants in both axes.
POINTS = {
    "winograd_2x2": [Fraction(0), Fraction(1), Fraction(-1)],
    "winograd_4x4": [Fraction(0), Fraction(5, 8), Fraction(-5, 8), Fraction(3, 2), Fraction(-3, 2)],
}
TRANSFORM_ROUNDINGS = {"winograd_2x2": 10, "winograd_4x4": 16}


def example(image, padding=((1, 1), (1, 1)), channels=3, filters=2, samples=2, dtype=np.float64, values="plain"):
    """Return x, kernel, bias, dy and the geometry."""
    output = [size + sum(around) - 2 for size, around in zip(image, padding, strict=True)]
    shapes = (samples, *image, channels), (3, 3, channels, filters), (filters,), (samples, *output, filters)
    arrays = [random_array(seed, shape, values).astype(dtype) for seed, shape in enumerate(shapes)]
    return *arrays, ((1, 1), (padding[0][0], padding[1][0]), (1, 1), 1)


def passes(x, kernel, bias, dy, geometry, algorithm):
    """Return output and gradients of input, kernel and bias."""
    y, dx, dkernel, dbias = (np.full_like(array, 7) for array in (dy, x, kernel, bias))
    with np.errstate(all="ignore"):
        reference.conv2d(x, kernel, bias, y, *geometry, algorithm)
        reference.conv2d_input_gradient(dy, kernel, dx, *geometry, algorithm)
        reference.conv2d_kernel_gradient(x, dy, dkernel, dbias, *geometry, algorithm)
    return y, dx, dkernel, dbias


def sums_of_absolute_terms(x, kernel, bias, dy, geometry):
    return passes(*map(abs, (x, kernel, bias, dy)), geometry, "direct")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", range(1, 10))
def test_every_size_and_padding_gives_the_direct_result(name, rows):
    paddings = itertools.product(SIDES, SIDES)
    for (row_sides, column_sides), columns in zip(paddings, itertools.cycle(range(1, 10)), strict=False):
        if rows + sum(row_sides) < 3 or columns + sum(column_sides) < 3:
            continue
        case = example((rows, columns), (row_sides, column_sides))
        results = zip(passes(*case, name), passes(*case, "direct"), sums_of_absolute_terms(*case), strict=True)
        for actual, expected, terms in results:
            assert (abs(actual - expected) <= 1e-12 * terms.max()).all(), (columns, row_sides, column_sides)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_batch_has_gradients_of_zero(name):
    y, dx, dkernel, dbias = passes(*example((5, 6), samples=0, dtype=np.float32), name)
    assert y.shape == (0, 5, 6, 2) and dx.shape == (0, 5, 6, 3)
    assert_same_bits([dkernel, dbias], [np.zeros_like(dkernel), np.zeros_like(dbias)])


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_does_not_depend_on_the_others(name):
    x, kernel, bias, dy, geometry = example((7, 6), samples=3, dtype=np.float32)
    together = passes(x, kernel, bias, dy, geometry, name)
    for n in range(3):
        alone = passes(x[n : n + 1], kernel, bias, dy[n : n + 1], geometry, name)
        assert_same_bits(alone[:2], [array[n : n + 1] for array in together[:2]])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("values", ["plain", "special"])
def test_tiles_begin_at_the_first_output(name, values):
    # So what an image ends with does not change the tiles before.
    tile = ALGORITHMS[name].tile
    x, kernel, bias, dy, geometry = example((3 * tile, 3 * tile), dtype=np.float32, values=values)
    y = passes(x, kernel, bias, dy, geometry, name)[0]
    part = example((2 * tile + 1, 2 * tile + 1), ((1, 0), (1, 0)), dtype=np.float32)[3]
    first = passes(x[:, : 2 * tile + 1, : 2 * tile + 1], kernel, bias, part, geometry, name)[0]
    assert_same_bits(first, y[:, : 2 * tile, : 2 * tile])


@pytest.mark.parametrize("name", ["direct", *NAMES])
@pytest.mark.parametrize("values", ["plain", "tiny", "special"])
def test_relu_within_is_relu_after(name, values):
    x, kernel, bias, dy, geometry = example((7, 6), dtype=np.float32, values=values)
    within, after = np.empty_like(dy), np.empty_like(dy)
    with np.errstate(all="ignore"):
        reference.conv2d(x, kernel, bias, after, *geometry, name)
        reference.relu(after, after)
        reference.conv2d(
            x, kernel, bias, within, *geometry, name, Epilogue(activation="relu"), reference.pack_conv2d(kernel, 1)
        )
    assert_same_bits(within, after)


def test_constants_are_exact_values_rounded_once():
    a, b = Fraction(5, 8), Fraction(3, 2)
    p, q = a**2, b**2
    at_a, at_b = 2 * p * (p - q), 2 * q * (q - p)
    exact = {"a": a, "b": b, "p": p, "q": q, "pq": p * q, "s": p + q, "c0": 1 / (p * q), "ca": 1 / at_a, "cb": 1 / at_b}
    exact |= {f"a{k}": a**k / at_a for k in (1, 2, 3)} | {f"b{k}": b**k / at_b for k in (1, 2, 3)}
    stated = constants(np.dtype(np.float32))._asdict()
    assert {name: float(value) for name, value in stated.items()} == {
        name: round_to_float32(value) for name, value in exact.items()
    }
    assert all(Fraction(float(stated[name])) == exact[name] for name in ("a", "b", "p", "q", "pq", "s"))
    contract = (Path(__file__).parents[2] / "docs" / "arithmetic.md").read_text(encoding="utf-8")
    for name in ("c0", "ca", "cb", "a1", "a2", "a3", "b1", "b2", "b3"):
        value = float(stated[name])
        written = [float.fromhex(part) for part in contract.split("`") if part.lstrip("-").startswith("0x1.")]
        assert value in written, (name, value.hex())


def polynomial(roots):
    """Return the coefficients, lowest power first, of the product of (x - root)."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *coefficients]
        coefficients = [high - root * low for high, low in zip(shifted, [*coefficients, Fraction(0)], strict=True)]
    return coefficients


def absolute_matrices(points, outputs, taps):
    """Return |A|, |B| and |G| of F(outputs, taps): result = A ((B pixels) * (G taps)), by Toom and Cook."""
    size = len(points) + 1
    others = [[other for other in points if other != point] for point in points]
    lines = [[*polynomial(rest), Fraction(0)] for rest in others] + [polynomial(points)]
    norms = [np.prod([point - other for other in rest]) for point, rest in zip(points, others, strict=True)]

    def powers(count):
        return [[point**k for k in range(count)] for point in points] + [[Fraction(0)] * (count - 1) + [Fraction(1)]]

    a, b, g = (np.array(matrix, float) for matrix in (powers(outputs), lines, powers(taps)))
    a[:-1] /= np.array(norms, float)[:, None]
    assert b.shape == (size, size)
    return abs(a.T), abs(b), abs(g)


def two_dimensional(matrix, values):
    return np.einsum("xr,ys,rs...->xy...", matrix, matrix, values)


def bound_of_sums(x, kernel, padding, output, algorithm):
    """Return for each output |A| [Σ (|B| |d| |B|ᵀ) · (|G| |g| |G|ᵀ)] |A|ᵀ, tile by tile."""
    tile = ALGORITHMS[algorithm].tile
    a, b, g = absolute_matrices(POINTS[algorithm], tile, 3)
    weights = two_dimensional(g, abs(kernel.astype(float)))
    result = np.empty((len(x), *output, kernel.shape[3]))
    padded = np.pad(abs(x.astype(float)), ((0, 0), (padding[0], 9), (padding[1], 9), (0, 0)))
    for n, row, column in itertools.product(range(len(x)), *(range(0, size, tile) for size in output)):
        pixels = two_dimensional(b, padded[n, row : row + tile + 2, column : column + tile + 2])
        sums = two_dimensional(a, np.einsum("xyi,xyio->xyo", pixels, weights))
        part = result[n, row : row + tile, column : column + tile]
        part[...] = sums[: part.shape[0], : part.shape[1]]
    return result


def bound_of_kernel_sums(x, dy, padding, algorithm):
    """The same of each tap's gradient."""
    tile = ALGORITHMS[algorithm].tile
    a, b, g = absolute_matrices(POINTS[algorithm], 3, tile)
    padded = np.pad(abs(x.astype(float)), ((0, 0), (padding[0], 9), (padding[1], 9), (0, 0)))
    gradients = np.pad(abs(dy.astype(float)), ((0, 0), (0, 9), (0, 9), (0, 0)))
    total = 0
    for n, row, column in itertools.product(range(len(x)), *(range(0, size, tile) for size in dy.shape[1:3])):
        pixels = two_dimensional(b, padded[n, row : row + tile + 2, column : column + tile + 2])
        weights = two_dimensional(g, gradients[n, row : row + tile, column : column + tile])
        total = total + pixels[..., :, None] * weights[..., None, :]
    return two_dimensional(a, total)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("values", ["plain", "cancelling"])
@pytest.mark.parametrize("channels, filters", [(1, 1), (5, 3), (40, 2), (2, 40)])
def test_errors_stay_within_the_bound(name, values, channels, filters):
    arrays = example((9, 10), channels=channels, filters=filters, dtype=np.float32, values=values)
    x, kernel, bias, dy, geometry = arrays
    exact = passes(*(array.astype(np.float64) for array in arrays[:4]), geometry, "direct")
    y, dx, dkernel, _ = passes(*arrays, name)
    turned = kernel[::-1, ::-1].swapaxes(2, 3)
    tiles = dy.shape[0] * -(-dy.shape[1] // ALGORITHMS[name].tile) * -(-dy.shape[2] // ALGORITHMS[name].tile)
    bounds = [
        (y, channels + 1, bound_of_sums(x, kernel, (1, 1), dy.shape[1:3], name) + abs(bias)),
        (dx, filters, bound_of_sums(dy, turned, (1, 1), x.shape[1:3], name)),
        (dkernel, tiles, bound_of_kernel_sums(x, dy, (1, 1), name)),
    ]
    for (actual, terms, sums), expected in zip(bounds, exact, strict=False):
        roundings = (terms + TRANSFORM_ROUNDINGS[name]) * UNIT
        assert (abs(actual - expected) <= roundings / (1 - roundings) * sums).all()


# How many times direct's root mean square error: outputs and input gradients, kernel gradients.
TIMES_DIRECT = {"winograd_2x2": (1.2, 4), "winograd_4x4": (4, 8)}


@pytest.mark.parametrize("pass_", ["forward", "input gradient", "kernel gradient"])
@pytest.mark.parametrize("samples, size, channels", [(1, 32, 16), (1, 28, 64), (2, 14, 256)])
def test_errors_of_a_network_s_layers_are_as_stated(pass_, samples, size, channels):
    accuracy = runpy.run_path(str(Path(__file__).parents[2] / "bench" / "run_accuracy.py"))
    errors = accuracy["measure"](accuracy["Layer"](samples, size, channels), pass_)
    for name, times in TIMES_DIRECT.items():
        limit = times[pass_ == "kernel gradient"]
        assert errors[name].root_mean_square <= limit * errors["direct"].root_mean_square
        assert errors[name].largest < 5e-6
