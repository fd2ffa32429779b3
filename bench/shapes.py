"""The layers of bench/shapes/: text files with one layer a line; # begins a comment.

A convolution has eleven fields (the last may be left out), a dense layer five (likewise)::

    name samples rows columns channels filters kernel stride padding groups count
    name samples inputs outputs count

Padding is "valid", "same" or the pixels on every side; count says how often a network has the layer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from networks import Convolution, Dense, Network

SHAPES = Path(__file__).parent / "shapes"


@dataclass(frozen=True)
class ConvolutionShape:
    """A convolution with a square kernel, and its batch."""

    name: str
    samples: int
    rows: int
    columns: int
    channels: int
    filters: int
    kernel: int
    stride: int
    padding: int
    groups: int
    count: int = 1

    @property
    def multiply_adds(self) -> int:
        """Of one pass over the batch; the two gradients have as many each."""
        network = self.network()
        rows, columns, _ = network.output_shapes[-1]
        return self.samples * rows * columns * self.filters * self.kernel**2 * self.channels // self.groups

    @property
    def text(self) -> str:
        """Its numbers, for tables."""
        image = f"{self.samples}×{self.rows}×{self.columns}×{self.channels}→{self.filters}"
        groups = f" g{self.groups}" if self.groups > 1 else ""
        return f"{image} k{self.kernel} s{self.stride}{groups}"

    def network(self) -> Network:
        """Return a network of this layer alone."""
        layer = Convolution(self.filters, self.kernel, self.stride, self.padding, self.groups)
        return Network(self.name, (self.rows, self.columns, self.channels), (layer,))


@dataclass(frozen=True)
class DenseShape:
    """A dense layer and its batch."""

    name: str
    samples: int
    inputs: int
    outputs: int
    count: int = 1

    @property
    def multiply_adds(self) -> int:
        """Of one pass over the batch; the two gradients have as many each."""
        return self.samples * self.inputs * self.outputs

    @property
    def text(self) -> str:
        """Its numbers, for tables."""
        return f"{self.samples}×{self.inputs}→{self.outputs}"

    def network(self) -> Network:
        """Return a network of this layer alone."""
        return Network(self.name, (self.inputs,), (Dense(self.outputs),))


LayerShape = ConvolutionShape | DenseShape


def read_shapes(path: Path) -> list[LayerShape]:
    """Read a file of layers.

    Raises
    ------
    ValueError
        If a line is not as the head of this module says; it names file and line.
    """
    shapes = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fields = line.split("#")[0].split()
        if fields:
            try:
                shapes.append(_parse(fields))
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from None
    return shapes


def find_shapes(name: str) -> Path:
    """Return the file that a path, or the name of a file in bench/shapes/ (``vgg16``), stands for.

    Raises
    ------
    ValueError
        If there is none.
    """
    for path in (Path(name), SHAPES / f"{name}.txt"):
        if path.is_file():
            return path
    names = ", ".join(sorted(path.stem for path in SHAPES.glob("*.txt")))
    raise ValueError(f"expected a file of layers or one of {names}, got {name!r}")


def selector(only: Sequence[str]) -> Callable[[LayerShape], bool]:
    """Return whether a layer is one of a selection; an empty one takes all.

    Parameters
    ----------
    only : sequence of str
        ``3x3`` or ``3x3s1`` (convolutions in one group by kernel and stride), ``depthwise``, ``grouped`` (neither one
        group nor depthwise), ``dense``, or the name of a layer. A layer needs to be one of them.

    Raises
    ------
    ValueError
        If a kernel is not square.
    """
    tests = [_test(term) for term in only]
    return lambda shape: not tests or any(test(shape) for test in tests)


def _parse(fields: list[str]) -> LayerShape:
    if len(fields) in (4, 5):
        return DenseShape(fields[0], *_positive(fields[1:]))
    if len(fields) not in (10, 11):
        raise ValueError(f"expected 10 or 11 fields of a convolution, or 4 or 5 of a dense layer, got {len(fields)}")
    samples, rows, columns, channels, filters, kernel, stride, groups = _positive([*fields[1:8], fields[9]])
    (count,) = _positive(fields[10:] or ["1"])
    if channels % groups or filters % groups:
        raise ValueError(f"expected channels and filters divisible by {groups} groups, got {channels} and {filters}")
    padding = _padding(fields[8], kernel, stride)
    if min(rows, columns) + 2 * padding < kernel:
        raise ValueError(f"expected an image at least as large as its kernel, got {rows} × {columns}")
    return ConvolutionShape(
        fields[0], samples, rows, columns, channels, filters, kernel, stride, padding, groups, count
    )


def _positive(fields: list[str]) -> list[int]:
    numbers = [int(field) for field in fields]
    if min(numbers) < 1:
        raise ValueError(f"expected positive numbers, got {' '.join(fields)}")
    return numbers


def _padding(field: str, kernel: int, stride: int) -> int:
    if field == "valid":
        return 0
    if field == "same":
        if stride != 1 or kernel % 2 == 0:
            # PyTorch and others pad both sides alike, which "same" does for no other layers.
            raise ValueError(f'expected "same" with stride 1 and an odd kernel, got stride {stride}, kernel {kernel}')
        return kernel // 2
    if not field.isdecimal():
        raise ValueError(f'expected a padding of "valid", "same" or pixels, got {field!r}')
    return int(field)


def _test(term: str) -> Callable[[LayerShape], bool]:
    kernel = re.fullmatch(r"(\d+)x(\d+)(?:s(\d+))?", term)
    if kernel:
        rows, columns, stride = kernel.groups()
        if rows != columns:
            raise ValueError(f"expected a square kernel such as 3x3, got {term!r}")
        return lambda shape: (
            isinstance(shape, ConvolutionShape)
            and shape.groups == 1
            and shape.kernel == int(rows)
            and stride in (None, str(shape.stride))
        )
    if term == "dense":
        return lambda shape: isinstance(shape, DenseShape)
    if term == "depthwise":
        return lambda shape: isinstance(shape, ConvolutionShape) and 1 < shape.groups == shape.channels
    if term == "grouped":
        return lambda shape: isinstance(shape, ConvolutionShape) and 1 < shape.groups < shape.channels
    return lambda shape: shape.name == term
