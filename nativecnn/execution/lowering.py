"""From a graph of layers to a list of operations: forward, then the loss, then backward.

An operation reads and writes *values*: activations, their gradients, gradients of weights. Which value lives where in
memory is the plan's business; here it is only said what is read and written, and which value an operation may be
written over.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType

import numpy as np

from ..graph import Graph, Tensor
from ..layers.base import BackwardStep, Call, Draws, ForwardStep, Layer, Shape, StateStep, TrainingClock
from ..losses import Objective
from .fusion import Chain, fused_chains, fused_relu_gradients

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


def lower(
    graph: Graph,
    kernels: ModuleType,
    weights: Weights,
    training: bool,
    objectives: Sequence[Objective | None] = (),
    input_gradients: bool = False,
    update: Update | None = None,
    fusion: bool = True,
    sample_weights: bool = False,
    clock: TrainingClock | None = None,
    backward: bool = True,
    update_by_rows: bool = True,
    update_all: UpdateAll | None = None,
) -> Program:
    """Return the operations of a graph.

    Parameters
    ----------
    graph : Graph
    kernels : module
        The backend to call.
    weights : dict
        The arrays that each layer computes with.
    training : bool
        Whether to compute the gradients of all trainable weights.
    objectives : sequence of Objective or None
        Of the outputs, in order; one is needed for training.
    input_gradients : bool
        Whether to compute the gradients of the graph's inputs as well.
    update : Update, optional
        Changes the weights of each layer as soon as nothing needs the old ones; without it the gradients of all of
        them are kept.
    fusion : bool
        Whether to compute in one call what can be. It changes no bit.
    sample_weights : bool
        Whether the losses of samples have weights.
    clock : TrainingClock, optional
        Tells layers that draw random numbers which step it is.
    backward : bool
        Without it training ends with the loss: the forward pass is that of training, and there are no gradients.
    update_by_rows : bool
        Whether ``update`` may be asked for some rows of a large weight at a time.
    update_all : UpdateAll, optional
        In place of ``update``: changes all weights at the end, when all gradients are there.
    """
    if training and not any(objectives):
        raise ValueError("expected a loss for training, got none")
    program = Program()
    steps = _lower_forward(graph, program, kernels, weights, training, fusion, clock or TrainingClock())
    if any(objectives):
        backward = training and backward
        gradients = _Gradients(program, kernels)
        differentiable = _differentiable(steps, program.inputs if input_gradients else [], backward)
        for number, objective in enumerate(objectives):
            if objective is not None:
                wanted = gradients if backward else None
                _lower_loss(program, number, objective, steps, kernels, wanted, differentiable, sample_weights)
        if backward:
            relus = fused_relu_gradients(steps, program.outputs) if fusion else {}
            _lower_backward(
                program, graph, steps, kernels, weights, gradients, differentiable, update, relus, update_by_rows
            )
            if update_all is not None:
                program.operations.append(_update_all_operation(program.weight_gradients, update_all))
            if update is not None or update_all is not None:
                _lower_state_updates(program, steps, kernels)
            if input_gradients:
                program.input_gradients = [gradients.total(value) for value in program.inputs]
    return program


def _lower_forward(
    graph: Graph,
    program: Program,
    kernels: ModuleType,
    weights: Weights,
    training: bool,
    fusion: bool,
    clock: TrainingClock,
) -> list[Step]:
    values: dict[Tensor, Value] = {tensor: Value(tensor.name, tensor.shape) for tensor in graph.inputs}
    program.inputs = list(values.values())
    steps: list[Step] = []
    for node in graph.nodes:
        inputs = [values[tensor] for tensor in node.inputs]
        for part in node.layer.parts():
            path = graph.paths[node.layer]
            name = path if part is node.layer else f"{path}: {part.name}"
            output = Value(name, node.output.shape, view_of=inputs[0] if part.computes_nothing(training) else None)
            step = Step(part, inputs, output)
            saved = part.saved_arrays(node.input_shape if part is node.layer else node.output.shape)
            step.saved = {
                key: Value(f"{name}: {key}", array.shape, array.batched)
                for key, array in saved.items()
                if training or array.in_inference
            }
            if training and part.draws_random_numbers:
                application = sum(earlier.layer is part for earlier in steps)
                step.draws = Draws(clock, "layer", name, application, seed=part.seed)
            steps.append(step)
            inputs = [output]
        values[node.output] = inputs[0]
    program.outputs = [values[tensor] for tensor in graph.sources]
    fused = fused_chains(steps, program.outputs, training) if fusion else {}
    along = {step for chain in fused.values() for step in chain.along}
    chains = [fused.get(step, Chain(step)) for step in steps if step not in along and not step.is_view]
    at_place = {chain.place: chain for chain in chains}
    for chain in (at_place[step] for step in steps if step in at_place):
        step = chain.first
        program.operations.append(
            Operation(
                chain.name,
                [*step.inputs, *([chain.residual] if chain.residual else [])],
                [chain.last.output, *step.saved.values()],
                partial(_prepare_forward, chain, kernels, weights, training),
                step.inputs[0] if step.layer.in_place else None,
            )
        )
    return steps


def _prepare_forward(chain: Chain, kernels: ModuleType, weights: Weights, training: bool, arrays: Arrays) -> list[Call]:
    step = chain.first
    inputs = [arrays(value) for value in step.inputs]
    own_weights = weights.get(step.layer, {})
    saved = {name: arrays(value) for name, value in step.saved.items()}
    calls, epilogue = chain.prepare(kernels, weights, arrays)
    output = arrays(chain.last.output)
    return calls + step.layer.prepare_forward(
        ForwardStep(kernels, inputs, output, own_weights, training, epilogue, saved, step.draws)
    )


def _lower_state_updates(program: Program, steps: list[Step], kernels: ModuleType) -> None:
    """Add the changes of weights that have no gradient, in the order of the steps."""
    for step in steps:
        names = [name for name in step.layer.weights if name in step.layer.non_trainable_weights]
        if not names or not step.saved:
            continue

        def prepare(arrays: Arrays, step: Step = step) -> list[Call]:
            weights = {name: step.layer.weights.writable(name) for name in step.layer.weights}
            saved = {name: arrays(value) for name, value in step.saved.items()}
            return step.layer.prepare_state_update(StateStep(kernels, weights, saved))

        program.operations.append(
            Operation(f"state of {step.output.name}", list(step.saved.values()), [], prepare, updates=True)
        )


def _lower_loss(
    program: Program,
    number: int,
    objective: Objective,
    steps: list[Step],
    kernels: ModuleType,
    gradients: _Gradients | None,
    differentiable: set[Value],
    sample_weights: bool,
) -> None:
    """Add the loss of an output, from the logits where the output is an activation that the loss contains."""
    loss, output = objective.loss, program.outputs[number]
    predictions = output
    last = next((step for step in steps if step.output is output), None)
    activation = getattr(last.layer, "function", None) if last else None
    kernel = loss.logits_kernel if loss.from_logits else loss.kernel
    taken_from = "logits, the model's output" if loss.from_logits else "the model's output"
    if activation is not None and activation == loss.activation:
        if loss.from_logits:
            warnings.warn(
                f"{loss.name} expects logits (from_logits=True), but the model ends with {activation}, "
                "which is thus applied twice",
                UserWarning,
                stacklevel=2,
            )
        else:
            kernel, predictions = loss.logits_kernel, last.inputs[0]
            taken_from = f"logits, the values before the final {activation}"
    head = Head(
        objective,
        output,
        Value("targets", predictions.shape),
        Value("losses", ()),
        Value("sample weights", ()) if sample_weights else None,
        f"{loss.name}: {kernel} of {taken_from}",
    )
    program.heads.append(head)
    writes, gradient = [head.losses], None
    if gradients is not None and predictions in differentiable:
        gradient = gradients.add(predictions, order=(len(steps), number))
        writes.append(gradient)

    def prepare(arrays: Arrays) -> list[Call]:
        dx = None if gradient is None else arrays(gradient)
        weights = None if head.sample_weights is None else arrays(head.sample_weights)
        calls = loss.prepare(
            kernels, kernel, arrays(predictions), arrays(head.targets), arrays(head.losses), dx, weights
        )
        if dx is not None and objective.weight != 1:
            calls.append(partial(np.multiply, dx, dx.dtype.type(objective.weight), dx))
        return calls

    reads = [predictions, head.targets] + ([] if head.sample_weights is None else [head.sample_weights])
    program.operations.append(Operation(f"loss: {kernel}", reads, writes, prepare))


class _Gradients:
    """The gradients of values, each perhaps of several contributions."""

    def __init__(self, program: Program, kernels: ModuleType) -> None:
        self._program = program
        self._kernels = kernels
        self._contributions: dict[Value, list[tuple[tuple[int, int], Value]]] = {}

    def add(self, value: Value, order: tuple[int, int], view_of: Value | None = None, batched: bool = True) -> Value:
        """Return the value of a new contribution; ``order`` is the place of the consumer that it comes from."""
        name = f"gradient of {value.name}"
        contribution = Value(name, value.shape, batched, view_of)
        self._contributions.setdefault(value, []).append((order, contribution))
        return contribution

    def total(self, value: Value) -> Value | None:
        """Return the sum of the contributions, added up in the order of the consumers; None if there are none."""
        if value not in self._contributions:
            return None
        ordered = [part for _, part in sorted(self._contributions[value], key=lambda item: item[0])]
        total = ordered[0]
        for part in ordered[1:]:
            total = self._sum(total, part)
        self._contributions[value] = [((0, 0), total)]
        return total

    def _sum(self, a: Value, b: Value) -> Value:
        total = Value(a.name, a.shape, a.batched)

        def prepare(arrays: Arrays) -> list[Call]:
            return [partial(self._kernels.add, arrays(a), arrays(b), arrays(total))]

        self._program.operations.append(Operation(f"{a.name}: sum", [a, b], [total], prepare, overwrites=a))
        return total


def _differentiable(steps: list[Step], inputs: Sequence[Value], training: bool) -> set[Value]:
    """Return the values whose gradient is needed: those that depend on a trainable weight, or on ``inputs``."""
    wanted = set(inputs)
    for step in steps:
        if training and (step.layer.trainable_weights or any(value in wanted for value in step.inputs)):
            wanted.add(step.output)
    return wanted


def _lower_backward(
    program: Program,
    graph: Graph,
    steps: list[Step],
    kernels: ModuleType,
    weights: Weights,
    gradients: _Gradients,
    differentiable: set[Value],
    update: Update | None,
    relus: dict[Step, Step],
    update_by_rows: bool,
) -> None:
    computed_before = set(relus.values())
    weight_values: dict[tuple[Layer, str], Value] = {}
    applications = Counter(step.layer for step in steps)
    for number, step in reversed(list(enumerate(steps))):
        if step.output not in differentiable:
            continue
        output_gradient = gradients.total(step.output)
        if output_gradient is None:
            continue
        wanted = [position for position, value in enumerate(step.inputs) if value in differentiable]
        is_passed = step in computed_before or step.is_view
        passed = [position for position in wanted if is_passed or step.layer.passes_gradient(position)]
        for position in passed:
            gradients.add(step.inputs[position], (number, position), view_of=output_gradient)
        if passed == wanted and not step.layer.trainable_weights:
            continue
        weight_gradients = {}
        updates_now = update is not None and applications[step.layer] == 1
        pieces = step.layer.gradient_pieces() if updates_now and update_by_rows else {}
        for name, weight in step.layer.trainable_weights.items():
            value = Value(f"{graph.paths[step.layer]}/{name}", pieces.get(name, weight.shape), batched=False)
            value = weight_values.setdefault((step.layer, name), value)
            weight_gradients[name] = gradients.add(value, (number, 0), batched=False)
        input_gradients = [
            gradients.add(value, (number, position)) if position in wanted and position not in passed else None
            for position, value in enumerate(step.inputs)
        ]
        program.operations.append(
            _backward_operation(
                step,
                kernels,
                weights.get(step.layer, {}),
                output_gradient,
                input_gradients,
                weight_gradients,
                partial(update, step.layer) if pieces else None,
                step in relus,
            )
        )
        if updates_now and weight_gradients and not pieces:
            program.operations.append(_update_operation(graph, step.layer, weight_gradients, update))
    # A layer that is applied several times has as many gradients of its weights.
    for layer in applications:
        totals = {
            name: gradients.total(weight_values[layer, name])
            for name in layer.trainable_weights
            if (layer, name) in weight_values
        }
        if update is None:
            program.weight_gradients |= {(layer, name): total for name, total in totals.items()}
        elif totals and applications[layer] > 1:
            program.operations.append(_update_operation(graph, layer, totals, update))


def _update_operation(graph: Graph, layer: Layer, gradients: dict[str, Value], update: Update) -> Operation:
    def prepare(arrays: Arrays) -> list[Call]:
        return [update(layer, name, arrays(gradient), slice(None)) for name, gradient in gradients.items()]

    return Operation(f"update of {graph.paths[layer]}", list(gradients.values()), [], prepare, updates=True)


def _update_all_operation(gradients: dict[tuple[Layer, str], Value], update_all: UpdateAll) -> Operation:
    def prepare(arrays: Arrays) -> list[Call]:
        return update_all({key: arrays(gradient) for key, gradient in gradients.items()})

    return Operation("update of all layers", list(gradients.values()), [], prepare, updates=True)


def _backward_operation(
    step: Step,
    kernels: ModuleType,
    weights: Mapping[str, np.ndarray],
    output_gradient: Value,
    input_gradients: list[Value | None],
    weight_gradients: dict[str, Value],
    update: Callable[[str, np.ndarray, slice], Call] | None,
    relu: bool,
) -> Operation:
    layer = step.layer
    wanted = [value for value in input_gradients if value is not None]
    reads = (layer.input_gradient_reads if wanted else set()) | (
        layer.weight_gradient_reads if weight_gradients else set()
    )
    inputs = step.inputs if "input" in reads else []
    output = [step.output] if "output" in reads else []

    def prepare(arrays: Arrays) -> list[Call]:
        return layer.prepare_backward(
            BackwardStep(
                kernels,
                arrays(output_gradient),
                [arrays(value) for value in inputs] or [None] * len(step.inputs),
                arrays(step.output) if output else None,
                [None if value is None else arrays(value) for value in input_gradients],
                weights,
                {name: arrays(value) for name, value in weight_gradients.items()},
                update,
                {name: arrays(value) for name, value in step.saved.items()},
                step.draws,
                relu,
                [value.shape for value in step.inputs],
            )
        )

    return Operation(
        f"gradient of {step.output.name}" + " and relu" * relu + ("" if update is None else " and update"),
        [output_gradient, *inputs, *output, *step.saved.values()],
        [*wanted, *weight_gradients.values()],
        prepare,
        output_gradient if layer.in_place and input_gradients[0] is not None else None,
        update is not None,
    )
