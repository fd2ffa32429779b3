"""2-D convolution and its gradients by Winograd's algorithm: 3 × 3 taps, strides and dilation 1, one group.

Outputs are computed in tiles of m × m, by F(m × m, 3 × 3): a tile of (m + 2) × (m + 2) pixels and the taps are
transformed, multiplied element by element (one dot product over the channels for each element), and transformed back.
The gradient of the kernel is F(3 × 3, m × m). S. Winograd, "Arithmetic complexity of computations", 1980; A. Lavin and
S. Gray, "Fast algorithms for convolutional neural networks", 2016. See docs/arithmetic.md for the points.

A transform takes a line of values and returns a list. On tiles it is applied down the rows first, to each column,
then along the columns.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np

from .fma import fma
from .sums import image_runs, sum_in_runs
from .windows import tiles


class Algorithm(NamedTuple):
    """F(m, 3) and F(3, m) in one dimension."""

    tile: int
    """m."""
    input: Callable
    """m + 2 pixels."""
    filter: Callable
    """3 taps to m + 2 values."""
    gradient: Callable
    """m gradients of outputs to m + 2 values."""
    output: Callable
    """m + 2 products to m outputs."""
    kernel: Callable
    """m + 2 sums of products to the gradients of 3 taps."""


def conv2d(x, kernel, y, padding, algorithm):
    """Write the convolution, without a bias, into ``y``: for each element of a tile the terms by channel."""
    _correlate(x, kernel, y, (-padding[0], -padding[1]), ALGORITHMS[algorithm])


def conv2d_input_gradient(dy, kernel, dx, padding, algorithm):
    """Write the gradient of the input into ``dx``: the convolution of ``dy`` with the taps turned by 180°."""
    turned = kernel[::-1, ::-1].swapaxes(2, 3)
    _correlate(dy, turned, dx, (padding[0] - 2, padding[1] - 2), ALGORITHMS[algorithm])


def conv2d_kernel_gradient(x, dy, dkernel, padding, algorithm):
    """Write the gradient of the kernel: for each element of a tile a sum over the tiles in runs (see ``sums.py``)."""
    transforms = ALGORITHMS[algorithm]
    counts = _tile_counts(dy, transforms.tile)
    size, channels, filters = transforms.tile + 2, *dkernel.shape[2:]
    pixels = _both_axes(transforms.input, tiles(x, -padding[0], -padding[1], counts, size, transforms.tile))
    gradients = _both_axes(transforms.gradient, tiles(dy, 0, 0, counts, transforms.tile, transforms.tile))
    boundaries = image_runs(len(dy), *counts)
    sums = np.empty((size, size, channels, filters), dkernel.dtype)
    for element in np.ndindex(size, size):
        inputs, outputs = pixels[element].reshape(-1, channels), gradients[element].reshape(-1, filters)

        def accumulate(terms, total, inputs=inputs, outputs=outputs):
            return fma(inputs[terms, :, None], outputs[terms, None, :], total)

        sums[element] = sum_in_runs(boundaries, (channels, filters), dkernel.dtype, accumulate)
    dkernel[...] = _both_axes(transforms.kernel, sums)


def _correlate(image, kernel, result, start, transforms):
    """Write the correlation, tiles anchored at the first pixel of ``result``, whose window begins at ``start``."""
    size = transforms.tile + 2
    counts = _tile_counts(result, transforms.tile)
    pixels = _both_axes(transforms.input, tiles(image, *start, counts, size, transforms.tile))
    weights = _both_axes(transforms.filter, kernel)
    products = np.zeros((*pixels.shape[:-1], kernel.shape[3]), result.dtype)
    for element in np.ndindex(size, size):
        total = products[element]
        for channel in range(kernel.shape[2]):
            total = fma(pixels[element][..., channel, None], weights[element][channel], total)
        products[element] = total
    _store(_both_axes(transforms.output, products), result)


def _store(outputs, result):
    """Write tiles (row, column, sample, tile row, tile column, channel) side by side, as far as ``result`` reaches."""
    tile = outputs.shape[0]
    for row in range(min(tile, result.shape[1])):
        for column in range(min(tile, result.shape[2])):
            pixels = result[:, row::tile, column::tile]
            pixels[...] = outputs[row, column][:, : pixels.shape[1], : pixels.shape[2]]


def _tile_counts(image, tile):
    """Return how many tiles it takes to cover rows and columns."""
    return -(-image.shape[1] // tile), -(-image.shape[2] // tile)


def _both_axes(transform, values):
    """Apply a transform to the first axis of an array, then to the second."""
    down = np.stack(transform(*values))
    return np.stack(transform(*down.swapaxes(0, 1)), axis=1)


# F(2, 3) and F(3, 2): points 0, 1, -1 and infinity.


def _input_2(d0, d1, d2, d3):
    return [d0 - d2, d1 + d2, d2 - d1, d3 - d1]


def _filter_2(g0, g1, g2):
    half, t = g0.dtype.type(0.5), g0 + g2
    return [g0, half * (t + g1), half * (t - g1), g2]


def _gradient_2(g0, g1):
    half = g0.dtype.type(0.5)
    return [g0, half * (g0 + g1), half * (g0 - g1), g1]


def _output_2(m0, m1, m2, m3):
    return [(m0 + m1) + m2, (m1 - m2) + m3]


def _kernel_2(m0, m1, m2, m3):
    return [(m0 + m1) + m2, m1 - m2, (m1 + m2) + m3]


# F(4, 3) and F(3, 4): points 0, a, -a, b, -b and infinity.


class Constants(NamedTuple):
    """Of the transforms with 4: exact in float32 as far as the input's and filter's; the output's rounded once."""

    a: np.floating
    b: np.floating
    p: np.floating
    """a²"""
    q: np.floating
    """b²"""
    pq: np.floating
    s: np.floating
    """p + q"""
    c0: np.floating
    """1 / N₀, N₀ the product of the differences between the point 0 and the others"""
    ca: np.floating
    """1 / Nₐ, Nₐ the same of a and of -a"""
    a1: np.floating
    """a / Nₐ"""
    a2: np.floating
    a3: np.floating
    cb: np.floating
    b1: np.floating
    b2: np.floating
    b3: np.floating


