"""The networks that are timed, described without any engine, and weights for them.

Shapes are ours, channels last: a convolution's kernel is (rows, columns, channels / groups, filters), a dense layer's
(inputs, outputs).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

Weights = list[tuple[np.ndarray, np.ndarray]]
"""Kernel and bias of each layer that has them, in order."""


@dataclass(frozen=True)
class Convolution:
    """A convolution with a square kernel and as much padding on every side."""

    filters: int
    kernel: int
    stride: int = 1
    padding: int = 0
    groups: int = 1
    relu: bool = False


@dataclass(frozen=True)
class MaxPooling:
    """Max pooling by windows of 2 × 2 that do not overlap."""


@dataclass(frozen=True)
class Flatten:
    """Images to rows of numbers."""


@dataclass(frozen=True)
class Dense:
    """A dense layer."""

    units: int
    relu: bool = False


@dataclass(frozen=True)
class Softmax:
    """Softmax over the classes."""


Layer = Convolution | MaxPooling | Flatten | Dense | Softmax


@dataclass(frozen=True)
class Network:
    """A chain of layers over samples of a shape."""

    name: str
    input_shape: tuple[int, ...]
    layers: tuple[Layer, ...]

    @cached_property
    def output_shapes(self) -> list[tuple[int, ...]]:
        """Shape of one sample after each layer."""
        shapes, shape = [], self.input_shape
        for layer in self.layers:
            if isinstance(layer, Convolution):
                rows, columns = ((size + 2 * layer.padding - layer.kernel) // layer.stride + 1 for size in shape[:2])
                shape = rows, columns, layer.filters
            elif isinstance(layer, MaxPooling):
                shape = shape[0] // 2, shape[1] // 2, shape[2]
            elif isinstance(layer, Flatten):
                shape = (math.prod(shape),)
            elif isinstance(layer, Dense):
                shape = (layer.units,)
            shapes.append(shape)
        return shapes

    @property
    def input_shapes(self) -> list[tuple[int, ...]]:
        """Shape of one sample before each layer."""
        return [self.input_shape, *self.output_shapes[:-1]]

    def kernel_shapes(self) -> Iterator[tuple[int, ...]]:
        """Yield the shapes of the kernels, in order."""
        for layer, shape in zip(self.layers, self.input_shapes, strict=True):
            if isinstance(layer, Convolution):
                yield layer.kernel, layer.kernel, shape[2] // layer.groups, layer.filters
            elif isinstance(layer, Dense):
                yield shape[0], layer.units

    @property
    def multiply_adds(self) -> int:
        """Of the convolutions and dense layers, for one sample."""
        outputs = [
            shape
            for layer, shape in zip(self.layers, self.output_shapes, strict=True)
            if isinstance(layer, Convolution | Dense)
        ]
        return sum(
            math.prod(kernel) * math.prod(output[:-1])
            for kernel, output in zip(self.kernel_shapes(), outputs, strict=True)
        )

    def draw_weights(self, random: np.random.Generator) -> Weights:
        """Return normal kernels that keep the size of values from layer to layer (He et al. 2015), biases of 0.1."""
        weights = []
        for shape in self.kernel_shapes():
            kernel = random.standard_normal(shape, dtype=np.float32)
            kernel *= np.float32(math.sqrt(2 / math.prod(shape[:-1])))
            weights.append((kernel, np.full(shape[-1:], 0.1, np.float32)))
        return weights


def _convolution(filters: int, kernel: int, padding: str = "same") -> Convolution:
    return Convolution(filters, kernel, padding=kernel // 2 if padding == "same" else 0, relu=True)


def _blocks(blocks: list[list[int]], padding: str = "same") -> list[Layer]:
    layers: list[Layer] = []
    for block in blocks:
        layers += [*(_convolution(filters, 3, padding) for filters in block), MaxPooling()]
    return [*layers, Flatten()]


NETWORKS = {
    network.name: network
    for network in (
        Network(
            "lenet5",
            (28, 28, 1),
            (
                *(_convolution(6, 5), MaxPooling(), _convolution(16, 5, "valid"), MaxPooling(), Flatten()),
                *(Dense(120, relu=True), Dense(84, relu=True), Dense(10), Softmax()),
            ),
        ),
        Network("mnist", (28, 28, 1), (*_blocks([[32], [64]], "valid"), Dense(10), Softmax())),
        Network(
            "cifar_vgg",
            (32, 32, 3),
            (*_blocks([[64, 64], [128, 128], [256, 256]]), Dense(256, relu=True), Dense(10), Softmax()),
        ),
        Network(
            "vgg16",
            (224, 224, 3),
            (
                *_blocks([[64, 64], [128, 128], [256] * 3, [512] * 3, [512] * 3]),
                *(Dense(4096, relu=True), Dense(4096, relu=True), Dense(1000), Softmax()),
            ),
        ),
    )
}
