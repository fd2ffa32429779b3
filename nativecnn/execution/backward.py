"""The backward pass of a graph, as operations: gradients, and what follows from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

import numpy as np

from ..graph import Graph
from ..layers.base import Layer
from ..layers.steps import BackwardStep, Call, StateStep
from .fusion import fused_relu_gradients
from .program import Arrays, Lowering, Operation, Step, Update, UpdateAll, Value


class Gradients:
    """The gradients of values, each perhaps of several contributions.

    Attributes
    ----------
    differentiable : set of Value
        The values whose gradient is needed: those that depend on a weight or an input whose gradient is wanted.
    """

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering
        self._contributions: dict[Value, list[tuple[tuple[int, int], Value]]] = {}
        self.differentiable = set(lowering.program.inputs if lowering.purpose.input_gradients else ())
        for step in lowering.steps:
            if lowering.trained_weights(step.layer) or any(value in self.differentiable for value in step.inputs):
                self.differentiable.add(step.output)

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
            return [partial(self._lowering.kernels.add, arrays(a), arrays(b), arrays(total))]

        self._lowering.add(Operation(f"{a.name}: sum", [a, b], [total], prepare, overwrites=a))
        return total


def take_output_gradients(lowering: Lowering, gradients: Gradients) -> None:
    """Let the backward pass begin with gradients of the outputs that are given."""
    program, steps = lowering.program, lowering.steps
    for number, output in enumerate(program.outputs):
        program.output_gradients.append(gradients.add(output, order=(len(steps), number)))


def lower_backward(lowering: Lowering, gradients: Gradients) -> None:
    """Add the gradients of weights and inputs, and the updates of weights."""
    program, purpose = lowering.program, lowering.purpose
    _lower_gradients(lowering, gradients)
    if purpose.update_all is not None:
        lowering.add(_update_all_operation(program.weight_gradients, purpose.update_all))
    if purpose.update is not None or purpose.update_all is not None:
        _lower_state_updates(lowering)
    if purpose.input_gradients:
        program.input_gradients = [gradients.total(value) for value in program.inputs]


def _lower_gradients(lowering: Lowering, gradients: Gradients) -> None:
    graph, program, steps, purpose = lowering.graph, lowering.program, lowering.steps, lowering.purpose
    trained_weights, update = lowering.trained_weights, purpose.update
    relus = fused_relu_gradients(steps, program.outputs) if purpose.fusion else {}
    computed_before = set(relus.values())
    weight_values: dict[tuple[Layer, str], Value] = {}
    applications = Counter(step.layer for step in steps)
    for number, step in reversed(list(enumerate(steps))):
        if step.output not in gradients.differentiable:
            continue
        output_gradient = gradients.total(step.output)
        if output_gradient is None:
            continue
        wanted = [position for position, value in enumerate(step.inputs) if value in gradients.differentiable]
        is_passed = step in computed_before or step.is_view
        passed = [position for position in wanted if is_passed or step.layer.passes_gradient(position)]
        for position in passed:
            gradients.add(step.inputs[position], (number, position), view_of=output_gradient)
        if passed == wanted and not trained_weights(step.layer):
            continue
        weight_gradients = {}
        updates_now = update is not None and applications[step.layer] == 1
        pieces = step.layer.gradient_pieces() if updates_now and purpose.update_by_rows else {}
        for name, weight in trained_weights(step.layer).items():
            value = Value(f"{graph.paths[step.layer]}/{name}", pieces.get(name, weight.shape), batched=False)
            value = weight_values.setdefault((step.layer, name), value)
            weight_gradients[name] = gradients.add(value, (number, 0), batched=False)
        input_gradients = [
            gradients.add(value, (number, position)) if position in wanted and position not in passed else None
            for position, value in enumerate(step.inputs)
        ]
        lowering.add(
            _backward_operation(
                lowering,
                step,
                output_gradient,
                input_gradients,
                weight_gradients,
                partial(update, step.layer) if pieces else None,
                step in relus,
            )
        )
        if updates_now and weight_gradients and not pieces:
            lowering.add(_update_operation(graph, step.layer, weight_gradients, update))
    # A layer that is applied several times has as many gradients of its weights.
    for layer in applications:
        totals = {
            name: gradients.total(weight_values[layer, name])
            for name in trained_weights(layer)
            if (layer, name) in weight_values
        }
        if update is None:
            program.weight_gradients |= {(layer, name): total for name, total in totals.items()}
        elif totals and applications[layer] > 1:
            lowering.add(_update_operation(graph, layer, totals, update))


def _update_operation(graph: Graph, layer: Layer, gradients: dict[str, Value], update: Update) -> Operation:
    def prepare(arrays: Arrays) -> list[Call]:
        return [update(layer, name, arrays(gradient), slice(None)) for name, gradient in gradients.items()]

    return Operation(f"update of {graph.paths[layer]}", list(gradients.values()), [], prepare, updates=True)


def _update_all_operation(gradients: dict[tuple[Layer, str], Value], update_all: UpdateAll) -> Operation:
    def prepare(arrays: Arrays) -> list[Call]:
        return update_all({key: arrays(gradient) for key, gradient in gradients.items()})

    return Operation("update of all layers", list(gradients.values()), [], prepare, updates=True)


def _backward_operation(
    lowering: Lowering,
    step: Step,
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
                lowering.kernels,
                arrays(output_gradient),
                [arrays(value) for value in inputs] or [None] * len(step.inputs),
                arrays(step.output) if output else None,
                [None if value is None else arrays(value) for value in input_gradients],
                lowering.weights.get(layer, {}),
                {name: arrays(value) for name, value in weight_gradients.items()},
                update,
                {name: arrays(value) for name, value in step.saved.items()},
                step.draws,
                relu,
                [value.shape for value in step.inputs],
                lowering.purpose.training,
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


def _lower_state_updates(lowering: Lowering) -> None:
    """Add the changes of weights that have no gradient, in the order of the steps."""
    for step in lowering.steps:
        names = [name for name in step.layer.weights if name in step.layer.non_trainable_weights]
        if not names or not step.saved:
            continue

        def prepare(arrays: Arrays, step: Step = step) -> list[Call]:
            weights = {name: step.layer.weights.writable(name) for name in step.layer.weights}
            saved = {name: arrays(value) for name, value in step.saved.items()}
            return step.layer.prepare_state_update(StateStep(lowering.kernels, weights, saved))

        lowering.add(Operation(f"state of {step.output.name}", list(step.saved.values()), [], prepare, updates=True))
