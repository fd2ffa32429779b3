"""The state of a training in a model file: what :meth:`Model.fit` needs in order to go on with ``resume=True``.

In the description of the model (see :mod:`nativecnn.saving`) it is the JSON object ``"training"``, null where the file
does not hold it::

    optimizer       iterations (steps begun) and scalars (by name)
    epochs_begun    since the model was compiled
    position        null if that is not known, else where the training stands: epoch and order (the numbers
                    of the epoch at hand and of its order), sums (samples, loss, metrics by name: what its batches
                    come to so far, of a metric a list) and run (seed, samples, batch_size, shuffle; null if there
                    was no training yet)

Floating-point numbers are texts in hexadecimal (``float.hex``), which is exact and knows NaN and infinity. The arrays
that the optimizer keeps for a weight are tensors, "optimizer/velocity/layer/weight"; weights themselves have one slash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import positive_integer
from ..optimizers import OptimizerState
from .compilation import Compilation
from .position import Position, Run, Sums

if TYPE_CHECKING:
    from ..model import Model

_LARGEST_COUNT = 2**63 - 1


def is_optimizer_key(key: str) -> bool:
    """Return whether a tensor's name is one that the optimizer's arrays have."""
    return key.startswith("optimizer/") and key.count("/") == 3


def training_state(model: Model) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the state of a compiled model's training: what goes into the JSON object, and the tensors."""
    compilation = model.compilation
    state, position, metric_names = compilation.state, compilation.position, compilation.saved_metrics
    if position is not None and position.sums.samples and not position.sums.metrics.keys() >= set(metric_names):
        position = None  # a metric came in the middle of the epoch
    scalar_names = compilation.optimizer.scalar_names if state.iterations else ()
    description = {
        "optimizer": {
            "iterations": state.iterations,
            "scalars": {name: state.scalars.get(name, 1.0).hex() for name in scalar_names},
        },
        "epochs_begun": compilation.epochs_begun,
        "position": None if position is None else _described(position, metric_names),
    }
    return description, dict(_kept_arrays(model))


def restore_training(model: Model, description: Any, tensors: Mapping[str, np.ndarray]) -> None:
    """Set the state of a newly compiled model's training; the tensors are taken over.

    Raises
    ------
    TypeError, ValueError
        If it is no such state, or none of this model's.
    """
    compilation = model.compilation
    if compilation is None:
        raise ValueError("expected a compilation with the state of a training, got none")
    optimizer, epochs_begun, position = _fields(description, "training", "optimizer", "epochs_begun", "position")
    state = _optimizer_state(optimizer, compilation)
    _take_arrays(state, model, tensors)
    epochs_begun = _count(epochs_begun, "epochs_begun")
    position = None if position is None else _position(position, compilation.saved_metrics)
    if position is not None and position.order > epochs_begun:
        raise ValueError(f"training: expected an order of at most {epochs_begun} (epochs_begun), got {position.order}")
    compilation.state, compilation.epochs_begun, compilation.position = state, epochs_begun, position


# The optimizer


def _kept_arrays(model: Model) -> Iterator[tuple[str, np.ndarray]]:
    """Yield names and arrays: all of a weight's once there was a step, zeros if it has taken part in none."""
    optimizer, state = model.compilation.optimizer, model.compilation.state
    names = optimizer.slot_names
    if not state.iterations or not names:
        return
    trainable = model.graph.weights(trainable_only=True)
    for key, weight in model.weights.items():
        arrays = state.slots.get(key, ())
        if [array.shape for array in arrays] != [weight.shape] * len(names):
            arrays = tuple(np.zeros_like(weight) for _ in names) if key in trainable else ()
        for name, array in zip(names, arrays, strict=False):
            yield f"optimizer/{name}/{key}", array


def _optimizer_state(description: Any, compilation: Compilation) -> OptimizerState:
    iterations, scalars = _fields(description, "optimizer", "iterations", "scalars")
    iterations = _count(iterations, "iterations")
    names = compilation.optimizer.scalar_names if iterations else ()
    values = [_number(value, name) for name, value in zip(names, _fields(scalars, "scalars", *names), strict=True)]
    for name, value in zip(names, values, strict=True):
        if not 0 <= value <= 1:
            raise ValueError(f"{name}: expected a number from 0 to 1, got {value}")
    return OptimizerState(iterations=iterations, scalars=dict(zip(names, values, strict=True)))


