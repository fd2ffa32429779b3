"""Which steps of a graph one call computes together.

A convolution or a dense layer applies ReLU as it stores its sums, which saves reading and writing the whole output
once more; a maximum pooling computes the gradient of the ReLU before it as it writes its own. The operations on every
number are the same, and so are the bits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .lowering import Step, Value


def fused_relus(steps: Sequence[Step], outputs: Sequence[Value]) -> dict[Step, Step]:
    """Return, by the step that computes it along, each ReLU that can be: nobody else sees the values before it."""
    readers = _readers(steps, outputs)
    producers = {step.output: step for step in steps}
    fused = {}
    for step in steps:
        producer = producers.get(step.inputs[0])
        if (
            getattr(step.layer, "function", None) == "relu"
            and producer is not None
            and producer.layer.computes_relu
            and readers[producer.output] == 1
        ):
            fused[producer] = step
    return fused


def fused_relu_gradients(steps: Sequence[Step], outputs: Sequence[Value]) -> dict[Step, Step]:
    """Return, by the step that computes it along, each ReLU whose gradient can be: nobody else reads its output."""
    readers = _readers(steps, outputs)
    relus = {step.output: step for step in steps if getattr(step.layer, "function", None) == "relu"}
    return {
        step: relus[step.inputs[0]]
        for step in steps
        if step.layer.computes_relu_gradient and step.inputs[0] in relus and readers[step.inputs[0]] == 1
    }


def _readers(steps: Sequence[Step], outputs: Sequence[Value]) -> Counter[Value]:
    """Return how often each value is read, the outside counted."""
    readers = Counter(value for step in steps for value in step.inputs)
    readers.update(outputs)
    return readers
