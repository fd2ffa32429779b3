"""The graph of a model: layers applied to tensors, in an order in which they can be computed.

A layer may take several tensors, a tensor may feed several layers, and a layer may be applied several times (its
weights are then shared). A model may be applied as if it were a layer; what is computed are the layers within.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .checks import positive_integer
from .layers.base import Layer, WeightSource
from .layers.tensors import Applicable, Node, Tensor, apply_to, sample_shape, shapes_of

_RESERVED = ("optimizer", "callbacks")  # where model files keep other things than weights

__all__ = ["Graph", "Node", "Tensor", "apply"]


def apply(layer: Applicable, inputs: Sequence[Tensor], weight_source: WeightSource | None = None) -> Tensor:
    """Apply a layer (or a model) to tensors, building it if it is not built, and return its output.

    Raises
    ------
    ValueError
        If it takes no such inputs.
    """
    if isinstance(layer, Layer):
        layer.build(shapes_of(inputs), weight_source)
    else:
        layer.build(shapes_of(inputs))
    return apply_to(layer, inputs).output


class Graph:
    """The part of all applications that leads from inputs to outputs.

    Parameters
    ----------
    inputs, outputs : sequence of Tensor
    paths : mapping of Layer to str, optional
        Given where it is a part of another graph: that one's, of whose ``nodes`` it consists. By default the layers'
        names, which have to differ.

    Attributes
    ----------
    inputs, outputs : tuple of Tensor
    outer_nodes : tuple of Node
        The applications, models within counting as one each, in the order of computation: every node after those it
        depends on; otherwise as a walk back from the outputs, first inputs first, comes upon them.
    nodes : tuple of Node
        The same, in place of each model the nodes within.
    sources : tuple of Tensor
        By output, the tensor of ``nodes`` (or the input) that gives its values.
    layers : tuple of Layer
        Each once, in the order of its first node.
    input_checks : list of (int, Layer)
        The inputs, by number, whose values layers check (:meth:`Layer.check_input`).
    paths : dict of Layer to str
        Its name, after those of the models that it lies in: "encoder/conv2d".

    Raises
    ------
    ValueError
        If an output depends on a tensor that is no input and that no layer gives, or two layers have one name.
    """

    def __init__(
        self, inputs: Sequence[Tensor], outputs: Sequence[Tensor], paths: Mapping[Layer, str] | None = None
    ) -> None:
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self.outer_nodes = nodes_between(self.inputs, self.outputs)
        self._within: dict[Tensor, Tensor] = {}
        if paths is None:
            self._check_names(node.layer for node in self.outer_nodes)
        if all(isinstance(node.layer, Layer) for node in self.outer_nodes):
            self.nodes = self.outer_nodes
            self.paths = {node.layer: paths[node.layer] if paths else node.layer.name for node in self.nodes}
        else:
            flattened = _Flattened(self)
            self.nodes, self.paths, self._within = tuple(flattened.nodes), flattened.paths, flattened.sources
        self.sources = tuple(map(self.source, self.outputs))
        self.layers: tuple[Layer, ...] = tuple(self.paths)
        self.input_checks = self._input_checks()

    @property
    def outer_layers(self) -> list[Applicable]:
        """Layers and models that are applied, each once, in the order of the first node."""
        return list(dict.fromkeys(node.layer for node in self.outer_nodes))

    def source(self, tensor: Tensor) -> Tensor:
        """Return the tensor of ``nodes`` (or the input) that gives the values of one of ``outer_nodes``."""
        return self._within.get(tensor, tensor)

    def weights(self, trainable_only: bool = False) -> dict[str, np.ndarray]:
        """Return the weights (not copies, read-only) by their keys "path/weight", in the order of the layers."""
        return {
            f"{path}/{name}": weight
            for layer, path in self.paths.items()
            for name, weight in (layer.trainable_weights if trainable_only else layer.weights).items()
        }

    def set_weights(self, values: Mapping[str, np.ndarray]) -> None:
        """Set weights, given by their keys and of their shapes."""
        for layer, path in self.paths.items():
            for name in layer.weights:
                if f"{path}/{name}" in values:
                    layer.weights[name] = values[f"{path}/{name}"]

    def _input_checks(self) -> list[tuple[int, Layer]]:
        numbers = {tensor: number for number, tensor in enumerate(self.inputs)}
        checks = []
        for node in self.nodes:
            if node.layer.is_view and node.inputs[0] in numbers:
                numbers[node.output] = numbers[node.inputs[0]]
            elif type(node.layer).check_input is not Layer.check_input:
                checks += [(numbers[tensor], node.layer) for tensor in node.inputs if tensor in numbers]
        return checks

    def _check_names(self, layers: Iterator[Applicable]) -> None:
        names: dict[str, Applicable] = {}
        for layer in layers:
            other = names.setdefault(layer.name, layer)
            if other is not layer:
                raise ValueError(f"expected layers with different names, got two named {layer.name!r}")
            if layer.name in _RESERVED and not isinstance(layer, Layer):
                raise ValueError(f"expected a model within a model to have another name, got {layer.name!r}")


class _Flattened:
    """The nodes of a graph with those of the models in it."""

    def __init__(self, graph: Graph) -> None:
        self.nodes: list[Node] = []
        self.paths: dict[Layer, str] = {}
        self.sources: dict[Tensor, Tensor] = {}
        """By tensor of the graph's own nodes, the one that gives its values."""
        self._add(graph, self.sources, "")

    def _add(self, graph: Graph, sources: dict[Tensor, Tensor], prefix: str) -> None:
        for node in graph.outer_nodes:
            inputs = [sources.get(tensor, tensor) for tensor in node.inputs]
            path = prefix + node.layer.name
            if isinstance(node.layer, Layer):
                # Within a model other tensors take the place of its inputs, so each application has nodes of its own.
                inner = node if list(node.inputs) == inputs and not prefix else Node(node.layer, inputs)
                self.nodes.append(inner)
                self.paths.setdefault(node.layer, path)
                sources[node.output] = inner.output
                continue
            within = dict(zip(node.layer.graph.inputs, inputs, strict=True))
            self._add(node.layer.graph, within, f"{path}/")
            for outer, inner in zip(node.outputs, node.layer.graph.outputs, strict=True):
                sources[outer] = within.get(inner, inner)


