"""The losses of a graph's outputs, as operations."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np

from ..layers.steps import Call
from .backward import Gradients
from .program import Arrays, Head, Lowering, Operation, Value


def lower_loss(lowering: Lowering, number: int, gradients: Gradients | None) -> None:
    """Add the loss of an output, from the logits where the output is an activation that the loss contains."""
    program, kernels, objective = lowering.program, lowering.kernels, lowering.purpose.objectives[number]
    loss, output = objective.loss, program.outputs[number]
    predictions = output
    last = next((step for step in lowering.steps if step.output is output), None)
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
        Value("sample weights", ()) if lowering.purpose.sample_weights else None,
        f"{loss.name}: {kernel} of {taken_from}",
    )
    program.heads.append(head)
    writes, gradient = [head.losses], None
    if gradients is not None and predictions in gradients.differentiable:
        gradient = gradients.add(predictions, order=(len(lowering.steps), number))
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
    lowering.add(Operation(f"loss: {kernel}", reads, writes, prepare))
