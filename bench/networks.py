"""The networks that are timed, described without any engine, and weights for them.

Shapes are ours, channels last: a convolution's kernel is (rows, columns, channels / groups, filters), a dense layer's
(inputs, outputs).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

EPSILON = 1e-5
"""Of every batch normalization, added to the variance."""

MOVING_MOMENTUM = 0.9
"""What the moving averages of every batch normalization keep of themselves in a training step."""

Shape = tuple[int, ...]

Weights = list[tuple[np.ndarray, ...]]
"""Of each layer that has them, in order: kernel and bias; or kernel, gamma, beta, mean and variance of a normalized
convolution."""


@dataclass(frozen=True)
class Convolution:
    """A convolution with a square kernel and as much padding on every side.

    With ``normalized`` batch normalization takes the place of the bias. ``activation`` ("relu" or "relu6") comes last.
    """

    filters: int
    kernel: int
    stride: int = 1
    padding: int = 0
    groups: int = 1
    activation: str | None = None
    normalized: bool = False


@dataclass(frozen=True)
class MaxPooling:
    """Max pooling by square windows; the padding takes no part."""

    window: int = 2
    stride: int = 2
    padding: int = 0


@dataclass(frozen=True)
class GlobalAveragePooling:
    """The mean of each channel."""


@dataclass(frozen=True)
class Flatten:
    """Images to rows of numbers."""


@dataclass(frozen=True)
class Dense:
    """A dense layer."""

    units: int
    activation: str | None = None


@dataclass(frozen=True)
class Softmax:
    """Softmax over the classes."""


@dataclass(frozen=True)
class Residual:
    """The sum of what two chains make of the same input, an empty one the input itself, and the activation of it."""

    branch: tuple[Convolution, ...]
    shortcut: tuple[Convolution, ...] = ()
    activation: str | None = None


Layer = Convolution | MaxPooling | GlobalAveragePooling | Flatten | Dense | Softmax | Residual


def output_shape(layer: Layer, shape: Shape) -> Shape:
    """Return the shape of a layer's output for one sample of a shape."""
    match layer:
        case Convolution():
            return *_positions(shape, layer.kernel, layer.stride, layer.padding), layer.filters
        case MaxPooling():
            return *_positions(shape, layer.window, layer.stride, layer.padding), shape[2]
        case GlobalAveragePooling():
            return shape[2:]
        case Flatten():
            return (math.prod(shape),)
        case Dense():
            return (layer.units,)
        case Residual():
            return output_shapes(layer.branch, shape)[-1]
    return shape


