"""Plans: a graph prepared for batches up to a size, so that running one does nothing but compute.

A plan lowers the graph to operations (``lowering.py``), finds out how long each value is needed, and lays them all
out in one aligned block of memory (``memory.py``). For every size of batch that occurs it keeps the views into that
block and the calls with them, so a run allocates nothing.

::

    graph ──lower──▶ operations over values ──lifetimes──▶ block ──prepared(n)──▶ views and calls ──run()──▶ outputs
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType

import numpy as np

from ..graph import Graph
from ..layers.base import Layer
from ..layers.steps import Call, TrainingClock
from ..losses import Loss, Objective, TargetRows
from ..ops.backend import kernels as active_kernels
from .lowering import lower
from .memory import ALIGNMENT, Request, allocate, assign_offsets
from .program import Arrays, Head, Program, Purpose, Update, UpdateAll, Value

KEPT_SIZES = 8  # sizes of batch whose views are kept


class PreparedHead:
    """The views of an output that has a loss.

    Attributes
    ----------
    objective : Objective
    output : numpy.ndarray
        Filled by a run.
    target_rows : TargetRows
        To be filled before a run.
    losses : numpy.ndarray
        The loss of each sample, filled by a run.
    sample_weights : numpy.ndarray or None
        To be filled before a run, where the plan has them.
    """

    def __init__(self, head: Head, arrays: Arrays) -> None:
        self.objective = head.objective
        self.output = arrays(head.output)
        self.target_rows: TargetRows = head.objective.loss.prepare_targets(arrays(head.targets))
        self.losses = arrays(head.losses)
        self.sample_weights = None if head.sample_weights is None else arrays(head.sample_weights)


class PreparedBatch:
    """The views and calls of a plan for one size of batch.

    Attributes
    ----------
    inputs : list of numpy.ndarray
        To be filled before a run.
    outputs : list of numpy.ndarray
        Filled by a run, until the next one.
    heads : list of PreparedHead
        The outputs that have losses.
    output_gradients : list of numpy.ndarray
        To be filled before a run, if they are given.
    input_gradients : list of numpy.ndarray or None
        Filled by a run, where the plan has them; None for an input that no loss depends on.
    """

    def __init__(self, plan: Plan, samples: int) -> None:
        program = plan.program

        def arrays(value: Value) -> np.ndarray:
            return plan.array(value, samples)

        self.samples = samples
        self.inputs = [arrays(value) for value in program.inputs]
        self.outputs = [arrays(value) for value in program.outputs]
        self.heads = [PreparedHead(head, arrays) for head in program.heads]
        self.output_gradients = [arrays(value) for value in program.output_gradients]
        self.input_gradients = [None if value is None else arrays(value) for value in program.input_gradients]
        self._calls: list[Call] = []
        self._updating_calls: list[Call] = []
        calls = self._calls
        self._calls += [head.target_rows.expand for head in self.heads if head.target_rows.expand is not None]
        for operation in program.operations:
            if operation.updates:
                calls = self._updating_calls  # from here on: gradients are computed between updates
            calls += operation.prepare(arrays)

    @property
    def target_rows(self) -> TargetRows:
        """Where the targets of the only loss go."""
        (head,) = self.heads
        return head.target_rows

    @property
    def losses(self) -> np.ndarray:
        """The only loss of each sample."""
        (head,) = self.heads
        return head.losses

    def run(self) -> None:
        """Compute outputs, losses and gradients from inputs and targets, whichever the plan has."""
        self.run_to_updates()
        self.run_updates()

    def run_to_updates(self) -> None:
        """Compute what comes before the first operation that updates weights; all, where there is none."""
        for call in self._calls:
            call()

    def run_updates(self) -> None:
        """Compute the rest: updates of weights, and gradients between them."""
        for call in self._updating_calls:
            call()


class Plan:
    """A graph prepared for batches of up to ``batch_size`` samples.

    Parameters
    ----------
    graph : Graph
    batch_size : int
    training : bool
        Whether to compute the gradients of all trainable weights; needs a loss. Neither the gradient of the graph's
        input nor anything below the lowest trainable layer is computed then.
    dtype : numpy dtype
        float32; float64 with the reference's kernels, to check gradients.
    loss : Loss, or sequence of Objective or None, optional
        Of the only output, or of the outputs in order. Where an output is a softmax or sigmoid and its loss is the
        cross-entropy that belongs to it, loss and gradient are computed from the logits (see :mod:`nativecnn.losses`).
    sample_weights : bool
        Whether the losses of samples have weights.
    kernels : module, optional
        The backend to call; by default the one in use.
    input_gradients : bool
        Whether to compute the gradients of the graph's inputs after all.
    output_gradients : bool
        Whether gradients of the outputs are given, for the gradients of the inputs outside of training.
    update : Update, optional
        Gives the calls that change weights by their gradients. They then belong to every run, each following its
        layer's gradients at once, so that these can share their memory with all else.
    update_by_rows : bool
        Whether large weights may be updated by some of their rows at a time.
    update_all : UpdateAll, optional
        In place of ``update``: gives the calls that change all weights at the end of a run, for which all gradients are
        kept.
    fusion : bool
        Whether to compute ReLU in the same call as the layer before it; no bit depends on it.
    backward : bool
        Whether training computes gradients. Without them it is the forward pass as in training, and the loss.

    Attributes
    ----------
    weights : dict
        By layer and name, the arrays it computes with: the layers' own, or float64 copies.
    weight_gradients : dict of str to numpy.ndarray
        By "layer/weight", filled by a run; empty with ``update``.
    clock : TrainingClock
        To be set before a run in training: which step it is, for layers that draw random numbers.

    Raises
    ------
    MemoryError
        If there is not enough memory for batches of that size.
    """

    def __init__(
        self,
        graph: Graph,
        batch_size: int,
        training: bool,
        dtype: type = np.float32,
        *,
        loss: Loss | Sequence[Objective | None] | None = None,
        sample_weights: bool = False,
        kernels: ModuleType | None = None,
        input_gradients: bool = False,
        output_gradients: bool = False,
        update: Update | None = None,
        update_by_rows: bool = True,
        update_all: UpdateAll | None = None,
        fusion: bool = True,
        backward: bool = True,
    ) -> None:
        self.batch_size = batch_size
        self.dtype = np.dtype(dtype)
        objectives = [Objective(loss)] if isinstance(loss, Loss) else loss or ()
        self.kernels = active_kernels() if kernels is None else kernels
        self.weights: dict[Layer, Mapping[str, np.ndarray]] = {
            layer: layer.weights if self.dtype == np.float32 else _converted(layer.weights, self.dtype)
            for layer in graph.layers
        }
        self.clock = TrainingClock()
        purpose = Purpose(
            training=training,
            objectives=objectives,
            sample_weights=sample_weights,
            backward=backward,
            input_gradients=input_gradients or output_gradients,
            output_gradients=output_gradients,
            update=update,
            update_by_rows=update_by_rows,
            update_all=update_all,
            fusion=fusion,
        )
        self.program = lower(graph, self.kernels, self.weights, purpose, self.clock)
        self._places, size = _laid_out(self.program, batch_size, self.dtype)
        self._block = allocate(size)
        self._prepared: dict[int, PreparedBatch] = {}
        self.weight_gradients = {
            f"{graph.paths[layer]}/{name}": self.array(value, 0)
            for (layer, name), value in self.program.weight_gradients.items()
        }

    @property
    def block_bytes(self) -> int:
        """Size of the plan's memory."""
        return self._block.nbytes

    def array(self, value: Value, samples: int) -> np.ndarray:
        """Return the view of a value, for a batch of so many samples."""
        shape = (samples, *value.shape) if value.batched else value.shape
        size = (samples if value.batched else 1) * value.size * self.dtype.itemsize
        offset = self._places[value.root].offset
        return self._block[offset : offset + size].view(self.dtype).reshape(shape)

    def prepared(self, samples: int) -> PreparedBatch:
        """Return views and calls for a batch of 1 to ``batch_size`` samples."""
        prepared = self._prepared.get(samples)
        if prepared is None:
            if not 1 <= samples <= self.batch_size:
                raise ValueError(f"expected a batch of 1 to {self.batch_size} samples, got {samples}")
            while len(self._prepared) >= KEPT_SIZES:
                del self._prepared[next(iter(self._prepared))]
            prepared = self._prepared[samples] = PreparedBatch(self, samples)
        return prepared

    def describe(self) -> str:
        """Return the operations, where they write, and how the loss is computed, as text."""
        lines = [
            f"batches of up to {self.batch_size} samples, {self.dtype.name}, {self.block_bytes:,} bytes",
            *([f"loss: {head.description}" for head in self.program.heads] or ["loss: no loss"]),
            f"{'operation':40} {'writes':40} {'shape':20} {'at byte':>12}",
        ]
        for operation in self.program.operations:
            if not operation.writes:
                lines.append(f"{operation.name:40} the weights")
            for number, value in enumerate(operation.writes):
                place = self._places[value.root]
                name = operation.name if number == 0 else ""
                in_place = number == 0 and operation.overwrites is not None
                in_place = in_place and self._places[operation.overwrites.root] is place
                where = f"{place.offset:>12,}" + (" in place" if in_place else "")
                lines.append(f"{name:40} {value.name:40} {str(value.shape):20} {where}")
        return "\n".join(lines)