def nodes_between(inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> tuple[Node, ...]:
    """Return the nodes in order of computation, by a depth-first walk that needs no recursion."""
    done: dict[Node, None] = {}
    given = set(inputs)
    stack = [(tensor, False) for tensor in reversed(outputs)]
    while stack:
        tensor, inputs_done = stack.pop()
        node = tensor.producer
        if tensor in given or node in done:
            continue
        if node is None:
            raise ValueError(f"tensor {tensor.name!r} is no input of the model, and no layer gives it")
        if inputs_done:
            done[node] = None
        else:
            stack.append((tensor, True))
            stack.extend((feeding, False) for feeding in reversed(node.inputs))
    return tuple(done)


def describe(graph: Graph) -> dict[str, Any]:
    """Return what is applied to what, plain enough for JSON; layers are numbered as in ``outer_layers``.

    Tensors are numbered, too: the inputs first, then the outputs of each node, in order.
    """
    tensors = [*graph.inputs, *(output for node in graph.outer_nodes for output in node.outputs)]
    numbers = {tensor: number for number, tensor in enumerate(tensors)}
    layers = {layer: number for number, layer in enumerate(graph.outer_layers)}
    return {
        "inputs": [{"name": tensor.name, "shape": list(tensor.shape)} for tensor in graph.inputs],
        "nodes": [
            {"layer": layers[node.layer], "inputs": [numbers[tensor] for tensor in node.inputs]}
            for node in graph.outer_nodes
        ],
        "outputs": [numbers[tensor] for tensor in graph.outputs],
    }


def restored(layers: Sequence[Applicable], description: dict[str, Any]) -> tuple[list[Tensor], list[Tensor]]:
    """Return the inputs and outputs of a graph as :func:`describe` tells of it, made of the given layers.

    Raises
    ------
    TypeError, ValueError, KeyError
        If it is no such description; a graph with a cycle has none.
    """
    tensors = [Tensor(sample_shape(entry["shape"], "input"), name=entry["name"]) for entry in description["inputs"]]
    inputs = list(tensors)
    for number, entry in enumerate(description["nodes"]):
        layer = layers[_below(entry["layer"], len(layers), f"layer of node {number}")]
        what = f"{layer.label}: tensor that node {number} takes, given by an earlier one"
        places = [_below(place, len(tensors), what) for place in entry["inputs"]]
        tensors.extend(apply_to(layer, [tensors[place] for place in places]).outputs)
    return inputs, [tensors[_below(place, len(tensors), "output")] for place in description["outputs"]]


def _below(value: object, count: int, what: str) -> int:
    number = positive_integer(value, what, minimum=0)
    if number >= count:
        raise ValueError(f"{what}: expected a number below {count}, got {number}")
    return number
