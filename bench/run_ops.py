"""Time convolution layers, forward and both gradients, against the processor's multiply-add limit.

    python bench/run_ops.py                               # the layer of shapes/limit.txt
    python bench/run_ops.py bench/shapes/mnist.txt --threads 2 --instruction-set avx2

Each repetition times a loop of independent multiply-adds, then the layer: the percentage is the median over these
pairs, so that it holds when the machine's speed drifts. The limit of several threads is taken as that of one times
their number.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

import nativecnn
from nativecnn import _kernels as kernels
from nativecnn._kernels import runtime
from nativecnn.ops.conv import conv2d_geometry

SHAPES = Path(__file__).parent / "shapes"


class Layer(NamedTuple):
    """A convolution layer and its batch."""

    samples: int
    rows: int
    columns: int
    channels: int
    filters: int
    kernel: int
    stride: int
    padding: str


def read_layers(path: Path) -> list[Layer]:
    """Read a file of layers, one a line: numbers in the order of :class:`Layer`; # begins a comment."""
    lines = (line.split("#")[0].split() for line in path.read_text(encoding="utf-8").splitlines())
    return [Layer(*map(int, fields[:7]), fields[7]) for fields in lines if fields]


def passes(layer: Layer, random: np.random.Generator) -> tuple[dict[str, Callable[[], None]], int]:
    """Return the layer's three passes as functions, and the multiply-adds of each."""
    image = layer.rows, layer.columns, layer.channels
    shape = layer.kernel, layer.kernel, layer.channels, layer.filters
    geometry = conv2d_geometry(image, shape, layer.stride, layer.padding)
    arguments = geometry.kernel_arguments
    x = random.standard_normal((layer.samples, *image), dtype=np.float32)
    kernel = random.standard_normal(shape, dtype=np.float32)
    y = random.standard_normal((layer.samples, *geometry.output, layer.filters), dtype=np.float32)
    dx, dkernel = np.empty_like(x), np.empty_like(kernel)
    bias, dbias = np.zeros(layer.filters, np.float32), np.empty(layer.filters, np.float32)
    functions = {
        "forward": lambda: kernels.conv2d(x, kernel, bias, y, *arguments),
        "input gradient": lambda: kernels.conv2d_input_gradient(y, kernel, dx, *arguments),
        "kernel gradient": lambda: kernels.conv2d_kernel_gradient(x, y, dkernel, dbias, *arguments),
    }
    return functions, y.size * kernel[..., 0].size


def seconds(function: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(function: Callable[[], None], multiply_adds: int, threads: int, repetitions: int) -> tuple[float, ...]:
    """Return median seconds, median limit (multiply-adds a second), and the median share of the limit."""
    iterations = 200_000
    function()
    times, limits = [], []
    for _ in range(repetitions):
        start = time.perf_counter()
        executed = runtime.run_fma_limit(iterations)
        limits.append(executed / (time.perf_counter() - start) * threads)
        times.append(seconds(function))
    shares = [multiply_adds / t / limit for t, limit in zip(times, limits, strict=True)]
    return median(times), median(limits), median(shares)


def main() -> None:
    """Parse the command line and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", type=Path, default=[SHAPES / "limit.txt"], help="files of layers")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--instruction-set", choices=runtime.supported_instruction_sets())
    parser.add_argument("--repetitions", type=int, default=15)
    options = parser.parse_args()
    nativecnn.set_num_threads(options.threads)
    if options.instruction_set:
        runtime.set_instruction_set(options.instruction_set)
    print(f"{runtime.processor_name()}, {runtime.instruction_set()}, threads: {options.threads}")
    print(f"{'layer':44} {'pass':16} {'ms':>9} {'GFLOP/s':>8} {'limit':>7} {'share':>6}")
    random = np.random.default_rng(0)
    for path in options.shapes:
        for layer in read_layers(path):
            functions, multiply_adds = passes(layer, random)
            for name, function in functions.items():
                time_, limit, share = measure(function, multiply_adds, options.threads, options.repetitions)
                print(
                    f"{' '.join(map(str, layer)):44} {name:16} {time_ * 1e3:9.3f} "
                    f"{2e-9 * multiply_adds / time_:8.1f} {2e-9 * limit:7.1f} {share:6.1%}"
                )


if __name__ == "__main__":
    main()
