"""Models that are a chain of layers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import graph
from ._kernels.floating_point import contract_state
from .graph import Graph
from .layers import InputLayer
from .layers.base import Layer, RandomWeights, WeightSource
from .layers.steps import Shape
from .layers.tensors import Applicable, Tensor, apply_to, numbered, sample_shape
from .model import Model
from .random import next_model_key
from .saving import applicable_from_config, described_layers, register_model


@register_model
class Sequential(Model):
    """A chain of layers, each of which takes what the one before gives.

    The weights are made as soon as the shape of the samples is known: from the first layer's ``input_shape``, by
    :meth:`build`, or from the data that the model first sees.

    Parameters
    ----------
    layers : iterable of Layer, optional
        Models may be among them.
    name : str, optional

    Examples
    --------
    >>> model = Sequential([Dense(6, activation="relu", input_dim=8), Dense(3, activation="softmax")])
    >>> model.compile("sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    """

    def __init__(self, layers: Iterable[Applicable | Tensor] | None = None, name: str | None = None) -> None:
        super().__init__(name)
        self._layers: list[Applicable] = []
        self._given_input_shape: Shape | None = None
        self._tensors: list[Tensor] = []  # the input, then each layer's output, as far as built
        self._built_graph: Graph | None = None
        self._weight_source: WeightSource | None = None
        self._key: tuple[int, int] | None = None  # of the weights, once drawn
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self) -> list[Applicable]:
        return list(self._layers)

    @contract_state
    def add(self, layer: Applicable | Tensor) -> None:
        """Append a layer, or a model as if it were one; at the beginning also an ``Input``.

        Raises
        ------
        TypeError
            If it is no layer.
        ValueError
            If it does not take what the layers before give, or its name or the layer itself is in the model already.
        """
        if isinstance(layer, Tensor) and layer.producer is None:
            layer = InputLayer(layer.shape)
        if not isinstance(layer, (Layer, Model)):
            raise TypeError(f"add: expected a layer such as layers.Dense(10), got {layer!r}")
        if isinstance(layer, InputLayer):
            if self._layers or self._given_input_shape:
                raise ValueError(f"add: expected {layer.label} to be the first layer, got it after others")
            self._given_input_shape = layer.declared_input_shape
            return
        if layer in self._layers:
            raise ValueError(f"add: expected each layer once, got {layer.label} again")
        names = {other.name for other in self._layers}
        before = layer.name
        if layer.name in names and layer.name_is_settled:
            raise ValueError(f"add: expected a name of its own for each layer, got {layer.name!r} again")
        layer.name = numbered(layer.name, names)
        input_shape = self._given_input_shape
        if not self._layers and input_shape is None:
            input_shape = layer.declared_input_shape
        self._layers.append(layer)
        try:
            if input_shape is not None:
                self._append_to_chain(layer, self._tensors or [Tensor(input_shape)])
        except BaseException:
            self._layers.pop()
            layer.name = before
            raise
        self._given_input_shape = input_shape
        self._built_graph = None

    def pop(self) -> Applicable:
        """Remove the last layer and return it.

        Raises
        ------
        ValueError
            If there is none.
        """
        if not self._layers:
            raise ValueError(f"model {self.name!r}: expected a layer to remove, got none")
        if len(self._tensors) == len(self._layers) + 1:
            self._layers[-1].nodes.remove(self._tensors.pop().producer)
        self._built_graph = None
        return self._layers.pop()

    @contract_state
    def build(self, input_shape: Shape) -> None:
        """Make the weights for samples of a shape (without the batch axis).

        Raises
        ------
        ValueError
            If the model is built for another shape, or a layer does not take what it gets.
        """
        input_shape = sample_shape(input_shape, f"model {self.name!r}")
        if self._given_input_shape not in (None, input_shape):
            raise ValueError(
                f"model {self.name!r}: expected samples of shape {self._given_input_shape}, got {input_shape}"
            )
        tensors = self._tensors or [Tensor(input_shape)]
        missing = self._layers[len(tensors) - 1 :]
        shape = tensors[-1].shape
        for layer in missing:  # whoever does not fit says so before there are weights
            shape = layer.compute_output_shape(shape)
        for layer in missing:
            self._append_to_chain(layer, tensors)
        self._given_input_shape = input_shape

    def get_config(self) -> dict[str, Any]:
        shape = None if self._given_input_shape is None else list(self._given_input_shape)
        return {"name": self.name, "input_shape": shape, "layers": described_layers(self._layers)}

    @classmethod
    def from_config(cls, config: dict[str, Any], weight_source: WeightSource | None = None) -> Sequential:
        model = cls(name=config["name"])
        model._weight_source = weight_source
        if config["input_shape"] is not None:
            model.add(InputLayer(config["input_shape"]))
        for entry in config["layers"]:
            model.add(applicable_from_config(entry, weight_source))
        model._weight_source = None  # of layers added later
        return model

    def _graph(self) -> Graph | None:
        if self._built_graph is None and self._layers and len(self._tensors) == len(self._layers) + 1:
            with self._building:  # plans are kept by graph, so all threads should have the same one
                if self._built_graph is None:
                    self._built_graph = Graph(self._tensors[:1], self._tensors[-1:])
                    for layer in self._layers:
                        layer.name_is_settled = True  # the weights' keys have it: no other model may change it
        return self._built_graph

    def _append_to_chain(self, layer: Applicable, tensors: list[Tensor]) -> None:
        """Apply a layer to the last of the tensors."""
        if self._weight_source is None:
            self._key = self._key or next_model_key()  # kept, whatever fails from here on
            self._weight_source = RandomWeights(tuple(self._key))
        tensors.append(graph.apply(layer, tensors[-1:], self._weight_source))
        self._tensors = tensors

    def __getstate__(self) -> dict[str, Any]:
        # Not by the references from tensor to tensor, along which copying a long chain would recurse.
        return self.__dict__ | {"nodes": [], "_tensors": bool(self._tensors), "_built_graph": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        tensors = [Tensor(self._given_input_shape)] if state["_tensors"] else []
        for layer in self._layers if tensors else ():
            tensors.append(apply_to(layer, tensors[-1:]).output)
        self._tensors = tensors