@cache
def constants(dtype):
    """Return the constants as scalars of a dtype."""
    a, b = Fraction(5, 8), Fraction(3, 2)
    p, q = a * a, b * b
    at_0, at_a, at_b = p * q, 2 * p * (p - q), 2 * q * (q - p)
    exact = [a, b, p, q, p * q, p + q, 1 / at_0, *(a**k / at_a for k in range(4)), *(b**k / at_b for k in range(4))]
    return Constants(*(dtype.type(float(value)) for value in exact))


def _input_4(d0, d1, d2, d3, d4, d5):
    k = constants(d0.dtype)
    f, e = fma(-k.q, d1, d3), fma(-k.q, d2, d4)
    h, g = fma(-k.p, d1, d3), fma(-k.p, d2, d4)
    return [
        fma(k.pq, d0, fma(-k.s, d2, d4)),
        fma(k.a, f, e),
        fma(-k.a, f, e),
        fma(k.b, h, g),
        fma(-k.b, h, g),
        fma(k.pq, d1, fma(-k.s, d3, d5)),
    ]


def _filter_4(g0, g1, g2):
    k = constants(g0.dtype)
    return [*_at_points(k, fma(k.p, g2, g0), g1, fma(k.q, g2, g0), g1, g0), g2]


def _gradient_4(g0, g1, g2, g3):
    k = constants(g0.dtype)
    return [*_at_points(k, fma(k.p, g2, g0), fma(k.p, g3, g1), fma(k.q, g2, g0), fma(k.q, g3, g1), g0), g3]


def _at_points(k, even_a, odd_a, even_b, odd_b, at_0):
    """Return a polynomial's values at 0, a, -a, b, -b from its parts of even and odd powers."""
    return [at_0, fma(k.a, odd_a, even_a), fma(-k.a, odd_a, even_a), fma(k.b, odd_b, even_b), fma(-k.b, odd_b, even_b)]


def _output_4(m0, m1, m2, m3, m4, m5):
    k = constants(m0.dtype)
    s1, d1, s2, d2 = m1 + m2, m1 - m2, m3 + m4, m3 - m4
    return [
        fma(k.cb, s2, fma(k.ca, s1, k.c0 * m0)),
        fma(k.b1, d2, k.a1 * d1),
        fma(k.b2, s2, k.a2 * s1),
        fma(k.b3, d2, fma(k.a3, d1, m5)),
    ]


def _kernel_4(m0, m1, m2, m3, m4, m5):
    k = constants(m0.dtype)
    s1, d1, s2, d2 = m1 + m2, m1 - m2, m3 + m4, m3 - m4
    return [
        fma(k.cb, s2, fma(k.ca, s1, k.c0 * m0)),
        fma(k.b1, d2, k.a1 * d1),
        fma(k.b2, s2, fma(k.a2, s1, m5)),
    ]


ALGORITHMS = {
    "winograd_2x2": Algorithm(2, _input_2, _filter_2, _gradient_2, _output_2, _kernel_2),
    "winograd_4x4": Algorithm(4, _input_4, _filter_4, _gradient_4, _output_4, _kernel_4),
}
