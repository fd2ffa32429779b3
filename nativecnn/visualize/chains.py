"""Where the layers of a model are applied, and the chain of layers that leads from its input to one of them."""

from __future__ import annotations

from collections.abc import Iterable

from ..checks import shown
from ..layers import Layer
from ..layers.tensors import Node, Tensor
from ..model import Model


def check_model(model: object, name: str) -> Model:
    """Return the model if it is a built one, else raise ``TypeError`` or ``ValueError``."""
    if not isinstance(model, Model):
        raise TypeError(f"{name}: expected a model, got {shown(model)}")
    if not model.built:
        raise ValueError(f"{name}: expected a model that is built, got {model.label} without its samples' shape")
    return model


def outputs_of(model: Model, layer: object, name: str) -> list[Tensor]:
    """Return what the applications of a layer give, tensors of ``graph.nodes``, in the order of computation.

    Parameters
    ----------
    model : Model
    layer : str, Layer or Model
        Its name or itself. A model that is part of the model counts as a layer; the name of a layer within is
        "model/layer".
    name : str
        How errors begin.

    Raises
    ------
    ValueError
        If the model has no such layer.
    """
    graph = model.graph
    found = [node.output for node in graph.nodes if node.layer is layer or graph.paths[node.layer] == layer]
    if found:
        return found
    outer = [node for node in graph.outer_nodes if node.layer is layer or node.layer.name == layer]
    if outer:
        return [graph.source(output) for node in outer for output in node.outputs]
    names = ", ".join(graph.paths.values())
    got = layer.label if isinstance(layer, (Layer, Model)) else shown(layer)
    raise ValueError(f"{name}: expected as layer one of {names} of {model.label}, got {got}")


def only_maps_of(model: Model, layer: object, name: str) -> Tensor:
    """Return the only tensor that a layer gives, of :func:`outputs_of`, whose samples are images.

    Raises
    ------
    ValueError
        If the model has no such layer, or it gives no images, is applied several times or has several outputs.
    """
    outputs = outputs_of(model, layer, name)
    if len(outputs) > 1:
        raise ValueError(
            f"{name}: expected a layer that is applied once, got {_giver(outputs[0])} with {len(outputs)} outputs"
        )
    (tensor,) = outputs
    check_spatial(tensor, name)
    return tensor


def is_spatial(tensor: Tensor) -> bool:
    """Return whether a tensor's samples are images (rows, columns, channels)."""
    return len(tensor.shape) == 3


def check_spatial(tensor: Tensor, name: str) -> None:
    """Raise ``ValueError`` unless a tensor's samples are images."""
    if not is_spatial(tensor):
        raise ValueError(
            f"{name}: expected a layer that gives (rows, columns, channels), got {_giver(tensor)} with {tensor.shape}"
        )


def _giver(tensor: Tensor) -> str:
    return f"input {tensor.name!r}" if tensor.producer is None else tensor.producer.layer.label


def chain_to(model: object, layer: object, name: str) -> list[Node]:
    """Return the applications that lead from the model's input to a layer that gives images, which comes last.

    Raises
    ------
    TypeError
        If it is no model.
    ValueError
        If the model is not built, or has several inputs; if there is no such layer, or it gives no images, is applied
        several times, or depends on the input by more than a chain of layers.
    """
    model = check_model(model, name)
    tensor = only_maps_of(model, layer, name)
    if len(model.inputs) > 1:
        raise ValueError(f"{name}: expected a model of one input, got {model.label} of {len(model.inputs)}")
    last, chain = _giver(tensor), []
    while tensor is not model.input:
        node = tensor.producer
        if len(node.inputs) != 1:
            raise ValueError(
                f"{name}: expected a chain of layers from the input to {last}, "
                f"got {node.layer.label}, in which {len(node.inputs)} branches meet"
            )
        chain.append(node)
        (tensor,) = node.inputs
    if not chain:
        raise ValueError(f"{name}: expected a layer between input and output, got {last}")
    return chain[::-1]


def changes_nothing(node: Node) -> bool:
    """Return whether, in inference, a layer only passes images on, as dropout does."""
    return (
        isinstance(node.layer, Layer) and node.layer.computes_nothing(False) and node.output.shape == node.input_shape
    )


def without_rule(node: Node, classes: Iterable[type], name: str) -> ValueError:
    """Return the error for a layer on the way that is none of these classes."""
    names = ", ".join(cls.__name__ for cls in classes)
    return ValueError(f"{name}: expected on the way to the input layers among {names}, got {node.layer.label}")
