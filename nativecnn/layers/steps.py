"""What a plan gives a layer for a batch, and what the layer makes calls of: its passes, and the end of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import NamedTuple

import numpy as np

from ..epilogue import Epilogue
from ..random import Stream

Shape = tuple[int, ...]
Call = Callable[[], object]


@dataclass
class ForwardStep:
    """One layer's forward pass over a batch: what :meth:`Layer.prepare_forward` makes calls of.

    Arrays are C-contiguous, of one dtype (float32; float64 when gradients are checked) and begin with the batch axis.
    """

    kernels: ModuleType
    """The backend: ``kernels.conv2d(…)``."""
    inputs: list[np.ndarray]
    output: np.ndarray
    """To be overwritten whole. Where the layer says ``in_place`` it may be ``inputs[0]`` itself."""
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)
    """By name, of the plan's dtype; their values change between batches, the arrays do not."""
    training: bool = False
    epilogue: Epilogue | None = None
    """What to do with the output's values before they are stored; only for layers that say ``computes_epilogue``, or,
    where it is ReLU alone, ``computes_relu``."""
    saved: dict[str, np.ndarray] = field(default_factory=dict)
    """The arrays of :meth:`Layer.saved_arrays`, to be overwritten; in training, kept for the backward pass."""
    draws: Draws | None = None
    """In training, and only for layers that say ``draws_random_numbers``: the random numbers of each step."""

    @property
    def relu(self) -> bool:
        """Whether to apply ReLU to the output."""
        return self.epilogue is not None and self.epilogue.activation == "relu"


@dataclass
class BackwardStep:
    """One layer's backward pass over a batch: what :meth:`Layer.prepare_backward` makes calls of."""

    kernels: ModuleType
    output_gradient: np.ndarray
    inputs: list[np.ndarray | None]
    """None where the layer does not say that it reads its inputs."""
    output: np.ndarray | None
    """None where the layer does not say that it reads its output."""
    input_gradients: list[np.ndarray | None]
    """To be overwritten; None where nobody wants it, or where it is the output's gradient
    (:meth:`Layer.passes_gradient`). The first may be ``output_gradient`` itself, as forward."""
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)
    weight_gradients: dict[str, np.ndarray] = field(default_factory=dict)
    """To be overwritten: all of the trainable weights, or none where the layer is frozen or nothing is trained."""
    update: Callable[[str, np.ndarray, slice], Call] | None = None
    """Only where the layer has :meth:`Layer.gradient_pieces`, whose shapes ``weight_gradients`` then have: gives the
    call that updates rows of a weight by their gradient. All rows are to be updated, after all use of the old ones."""
    saved: dict[str, np.ndarray] = field(default_factory=dict)
    """What the forward pass left in the arrays of :meth:`Layer.saved_arrays`. It may be overwritten, unless
    :meth:`Layer.prepare_state_update` reads it."""
    draws: Draws | None = None
    """The same as in the forward pass of the step."""
    relu: bool = False
    """Whether ReLU made the input, and the gradient of what it was made from is wanted in place of the input's; only
    for layers that say ``computes_relu_gradient``."""
    input_shapes: list[Shape] = field(default_factory=list)
    """Of one sample of each input."""
    training: bool = True
    """Whether the forward pass was that of training; otherwise no weight's gradient is wanted."""


@dataclass
class StateStep:
    """The end of a layer's training step: what :meth:`Layer.prepare_state_update` makes calls of."""

    kernels: ModuleType
    weights: Mapping[str, np.ndarray]
    """All of the layer's arrays, writable."""
    saved: dict[str, np.ndarray]


class SavedArray(NamedTuple):
    """An array that a layer's forward pass keeps for its backward pass."""

    shape: Shape
    batched: bool = True
    """Whether it has one part for each sample, so that a batch axis precedes the shape."""
    in_inference: bool = False
    """Whether the forward pass needs its place in inference too; nobody reads it afterwards."""


@dataclass
class TrainingClock:
    """Which step of which training a plan computes; set by whoever runs it."""

    seed: int = 0
    step: int = 0
    """Steps made before it since ``compile``."""


class Draws:
    """The random numbers of one application of a layer: those of each step are a step of one stream.

    Parameters
    ----------
    clock : TrainingClock
    *name : int or str
        What the stream is for; its key is the seed and these.
    seed : int, optional
        The seed; by default the training's.
    """

    def __init__(self, clock: TrainingClock, *name: int | str, seed: int | None = None) -> None:
        self._clock = clock
        self._name = name
        self._seed = seed
        self._stream = Stream(clock.seed if seed is None else seed, *name)

    @property
    def stream(self) -> Stream:
        """The stream of the seed in force."""
        seed = self._clock.seed if self._seed is None else self._seed
        if self._stream.key[0] != seed:
            self._stream = Stream(seed, *self._name)
        return self._stream

    @property
    def step(self) -> int:
        """The step at hand."""
        return self._clock.step
