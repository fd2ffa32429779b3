"""Measure the rounding errors of the convolution algorithms against float64, forward and both gradients.

    python bench/run_accuracy.py                          # the table of docs/arithmetic.md, about a minute

Values are as in a network: inputs are normal numbers after ReLU, taps normal with He's variance 2 / (9 · channels),
output gradients normal numbers of which a random half is zero. The error is compared with the largest result (max and
root mean square), and with the sum of the absolute values of the terms that make up each result. The reference
computes, so the errors are those of every backend.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nativecnn import reference

ALGORITHMS = ("direct", "winograd_2x2", "winograd_4x4")
PASSES = ("forward", "input gradient", "kernel gradient")
GEOMETRY = (1, 1), (1, 1), (1, 1), 1  # strides, padding, dilation, groups
LINES = 8  # filters, or channels, over which the sums do not run: their number does not matter


class Layer(NamedTuple):
    """A 3 × 3 convolution with a border of one pixel."""

    samples: int
    size: int
    channels: int
    """As many as filters."""


class Errors(NamedTuple):
    """Of one pass by one algorithm."""

    largest: float
    """Largest error / largest result."""
    root_mean_square: float
    """Root mean square error / largest result."""
    largest_of_terms: float
    """Largest of error / sum of absolute terms."""


# Sizes of ResNet's and VGG's layers; sums over many samples in the kernel's gradient.
LAYERS = (Layer(1, 32, 16), Layer(1, 56, 64), Layer(1, 28, 128), Layer(2, 14, 256), Layer(4, 7, 512))


def measure(layer: Layer, pass_: str, seed: int = 0) -> dict[str, Errors]:
    """Return the errors by algorithm."""
    compute, arrays, shape = _pass(layer, pass_, np.random.default_rng(seed))
    exact, terms = np.empty(shape), np.empty(shape)
    compute([array.astype(np.float64) for array in arrays], exact, "direct")
    compute([abs(array.astype(np.float64)) for array in arrays], terms, "direct")
    result = {}
    for algorithm in ALGORITHMS:
        values = np.empty(shape, np.float32)
        compute(arrays, values, algorithm)
        error = abs(values - exact)
        of_terms = np.divide(error, terms, out=np.zeros_like(error), where=terms > 0)
        largest = abs(exact).max()
        result[algorithm] = Errors(error.max() / largest, np.sqrt((error**2).mean()) / largest, of_terms.max())
    return result


def _pass(layer, pass_, random):
    """Return a function (arrays, result, algorithm), its float32 arrays and the result's shape."""
    samples, size, channels = layer
    inputs = channels if pass_ == "forward" else LINES
    filters = channels if pass_ == "input gradient" else LINES
    x = np.maximum(random.standard_normal((samples, size, size, inputs), np.float32), 0)
    kernel = random.standard_normal((3, 3, inputs, filters), np.float32) * np.float32(np.sqrt(2 / (9 * channels)))
    dy = random.standard_normal((samples, size, size, filters), np.float32)
    dy *= random.integers(0, 2, dy.shape).astype(np.float32)
    if pass_ == "forward":
        return lambda a, y, name: reference.conv2d(*a, None, y, *GEOMETRY, name), (x, kernel), dy.shape
    if pass_ == "input gradient":
        return lambda a, dx, name: reference.conv2d_input_gradient(*a, dx, *GEOMETRY, name), (dy, kernel), x.shape
    return lambda a, dk, name: reference.conv2d_kernel_gradient(*a, dk, None, *GEOMETRY, name), (x, dy), kernel.shape


def main() -> None:
    """Print the table, in units of 10⁻⁷."""
    print("| pass | samples × image, channels | " + " | ".join(ALGORITHMS) + " |")
    print("|---" * (2 + len(ALGORITHMS)) + "|")
    for pass_ in PASSES:
        for layer in LAYERS:
            errors = measure(layer, pass_)
            cells = [" / ".join(f"{1e7 * value:.2f}" for value in errors[name]) for name in ALGORITHMS]
            image = f"{layer.samples} × {layer.size}², {layer.channels}"
            print(f"| {pass_} | {image} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
