"""Prediction: outputs for many samples, batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..callbacks import CallbackList
from .arguments import Checked, checked_inputs
from .batches import DataSet, check_batch_size
from .sources import ArraySource, Source, comes_in_batches, source_of_batches
from .trainer import PlanOnLoan

if TYPE_CHECKING:
    from ..model import Model


def predict(
    model: Model, x: object, batch_size: int | str | None, steps: int | None, callbacks: object
) -> np.ndarray | list[np.ndarray]:
    """Return the outputs for samples; see :meth:`Model.predict`."""
    callbacks = CallbackList(callbacks)
    source = _source(model, x, batch_size, steps)
    if source is None:
        return as_outputs([np.empty((0, *tensor.shape), np.float32) for tensor in model.graph.outputs])
    callbacks.set(model, {"steps": source.steps})
    callbacks.call("on_predict_begin", {})
    arrays: list[np.ndarray] | None = None
    if source.samples is not None and source.steps * source.batch_size >= source.samples:
        arrays = [np.empty((source.samples, *tensor.shape), np.float32) for tensor in model.graph.outputs]
    parts: list[list[np.ndarray]] = [[] for _ in model.graph.outputs]
    done = 0
    with PlanOnLoan(model, "predict") as loan:
        for number, given in enumerate(source.in_their_order()):
            batch = loan.prepared(given.samples)
            given.fill(batch)
            if callbacks:
                callbacks.call("on_predict_batch_begin", number, {})
            batch.run()
            for place, output in enumerate(batch.outputs):
                if arrays is None:
                    parts[place].append(output.copy())
                else:
                    arrays[place][done : done + given.samples] = output
            done += given.samples
            if callbacks:
                callbacks.call("on_predict_batch_end", number, {"outputs": [array.copy() for array in batch.outputs]})
    callbacks.call("on_predict_end", {})
    return as_outputs([np.concatenate(outputs) for outputs in parts] if arrays is None else arrays)


def _source(model: Model, x: object, batch_size: int | str | None, steps: int | None) -> Source | None:
    """Return where the samples come from, None where there are none."""
    if comes_in_batches(x):

        def check(given: object, prefix: str) -> DataSet:
            inputs = given[0] if isinstance(given, tuple) and given else given  # what follows are targets and weights
            data = DataSet(Checked(checked_inputs(model, inputs, prefix), [], []))
            if not len(data):
                raise ValueError(f"{prefix}x: expected at least one sample, got none")
            return data

        source = source_of_batches(x, check, steps, "x", "steps")
        if not model.built:
            check(source.first(), "batch 0's ")
        return source
    data = DataSet(Checked(checked_inputs(model, x), [], []))
    batch_size = check_batch_size(batch_size, len(data))
    return ArraySource(data, batch_size, steps) if len(data) else None


def as_outputs(arrays: list[np.ndarray]) -> np.ndarray | list[np.ndarray]:
    """Return the only array, or the list of several."""
    return arrays[0] if len(arrays) == 1 else arrays
