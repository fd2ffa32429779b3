"""Where the layers of a model are applied, and the chain of layers that leads from its input to one of them."""

from __future__ import annotations

from collections.abc import Iterable
from operator import index

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


def applications_of(model: Model, layer: object, name: str) -> list[Node]:
    """Return the applications of a layer, given by its name or as itself, in the order of computation.

    A model that is part of the model counts as a layer.

    Raises
    ------
    ValueError
        If the model has no such layer.
    """
    nodes = [node for node in model.graph.outer_nodes if node.layer is layer or node.layer.name == layer]
    if not nodes:
        names = ", ".join(dict.fromkeys(node.layer.name for node in model.graph.outer_nodes))
        got = layer.label if isinstance(layer, (Layer, Model)) else shown(layer)
        raise ValueError(f"{name}: expected as layer one of {names} of {model.label}, got {got}")
    return nodes


def is_spatial(tensor: Tensor) -> bool:
    """Return whether a tensor's samples are images (rows, columns, channels)."""
    return len(tensor.shape) == 3


def chain_to(model: object, layer: object, name: str) -> list[Node]:
    """Return the applications that lead from the model's input to a layer that gives images, which comes last.

    Raises
    ------
    TypeError
        If it is no model.
    ValueError
        If the model is not built, has several inputs or no such layer; if the layer gives no images, is applied
        several times, or depends on the input by more than a chain of layers.
    """
    model = check_model(model, name)
    nodes = applications_of(model, layer, name)
    target = nodes[0]
    if len(nodes) > 1:
        raise ValueError(
            f"{name}: expected a layer that is applied once, got {target.layer.label} applied several times"
        )
    if len(model.inputs) > 1:
        raise ValueError(f"{name}: expected a model of one input, got {model.label} of {len(model.inputs)}")
    shape = target.outputs[0].shape
    if len(target.outputs) > 1 or not is_spatial(target.output):
        raise ValueError(
            f"{name}: expected a layer that gives (rows, columns, channels), got {target.layer.label} "
            + (f"with output {shape}" if len(target.outputs) == 1 else "with several outputs")
        )
    chain = [target]
    while list(chain[-1].inputs) != model.inputs:
        node = chain[-1]
        if len(node.inputs) != 1:
            raise ValueError(
                f"{name}: expected a chain of layers from the input to {target.layer.label}, "
                f"got {node.layer.label}, in which {len(node.inputs)} branches meet"
            )
        chain.append(node.inputs[0].producer)
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


def integer_below(value: object, count: int, name: str) -> int:
    """Return an integer from 0 to ``count - 1``, else raise ``TypeError`` or ``ValueError``."""
    try:
        number = index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name}: expected an integer, got {shown(value)}")
    if not 0 <= number < count:
        raise ValueError(f"{name}: expected an integer from 0 to {count - 1}, got {shown(value)}")
    return number
