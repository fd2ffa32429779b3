"""What a graph of layers is lowered to: operations that read and write values.

Values are activations, their gradients, gradients of weights. Which value lives where in memory is the plan's business;
here it is only said what is read and written, and which value an operation may be written over.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np

from ..graph import Graph
from ..layers.base import Layer
from ..layers.steps import Call, Draws, Shape, TrainingClock
from ..losses import Objective

Arrays = Callable[["Value"], np.ndarray]
Weights = dict[Layer, Mapping[str, np.ndarray]]
"""The arrays that each layer computes with."""
Update = Callable[[Layer, str, np.ndarray, slice], Call]
"""Gives the call that changes rows of a layer's weight of a name as their gradient, in an array, says."""
UpdateAll = Callable[[Mapping[tuple[Layer, str], np.ndarray]], list[Call]]
"""Gives the calls that change all weights as their gradients, in arrays, say."""


@dataclass(eq=False)
class Value:
    """A place for an array in the course of one batch."""

    name: str
    shape: Shape
    """Of one sample, or of the whole where it has no batch axis."""
    batched: bool = True
    view_of: Value | None = None
    """The value whose numbers it shows under another shape."""

    @property
    def root(self) -> Value:
        """The value that holds the numbers."""
        return self if self.view_of is None else self.view_of.root

    @property
    def size(self) -> int:
        """Numbers a sample."""
        return math.prod(self.shape)


@dataclass(eq=False)
class Operation:
    """One step of the plan."""

    name: str
    reads: list[Value]
    writes: list[Value]
    prepare: Callable[[Arrays], list[Call]]
    """Gives the calls, once the arrays of the values are known."""
    overwrites: Value | None = None
    """A value of ``reads`` whose place the first of ``writes`` may take, if nobody reads it later."""
    updates: bool = False
    """Whether it changes weights."""


@dataclass(eq=False)
class Head:
    """An output with its loss."""

    objective: Objective
    output: Value
    targets: Value
    losses: Value
    """Of each sample."""
    sample_weights: Value | None
    description: str


@dataclass
class Program:
    """All operations of one batch, in order, and the values through which it meets the outside."""

    inputs: list[Value] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    output_gradients: list[Value] = field(default_factory=list)
    """Where the backward pass begins, if they are given."""
    weight_gradients: dict[tuple[Layer, str], Value] = field(default_factory=dict)
    input_gradients: list[Value] = field(default_factory=list)


@dataclass(eq=False)
class Step:
    """One part of a layer, applied."""

    layer: Layer
    inputs: list[Value]
    output: Value
    saved: dict[str, Value] = field(default_factory=dict)
    draws: Draws | None = None

    @property
    def is_view(self) -> bool:
        """Whether there is nothing to compute."""
        return self.output.view_of is not None


@dataclass(frozen=True)
class Purpose:
    """What operations are for.

    Attributes
    ----------
    training : bool
        Whether layers compute as in training, and whether to compute the gradients of all trainable weights.
    objectives : sequence of Objective or None
        Of the outputs, in order; one is needed for training.
    sample_weights : bool
        Whether the losses of samples have weights.
    backward : bool
        Without it training ends with the loss: the forward pass is that of training, and there are no gradients.
    input_gradients : bool
        Whether to compute the gradients of the graph's inputs as well.
    output_gradients : bool
        Whether the backward pass begins with gradients of all outputs that are given, in place of losses. Outside of
        training: it is that of layers as they are in inference, and for the inputs' gradients alone.
    update : Update, optional
        Changes the weights of each layer as soon as nothing needs the old ones; without it the gradients of all of
        them are kept.
    update_by_rows : bool
        Whether ``update`` may be asked for some rows of a large weight at a time.
    update_all : UpdateAll, optional
        In place of ``update``: changes all weights at the end, when all gradients are there.
    fusion : bool
        Whether to compute in one call what can be. It changes no bit.
    """

    training: bool = False
    objectives: Sequence[Objective | None] = ()
    sample_weights: bool = False
    backward: bool = True
    input_gradients: bool = False
    output_gradients: bool = False
    update: Update | None = None
    update_by_rows: bool = True
    update_all: UpdateAll | None = None
    fusion: bool = True

    @property
    def keeps_for_backward(self) -> bool:
        """Whether the forward pass keeps what a backward pass reads."""
        return self.training or self.output_gradients


@dataclass(eq=False)
class Lowering:
    """A program that is being made of a graph."""

    graph: Graph
    kernels: ModuleType
    """The backend to call."""
    weights: Weights
    purpose: Purpose
    clock: TrainingClock
    """Tells layers that draw random numbers which step it is."""
    program: Program = field(default_factory=Program)
    steps: list[Step] = field(default_factory=list)

    def trained_weights(self, layer: Layer) -> Mapping[str, np.ndarray]:
        """Return the weights of a layer whose gradients are wanted."""
        return layer.trainable_weights if self.purpose.training else {}

    def add(self, operation: Operation) -> None:
        """Append an operation."""
        self.program.operations.append(operation)
