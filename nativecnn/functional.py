"""Models that are any graph of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._kernels.floating_point import contract_state
from .checks import shown
from .graph import Graph, describe, nodes_between, restored
from .layers.base import Layer, RandomWeights, WeightSource
from .layers.steps import Shape
from .layers.tensors import Applicable, Tensor, numbered
from .model import Model
from .random import next_model_key
from .saving import applicable_from_config, described_layers, register_model


@register_model
class Functional(Model):
    """The model between tensors; what ``Model(inputs, outputs)`` makes.

    Layers that have no weights yet get them here, and those that were given no name one that is their own in the
    model.

    Parameters
    ----------
    inputs, outputs : Tensor or list of Tensor
        Where it begins and ends: tensors of :func:`~nativecnn.layers.Input`, or those that layers give.
    name : str, optional

    Raises
    ------
    TypeError
        If something else than tensors is given.
    ValueError
        If an output depends on what is no input, an input leads to no output, two layers (or inputs) have one name, or
        a layer that is applied several times does not take all that it is applied to; the message names them.
    """

    @contract_state
    def __init__(self, inputs: object, outputs: object, name: str | None = None) -> None:
        super().__init__(name or "model")
        self._connect(_tensors(inputs, "inputs"), _tensors(outputs, "outputs"), None)

    @property
    def layers(self) -> list[Applicable]:
        return self.graph.outer_layers

    def build(self, input_shape: Shape | list[Shape]) -> None:
        """Check that the model takes samples of a shape; it is built from the beginning."""
        self.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "layers": described_layers(self.layers), **describe(self.graph)}

    @classmethod
    @contract_state
    def from_config(cls, config: dict[str, Any], weight_source: WeightSource | None = None) -> Functional:
        layers = [applicable_from_config(entry, weight_source) for entry in config["layers"]]
        model = cls.__new__(cls)
        Model.__init__(model, config["name"])
        model._connect(*restored(layers, config), weight_source)
        return model

    @classmethod
    def part_of(cls, model: Model, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Functional:
        """Return a part of a built model, to compute with: between tensors of its ``graph.nodes`` or inputs.

        It leaves the model as it is: where ``Model(inputs, outputs)`` names layers apart, these keep their names, even
        if layers of several models within have the same, and their weights the model's keys. It is not to be saved.

        Raises
        ------
        ValueError
            If an output depends on what is no input.
        """
        part = cls.__new__(cls)
        Model.__init__(part, model.name)
        part._whole_graph = Graph(inputs, outputs, model.graph.paths)
        return part

    def _graph(self) -> Graph:
        return self._whole_graph

    def _connect(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor], weight_source: WeightSource | None) -> None:
        nodes = nodes_between(inputs, outputs)
        used = {tensor for node in nodes for tensor in node.inputs} | set(outputs)
        for tensor in inputs:
            if tensor not in used:
                raise ValueError(f"{self.label}: expected every input to lead to an output, but {tensor!r} does not")
        layers = list(dict.fromkeys(node.layer for node in nodes))
        name_apart(layers, self.label)
        name_apart([tensor for tensor in inputs if tensor.producer is None], self.label)
        if weight_source is None and any(isinstance(layer, Layer) and not layer.built for layer in layers):
            weight_source = RandomWeights(tuple(next_model_key()))
        for node in nodes:
            if isinstance(node.layer, Layer):
                node.layer.build(node.input_shape, weight_source)
        self._whole_graph = Graph(inputs, outputs)

    def __getstate__(self) -> dict[str, Any]:
        # Not by the references from node to node, along which copying a deep graph would recurse.
        state = self.__dict__ | {"nodes": [], "_layers": self.layers, "_description": describe(self._whole_graph)}
        del state["_whole_graph"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        layers, description = state.pop("_layers"), state.pop("_description")
        self.__dict__.update(state)
        self._whole_graph = Graph(*restored(layers, description))


def _tensors(value: object, what: str) -> list[Tensor]:
    tensors = list(value) if isinstance(value, (list, tuple)) else [value]
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"Model: expected as {what} tensors such as Input(shape) gives, got {shown(tensor)}")
    if not tensors:
        raise ValueError(f"Model: expected at least one tensor as {what}, got none")
    if what == "inputs" and len(set(tensors)) < len(tensors):
        raise ValueError("Model: expected each input once, got one several times")
    return tensors


def name_apart(things: Sequence[Applicable | Tensor], whole: str) -> None:
    """Number the names of those that were given none, so that each has one of its own; from then on they keep it.

    Raises
    ------
    ValueError
        If two have the same given name.
    """
    taken: set[str] = set()
    for thing in things:
        if thing.name_is_settled:
            if thing.name in taken:
                raise ValueError(f"{whole}: expected different names, got two of {thing.name!r}")
            taken.add(thing.name)
    for thing in things:
        if not thing.name_is_settled:
            thing.name = numbered(thing.name, taken)
            thing.name_is_settled = True
            taken.add(thing.name)