def _take_arrays(state: OptimizerState, model: Model, tensors: Mapping[str, np.ndarray]) -> None:
    """Give the state its arrays, if the tensors are exactly what this model's optimizer keeps."""
    remaining = dict(tensors)
    names = model.compilation.optimizer.slot_names if state.iterations else ()
    trainable = model.graph.weights(trainable_only=True)
    for key, weight in model.weights.items():
        wanted = [f"optimizer/{name}/{key}" for name in names]
        if key not in trainable and not any(name in remaining for name in wanted):
            continue  # it was never trained
        for name in wanted:
            if name not in remaining:
                raise ValueError(f"expected an array {name} of the optimizer's, got none")
            array = remaining[name]
            if array.dtype != np.float32 or array.shape != weight.shape:
                raise ValueError(
                    f"{name}: expected float32 of shape {weight.shape}, got {array.dtype} of shape {array.shape}"
                )
        if wanted:
            state.slots[key] = tuple(remaining.pop(name) for name in wanted)
    if remaining:
        raise ValueError(f"expected of the optimizer only arrays of its weights, got also {', '.join(remaining)}")


# The position


def _described(position: Position, metric_names: list[str]) -> dict[str, Any]:
    run, sums = position.run, position.sums
    metrics = {name: [part.hex() for part in sums.metrics[name]] for name in metric_names if name in sums.metrics}
    return {
        "run": None if run is None else asdict(run),
        "epoch": position.epoch,
        "order": position.order,
        "sums": {"samples": sums.samples, "loss": sums.loss.hex(), "metrics": metrics},
    }


def _position(description: Any, metric_names: list[str]) -> Position:
    run, epoch, order, sums = _fields(description, "position", "run", "epoch", "order", "sums")
    run = None if run is None else _run(run)
    sums = _sums(sums, metric_names)
    if run is None and sums.samples:
        raise ValueError(f"position: expected a run for {sums.samples} samples, got none")
    if run is not None and (sums.samples > run.samples or sums.samples % run.batch_size and sums.samples < run.samples):
        raise ValueError(
            f"position: expected whole batches of {run.batch_size} of {run.samples} samples, got {sums.samples} samples"
        )
    return Position(run, _count(epoch, "epoch"), _count(order, "order"), sums)


def _run(description: Any) -> Run:
    seed, samples, batch_size, shuffle = _fields(description, "run", "seed", "samples", "batch_size", "shuffle")
    if not isinstance(shuffle, bool):
        raise TypeError(f"shuffle: expected true or false, got {shuffle!r}")
    samples, batch_size = _count(samples, "samples", 1), _count(batch_size, "batch_size", 1)
    if batch_size > samples:
        raise ValueError(f"batch_size: expected at most the number of samples, {samples}, got {batch_size}")
    return Run(positive_integer(seed, "seed", minimum=0), samples, batch_size, shuffle)


def _sums(description: Any, metric_names: list[str]) -> Sums:
    samples, loss, metrics = _fields(description, "sums", "samples", "loss", "metrics")
    samples = _count(samples, "samples")
    names = metric_names if samples else []
    values = zip(names, _fields(metrics, "metrics", *names), strict=True)
    return Sums(samples, _number(loss, "loss"), {name: _metric_sums(value, name) for name, value in values})


def _metric_sums(value: Any, name: str) -> list[float]:
    parts = value if isinstance(value, list) else [value]  # earlier releases wrote a single number
    return [_number(part, name) for part in parts]


# Values from JSON


def _fields(value: Any, what: str, *names: str) -> list[Any]:
    """Return the fields of a JSON object that has these and no others."""
    if not isinstance(value, dict) or value.keys() != set(names):
        got = ", ".join(value) or "none" if isinstance(value, dict) else repr(value)
        raise ValueError(f"{what}: expected an object with the fields {', '.join(names) or 'none'}, got {got}")
    return [value[name] for name in names]


def _count(value: Any, name: str, minimum: int = 0) -> int:
    count = positive_integer(value, name, minimum)
    if count > _LARGEST_COUNT:
        raise ValueError(f"{name}: expected at most {_LARGEST_COUNT}, got {count}")
    return count


def _number(value: Any, name: str) -> float:
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a number as hexadecimal text, got {value!r}")
    return float.fromhex(value)
