"""From a graph of layers to a list of operations: forward, then the losses, then backward."""

from __future__ import annotations

from functools import partial
from types import ModuleType

from ..graph import Graph, Tensor
from ..layers.steps import Call, Draws, ForwardStep, TrainingClock
from .backward import Gradients, lower_backward, take_output_gradients
from .fusion import Chain, fused_chains
from .heads import lower_loss
from .program import Arrays, Lowering, Operation, Program, Purpose, Step, Value, Weights


def lower(
    graph: Graph, kernels: ModuleType, weights: Weights, purpose: Purpose, clock: TrainingClock | None = None
) -> Program:
    """Return the operations of a graph.

    Parameters
    ----------
    graph : Graph
    kernels : module
        The backend to call.
    weights : dict
        The arrays that each layer computes with.
    purpose : Purpose
    clock : TrainingClock, optional
        Tells layers that draw random numbers which step it is.

    Raises
    ------
    ValueError
        If it is for training without a loss.
    """
    has_loss = any(objective is not None for objective in purpose.objectives)
    if purpose.training and not has_loss:
        raise ValueError("expected a loss for training, got none")
    lowering = Lowering(graph, kernels, weights, purpose, clock or TrainingClock())
    _lower_forward(lowering)
    if has_loss:
        gradients = Gradients(lowering) if purpose.training and purpose.backward else None
        for number, objective in enumerate(purpose.objectives):
            if objective is not None:
                lower_loss(lowering, number, gradients)
        if gradients is not None:
            lower_backward(lowering, gradients)
    elif purpose.output_gradients:
        gradients = Gradients(lowering)
        take_output_gradients(lowering, gradients)
        lower_backward(lowering, gradients)
    return lowering.program


def _lower_forward(lowering: Lowering) -> None:
    """Add the steps of the graph, and an operation for each chain of them that is computed together."""
    graph, program, purpose = lowering.graph, lowering.program, lowering.purpose
    training, keeps = purpose.training, purpose.keeps_for_backward
    values: dict[Tensor, Value] = {tensor: Value(tensor.name, tensor.shape) for tensor in graph.inputs}
    program.inputs = list(values.values())
    steps = lowering.steps
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
                if keeps or array.in_inference
            }
            if training and part.draws_random_numbers:
                application = sum(earlier.layer is part for earlier in steps)
                step.draws = Draws(lowering.clock, "layer", name, application, seed=part.seed)
            steps.append(step)
            inputs = [output]
        values[node.output] = inputs[0]
    program.outputs = [values[tensor] for tensor in graph.sources]
    fused = fused_chains(steps, program.outputs, keeps) if purpose.fusion else {}
    along = {step for chain in fused.values() for step in chain.along}
    chains = [fused.get(step, Chain(step)) for step in steps if step not in along and not step.is_view]
    at_place = {chain.place: chain for chain in chains}
    for chain in (at_place[step] for step in steps if step in at_place):
        step = chain.first
        lowering.add(
            Operation(
                chain.name,
                [*step.inputs, *([chain.residual] if chain.residual else [])],
                [chain.last.output, *step.saved.values()],
                partial(_prepare_forward, chain, lowering),
                step.inputs[0] if step.layer.in_place else None,
            )
        )


def _prepare_forward(chain: Chain, lowering: Lowering, arrays: Arrays) -> list[Call]:
    step = chain.first
    inputs = [arrays(value) for value in step.inputs]
    kernels, weights = lowering.kernels, lowering.weights
    saved = {name: arrays(value) for name, value in step.saved.items()}
    calls, epilogue = chain.prepare(kernels, weights, arrays)
    output = arrays(chain.last.output)
    return calls + step.layer.prepare_forward(
        ForwardStep(
            kernels,
            inputs,
            output,
            weights.get(step.layer, {}),
            lowering.purpose.training,
            epilogue,
            saved,
            step.draws,
        )
    )