def planned_bytes(graph: Graph, batch_size: int) -> int:
    """Return the size of the memory of a plan to predict with."""
    weights = {layer: layer.weights for layer in graph.layers}
    return _laid_out(lower(graph, active_kernels(), weights, Purpose()), batch_size, np.dtype(np.float32))[1]


def _laid_out(program: Program, batch_size: int, dtype: np.dtype) -> tuple[dict[Value, _Place], int]:
    """Return the places of all values, with their offsets, and the size of the block."""
    places = _assign_places(program)
    different = list(dict.fromkeys(places.values()))
    requests = [
        Request((batch_size if place.value.batched else 1) * place.value.size * dtype.itemsize, place.first, place.last)
        for place in different
    ]
    offsets, size = assign_offsets(requests)
    for place, offset in zip(different, offsets, strict=True):
        place.offset = offset
    return places, size


def _converted(weights: Mapping[str, np.ndarray], dtype: np.dtype) -> dict[str, np.ndarray]:
    return {name: weight.astype(dtype) for name, weight in weights.items()}


class _Place:
    """A piece of the block, and from when to when it is in use; values written over each other share one."""

    def __init__(self, value: Value, first: int, last: int) -> None:
        self.value = value
        self.first = first
        self.last = last
        self.offset = 0


def _assign_places(program: Program) -> dict[Value, _Place]:
    """Return a place for every value that is no view.

    Moments are the numbers of the operations; the batch comes in at -1, and what the outside reads is read after the
    last.
    """
    end = len(program.operations)
    last_read: dict[Value, int] = {}
    for moment, operation in enumerate(program.operations):
        for value in operation.reads:
            last_read[value.root] = moment
    input_gradients = [value for value in program.input_gradients if value is not None]
    results = [*program.outputs, *program.weight_gradients.values(), *input_gradients]
    targets = [head.targets for head in program.heads]  # metrics compare them with the outputs
    weights = [head.sample_weights for head in program.heads if head.sample_weights is not None]
    for value in [*results, *targets, *(head.losses for head in program.heads)]:
        last_read[value.root] = end
    given = [*program.inputs, *targets, *weights, *program.output_gradients]
    places = {value: _Place(value, -1, last_read.get(value, -1)) for value in given}
    for moment, operation in enumerate(program.operations):
        for number, value in enumerate(operation.writes):
            over = operation.overwrites if number == 0 else None
            last = last_read.get(value, moment)
            if over is not None and over.size == value.size and last_read[over.root] == moment:
                place = places[value] = places[over.root]
                place.last = max(place.last, last)
            else:
                places[value] = _Place(value, moment, last)
    return places


assert ALIGNMENT % np.dtype(np.float64).itemsize == 0  # every offset is a multiple of any item
