"""Which steps of a graph one call computes together.

A convolution or a dense layer goes on with its sums before it stores them, which saves reading and writing whole
outputs: batch normalization (outside of training, where it multiplies and adds constants), the addition of another
value, ReLU. A maximum pooling computes the gradient of the ReLU before it as it writes its own. The operations on
every number are the same, and so are the bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from ..epilogue import Epilogue
from ..layers.base import Layer
from ..layers.steps import Call, ForwardStep
from ..layers.weights import Weights

if TYPE_CHECKING:
    from .program import Step, Value

_ACTIVATIONS = ("relu", "relu6")


@dataclass
class Chain:
    """A step and those that its call computes along with it, in this order."""

    first: Step
    normalization: Step | None = None
    addition: Step | None = None
    activation: Step | None = None

    @property
    def along(self) -> list[Step]:
        """The steps after the first."""
        return [step for step in (self.normalization, self.addition, self.activation) if step is not None]

    @property
    def last(self) -> Step:
        return [self.first, *self.along][-1]

    @property
    def residual(self) -> Value | None:
        """What is added to the first steps' values."""
        if self.addition is None:
            return None
        own = (self.normalization or self.first).output
        return next(value for value in self.addition.inputs if value is not own)

    @property
    def place(self) -> Step:
        """The step in whose turn the chain is computed: when all that it reads is there."""
        return self.addition or self.first

    @property
    def name(self) -> str:
        names = [self.first.output.name]
        names += ["normalization"] if self.normalization else []
        names += ["addition"] if self.addition else []
        names += [self.activation.layer.function] if self.activation else []
        return " + ".join(names)

    def prepare(
        self,
        kernels: ModuleType,
        weights: Mapping[Layer, Mapping[str, np.ndarray]],
        arrays: Callable[[Value], np.ndarray],
    ) -> tuple[list[Call], Epilogue | None]:
        """Return the calls to be made first, and what follows the sums of the first step."""
        calls, scale, shift = [], None, None
        if self.normalization is not None:
            layer, y = self.normalization.layer, arrays(self.last.output)
            step = ForwardStep(kernels, [y], y, weights[layer])
            compute, scale, shift = layer.prepare_scale_and_shift(step)
            calls.append(_WhenChanged(step.weights, compute) if isinstance(step.weights, Weights) else compute)
        residual = None if self.residual is None else arrays(self.residual)
        activation = None if self.activation is None else self.activation.layer.function
        epilogue = Epilogue(scale, shift, residual, activation) if self.along else None
        return calls, epilogue


class _WhenChanged:
    """A call that is made again only when weights have changed since the last time."""

    def __init__(self, weights: Weights, call: Call) -> None:
        self._weights = weights
        self._call = call
        self._version: object = None

    def __call__(self) -> None:
        version = self._weights.version  # read before the weights: a change meanwhile makes it outdated
        if version is not self._version or self._weights.changes:
            self._call()
            self._version = version


def fused_chains(steps: Sequence[Step], outputs: Sequence[Value], backward: bool) -> dict[Step, Chain]:
    """Return, by its first step, each chain of several steps.

    Nobody else sees the values between them. Where a backward pass follows, only activations are computed along, whose
    gradients are computed from their outputs.
    """
    readers = _Readers(steps, outputs)
    chains, taken = {}, set()
    # Of two chains that meet in an addition the later one gets it, and steps that can be part of a chain come last.
    for step in sorted(reversed(steps), key=lambda step: not step.layer.computes_epilogue):
        if step in taken:
            continue
        chain = Chain(step)
        value = step.output
        while (following := readers.only(value)) is not None and following not in taken:
            if not _extend(chain, following, backward):
                break
            value = following.output
        if chain.along:
            chains[step] = chain
            taken.update(chain.along)
    return chains


def fused_relu_gradients(steps: Sequence[Step], outputs: Sequence[Value]) -> dict[Step, Step]:
    """Return, by the step that computes it along, each ReLU whose gradient can be: nobody else reads its output."""
    readers = _Readers(steps, outputs)
    relus = {step.output: step for step in steps if getattr(step.layer, "function", None) == "relu"}
    return {
        step: relus[step.inputs[0]]
        for step in steps
        if step.layer.computes_relu_gradient and step.inputs[0] in relus and readers.only(step.inputs[0]) is step
    }


def _extend(chain: Chain, step: Step, backward: bool) -> bool:
    """Add a step that reads the chain's last value, if it can be computed along."""
    layer, first = step.layer, chain.first.layer
    function = getattr(layer, "function", None)
    if chain.activation is None and function in _ACTIVATIONS:
        if first.computes_epilogue or (first.computes_relu and function == "relu"):
            chain.activation = step
    elif backward or not first.computes_epilogue or chain.addition or chain.activation:
        return False
    elif layer.adds_inputs and len(step.inputs) == 2:
        chain.addition = step
    elif layer.scales_and_shifts and chain.normalization is None:
        chain.normalization = step
    return chain.last is step


class _Readers:
    """Who reads each value, the outside counted."""

    def __init__(self, steps: Sequence[Step], outputs: Sequence[Value]) -> None:
        self._readers: dict[Value, list[Step | None]] = {}
        for step in steps:
            for value in step.inputs:
                self._readers.setdefault(value, []).append(step)
        for value in outputs:
            self._readers.setdefault(value, []).append(None)

    def only(self, value: Value) -> Step | None:
        """Return the step that reads a value, if nobody else does, and it does so once."""
        readers = self._readers.get(value, [])
        return readers[0] if len(readers) == 1 else None
