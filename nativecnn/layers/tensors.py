"""What a graph of layers is made of before there are values: tensors, and applications of layers to them."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..checks import positive_integer, shown

if TYPE_CHECKING:
    from .steps import Shape


class Applicable(Protocol):
    """What a node applies: a layer, or a model as if it were one."""

    name: str
    name_is_settled: bool
    nodes: list[Node]

    @property
    def label(self) -> str:
        """How errors call it."""

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the output's shape, or the list of the shapes of several outputs."""


class Tensor:
    """A place in a graph with a shape: an input, or what one application of a layer gives. It holds no values.

    Attributes
    ----------
    shape : tuple of int
        Shape of one sample.
    producer : Node or None
        The application that gives it; None for an input.
    name_is_settled : bool
        Whether no model may choose another name.
    """

    def __init__(self, shape: Shape, producer: Node | None = None, name: str | None = None) -> None:
        self.shape = tuple(shape)
        self.producer = producer
        self.name_is_settled = name is not None
        self._name = name or "input"

    @property
    def name(self) -> str:
        """An input's own name, or that of the layer that gives the tensor."""
        return self._name if self.producer is None else self.producer.layer.name

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"Tensor({self.name!r}, shape={self.shape})"


class Node:
    """One application of a layer, or of a model as if it were one.

    Attributes
    ----------
    layer : Layer or Model
    inputs, outputs : tuple of Tensor
    """

    def __init__(self, layer: Applicable, inputs: Sequence[Tensor]) -> None:
        self.layer = layer
        self.inputs = tuple(inputs)
        shapes = layer.compute_output_shape(self.input_shape)
        shapes = shapes if isinstance(shapes, list) else [shapes]
        self.outputs = tuple(Tensor(shape, self) for shape in shapes)

    @property
    def input_shape(self) -> Any:
        """The only input's shape, or the list of the shapes of several."""
        return shapes_of(self.inputs)

    @property
    def output(self) -> Tensor:
        """The only output."""
        (output,) = self.outputs
        return output


def Input(shape: object, name: str | None = None) -> Tensor:  # noqa: N802
    """Return a tensor for samples of a shape: where a graph of layers begins.

    Parameters
    ----------
    shape : int or tuple of int
        Of one sample, without the batch axis.
    name : str, optional
        By which data may be given as a dict; unique in its model.

    Examples
    --------
    >>> x = Input((28, 28, 1))
    >>> model = Model(x, layers.Dense(10)(layers.Flatten()(x)))
    """
    if name is not None:
        check_name(name, "Input")
    return Tensor(sample_shape(shape, "Input"), name=name)


def sample_shape(shape: object, name: str) -> Shape:
    """Return the shape of one sample as a tuple of positive integers."""
    sizes = shape if isinstance(shape, Sequence) and not isinstance(shape, str) else (shape,)
    return tuple(positive_integer(size, f"{name}: input_shape") for size in sizes)


def shapes_of(tensors: Sequence[Tensor]) -> Any:
    """Return the shape of one tensor, or the list of the shapes of several, as layers take it."""
    shapes = [tensor.shape for tensor in tensors]
    return shapes[0] if len(shapes) == 1 else shapes


def check_name(name: object, of: str) -> None:
    """Raise ``ValueError`` unless ``name`` is a text that can be part of a weight's key."""
    if not isinstance(name, str) or not name or "/" in name:
        raise ValueError(f"{of}: expected a name to be a text without a slash, got {shown(name)}")


def numbered(name: str, taken: Collection[str]) -> str:
    """Return a name, with the first number from 1 on if it is taken without."""
    candidates = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(1)))
    return next(candidate for candidate in candidates if candidate not in taken)


def call(layer: Applicable, inputs: object) -> Tensor | list[Tensor]:
    """Apply a layer to a tensor or a list of tensors; return its output, or the list of several.

    Raises
    ------
    TypeError
        If something else than tensors is given.
    ValueError
        If the layer does not take tensors of these shapes.
    """
    tensors = inputs if isinstance(inputs, (list, tuple)) else (inputs,)
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"{layer.label}: expected to be called with tensors, such as Input(shape) gives, "
                f"got {type(tensor).__name__}; a model computes with values by predict"
            )
    if not tensors:
        raise ValueError(f"{layer.label}: expected at least one tensor, got an empty list")
    node = apply_to(layer, tensors)
    return list(node.outputs) if len(node.outputs) > 1 else node.output


def apply_to(layer: Applicable, tensors: Sequence[Tensor]) -> Node:
    """Apply a layer, which from then on knows of it, and return the application."""
    node = Node(layer, tensors)
    layer.nodes.append(node)
    return node


def only_node(layer: Applicable) -> Node:
    """Return a layer's only application.

    Raises
    ------
    AttributeError
        If there is none, or there are several.
    """
    if len(layer.nodes) != 1:
        raise AttributeError(f"{layer.label}: expected to be applied once, got {len(layer.nodes)} applications")
    return layer.nodes[0]
