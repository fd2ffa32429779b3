"""The graph of a model: layers applied to tensors, in an order in which they can be computed.

A layer may take several tensors, a tensor may feed several layers, and a layer may be applied several times (its
weights are then shared). A tensor here is a place in the graph with a shape; it holds no values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .layers.base import Layer, Shape, WeightSource


class Tensor:
    """What one application of a layer gives, or an input of the model.

    Attributes
    ----------
    shape : tuple of int
        Shape of one sample.
    producer : Node or None
        The application that gives it; None for an input of the model.
    """

    def __init__(self, shape: Shape, producer: Node | None = None, name: str = "input") -> None:
        self.shape = tuple(shape)
        self.producer = producer
        self.name = name

    def __repr__(self) -> str:
        return f"Tensor({self.name!r}, shape={self.shape})"


class Node:
    """One application of a layer: its input tensors and its output tensor."""

    def __init__(self, layer: Layer, inputs: Sequence[Tensor]) -> None:
        self.layer = layer
        self.inputs = tuple(inputs)
        self.output = Tensor(layer.compute_output_shape(self.input_shape), self, layer.name)

    @property
    def input_shape(self) -> Any:
        """The only input's shape, or the list of the shapes of several."""
        return input_shape_of(self.inputs)


def input_shape_of(tensors: Sequence[Tensor]) -> Any:
    """Return the shape of one tensor, or the list of the shapes of several, as layers take it."""
    shapes = [tensor.shape for tensor in tensors]
    return shapes[0] if len(shapes) == 1 else shapes


def apply(layer: Layer, inputs: Sequence[Tensor], weight_source: WeightSource | None = None) -> Tensor:
    """Apply a layer to tensors, building it if it is not built, and return its output.

    Raises
    ------
    ValueError
        If the layer takes no such inputs.
    """
    layer.build(input_shape_of(inputs), weight_source)
    return Node(layer, inputs).output


class Graph:
    """The part of all applications that leads from inputs to outputs.

    Attributes
    ----------
    nodes : tuple of Node
        In the order of computation: every node after those it depends on; otherwise as a walk back from the outputs,
        first inputs first, comes upon them.
    layers : tuple of Layer
        Each once, in the order of its first node.

    Raises
    ------
    ValueError
        If an output depends on a tensor that is no input and that no layer gives, or two layers have one name.
    """

    def __init__(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self.nodes = _sorted_nodes(self.inputs, self.outputs)
        self.layers = tuple(dict.fromkeys(node.layer for node in self.nodes))
        names = [layer.name for layer in self.layers]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"expected layers with different names, got {names.count(name)} named {name!r}")

    def weights(self, trainable_only: bool = False) -> dict[str, np.ndarray]:
        """Return the weights (not copies, read-only) by their keys "layer/weight", in the order of the layers."""
        return {
            f"{layer.name}/{name}": weight
            for layer in self.layers
            for name, weight in (layer.trainable_weights if trainable_only else layer.weights).items()
        }

    def set_weights(self, values: Mapping[str, np.ndarray]) -> None:
        """Set weights, given by their keys and of their shapes."""
        for layer in self.layers:
            for name in layer.weights:
                if f"{layer.name}/{name}" in values:
                    layer.weights[name] = values[f"{layer.name}/{name}"]


def _sorted_nodes(inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> tuple[Node, ...]:
    """Return the nodes in order of computation, by a depth-first walk that needs no recursion."""
    done: dict[Node, None] = {}
    stack = [(tensor, False) for tensor in reversed(outputs)]
    while stack:
        tensor, inputs_done = stack.pop()
        node = tensor.producer
        if tensor in inputs or node in done:
            continue
        if node is None:
            raise ValueError(f"tensor {tensor.name!r} is no input of the model, and no layer gives it")
        if inputs_done:
            done[node] = None
        else:
            stack.append((tensor, True))
            stack.extend((feeding, False) for feeding in reversed(node.inputs))
    return tuple(done)