def _positions(shape: Shape, window: int, stride: int, padding: int) -> list[int]:
    return [(size + 2 * padding - window) // stride + 1 for size in shape[:2]]


def output_shapes(layers: Sequence[Layer], shape: Shape) -> list[Shape]:
    """Return the shape of one sample after each layer of a chain."""
    shapes = []
    for layer in layers:
        shapes.append(shape := output_shape(layer, shape))
    return shapes


def with_weights(layers: Sequence[Layer], shape: Shape) -> Iterator[tuple[Convolution | Dense, Shape]]:
    """Yield the layers of a chain that have weights, a branch before its shortcut, with their inputs' shapes."""
    for layer, after in zip(layers, output_shapes(layers, shape), strict=True):
        if isinstance(layer, Residual):
            yield from with_weights(layer.branch, shape)
            yield from with_weights(layer.shortcut, shape)
        elif isinstance(layer, Convolution | Dense):
            yield layer, shape
        shape = after


@dataclass(frozen=True)
class Network:
    """A chain of layers over samples of a shape."""

    name: str
    input_shape: Shape
    layers: tuple[Layer, ...]

    @cached_property
    def output_shapes(self) -> list[Shape]:
        """Shape of one sample after each layer."""
        return output_shapes(self.layers, self.input_shape)

    @property
    def input_shapes(self) -> list[Shape]:
        """Shape of one sample before each layer."""
        return [self.input_shape, *self.output_shapes[:-1]]

    def kernel_shapes(self) -> Iterator[Shape]:
        """Yield the shapes of the kernels, in order."""
        for layer, shape in with_weights(self.layers, self.input_shape):
            if isinstance(layer, Convolution):
                yield layer.kernel, layer.kernel, shape[2] // layer.groups, layer.filters
            else:
                yield shape[0], layer.units

    @property
    def multiply_adds(self) -> int:
        """Of the convolutions and dense layers, for one sample."""
        outputs = [output_shape(layer, shape) for layer, shape in with_weights(self.layers, self.input_shape)]
        return sum(
            math.prod(kernel) * math.prod(output[:-1])
            for kernel, output in zip(self.kernel_shapes(), outputs, strict=True)
        )

    def draw_weights(self, random: np.random.Generator) -> Weights:
        """Return normal kernels that keep the size of values from layer to layer (He et al. 2015), biases of 0.1, and
        normalizations as of a trained network: none of their four parameters is the same for all filters."""
        weights: Weights = []
        layers = (layer for layer, _ in with_weights(self.layers, self.input_shape))
        for layer, shape in zip(layers, self.kernel_shapes(), strict=True):
            kernel = random.standard_normal(shape, dtype=np.float32)
            kernel *= np.float32(math.sqrt(2 / math.prod(shape[:-1])))
            if getattr(layer, "normalized", False):
                gamma, variance = random.uniform(0.3, 0.6, (2, shape[-1])).astype(np.float32)
                beta, mean = random.uniform(-0.2, 0.2, (2, shape[-1])).astype(np.float32)
                weights.append((kernel, gamma, beta, mean, variance))
            else:
                weights.append((kernel, np.full(shape[-1:], 0.1, np.float32)))
        return weights


def _convolution(filters: int, kernel: int, padding: str = "same") -> Convolution:
    return Convolution(filters, kernel, padding=kernel // 2 if padding == "same" else 0, activation="relu")


def _normalized(
    filters: int, kernel: int, stride: int = 1, activation: str | None = "relu", groups: int = 1
) -> Convolution:
    return Convolution(filters, kernel, stride, kernel // 2, groups, activation, normalized=True)


def _blocks(blocks: list[list[int]], padding: str = "same") -> list[Layer]:
    layers: list[Layer] = []
    for block in blocks:
        layers += [*(_convolution(filters, 3, padding) for filters in block), MaxPooling()]
    return [*layers, Flatten()]


def _resnet(counts: Sequence[int], bottleneck: bool) -> tuple[Layer, ...]:
    """Return the layers of a ResNet of four stages (He et al. 2016), the stride of a block at its 3×3 layer (v1.5)."""
    layers: list[Layer] = [_normalized(64, 7, 2), MaxPooling(3, 2, 1)]
    channels = 64
    for stage, count in enumerate(counts):
        width = 64 << stage
        filters = 4 * width if bottleneck else width
        for block in range(count):
            stride = 2 if stage and not block else 1
            if bottleneck:
                branch = (_normalized(width, 1), _normalized(width, 3, stride), _normalized(filters, 1, 1, None))
            else:
                branch = (_normalized(width, 3, stride), _normalized(width, 3, 1, None))
            shortcut = (_normalized(filters, 1, stride, None),) if channels != filters else ()
            layers.append(Residual(branch, shortcut, "relu"))
            channels = filters
    return (*layers, GlobalAveragePooling(), Dense(1000), Softmax())


def _mobilenetv2() -> tuple[Layer, ...]:
    """Return the layers of MobileNetV2 (Sandler et al. 2018), width 1."""
    layers: list[Layer] = [_normalized(32, 3, 2, "relu6")]
    channels = 32
    settings = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    for expansion, filters, count, first_stride in settings:
        for block in range(count):
            stride = 1 if block else first_stride
            wide = expansion * channels
            expand = (_normalized(wide, 1, 1, "relu6"),) if expansion > 1 else ()
            chain = (*expand, _normalized(wide, 3, stride, "relu6", wide), _normalized(filters, 1, 1, None))
            layers += [Residual(chain)] if stride == 1 and channels == filters else chain
            channels = filters
    return (*layers, _normalized(1280, 1, 1, "relu6"), GlobalAveragePooling(), Dense(1000), Softmax())


NETWORKS = {
    network.name: network
    for network in (
        Network(
            "lenet5",
            (28, 28, 1),
            (
                *(_convolution(6, 5), MaxPooling(), _convolution(16, 5, "valid"), MaxPooling(), Flatten()),
                *(Dense(120, "relu"), Dense(84, "relu"), Dense(10), Softmax()),
            ),
        ),
        Network("mnist", (28, 28, 1), (*_blocks([[32], [64]], "valid"), Dense(10), Softmax())),
        Network(
            "cifar_vgg",
            (32, 32, 3),
            (*_blocks([[64, 64], [128, 128], [256, 256]]), Dense(256, "relu"), Dense(10), Softmax()),
        ),
        Network(
            "vgg16",
            (224, 224, 3),
            (
                *_blocks([[64, 64], [128, 128], [256] * 3, [512] * 3, [512] * 3]),
                *(Dense(4096, "relu"), Dense(4096, "relu"), Dense(1000), Softmax()),
            ),
        ),
        Network("resnet18", (224, 224, 3), _resnet((2, 2, 2, 2), bottleneck=False)),
        Network("resnet50", (224, 224, 3), _resnet((3, 4, 6, 3), bottleneck=True)),
        Network("mobilenetv2", (224, 224, 3), _mobilenetv2()),
    )
}
