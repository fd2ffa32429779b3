"""The state of a training in a model file: what :meth:`Model.fit` needs in order to go on with ``resume=True``.

In the description of the model (see :mod:`nativecnn.saving`) it is the JSON object ``"training"``, null where the file
does not hold it::

    optimizer       iterations (steps begun) and scalars (by name)
    epochs_begun    since the model was compiled
    callbacks       what the callbacks remember, a list of objects: class (its name) and state
    position        null if that is not known, else where the training stands: epoch and order (the numbers
                    of the epoch at hand and of its order), sums (batches, samples, losses, metrics by name: what its
                    batches come to so far, of a metric a list, and where it is not 0 the penalty) and run (seed,
                    samples, batch_size, steps, shuffle; samples and batch_size are null where the data come in
                    batches); run is null before a training

Files of format version 2 lack callbacks (read as if there were none), batches and steps (which follow from the others),
and have one loss.

Floating-point numbers are texts in hexadecimal (``float.hex``), which is exact and knows NaN and infinity. The arrays
that the optimizer keeps for a weight are tensors, "optimizer/velocity/layer/weight"; weights themselves have one slash.
Arrays that a callback remembers are called "callbacks/0/name", with its number in the list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import positive_integer
from ..described import count, fields, number
from ..optimizers import OptimizerState
from .compilation import Compilation
from .position import Position, Run, Sums

if TYPE_CHECKING:
    from ..model import Model


def is_training_key(key: str) -> bool:
    """Return whether a tensor's name is one that the optimizer's or the callbacks' arrays have."""
    return key.startswith("optimizer/") and key.count("/") >= 3 or key.startswith("callbacks/") and key.count("/") > 1


def training_state(model: Model) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the state of a compiled model's training: what goes into the JSON object, and the tensors."""
    compilation = model.compilation
    state, position, metric_names = compilation.state, compilation.position, compilation.saved_metrics(model.graph)
    if position is not None and position.sums.samples and not position.sums.metrics.keys() >= set(metric_names):
        position = None  # a metric came in the middle of the epoch
    if position is not None and position.run is not None and not position.run.resumable:
        position = None  # nobody could have a generator's next batch again
    scalar_names = compilation.optimizer.scalar_names if state.iterations else ()
    description = {
        "optimizer": {
            "iterations": state.iterations,
            "scalars": {name: state.scalars.get(name, 1.0).hex() for name in scalar_names},
        },
        "epochs_begun": compilation.epochs_begun,
        "position": None if position is None else _described(position, metric_names),
        "callbacks": [],
    }
    tensors = dict(_kept_arrays(model))
    live = compilation.callbacks
    for place, (name, values) in enumerate(compilation.callback_states if live is None else live.states()):
        description["callbacks"].append({"class": name, "state": _plain(name, values)})
        tensors |= {f"callbacks/{place}/{key}": value for key, value in values.items() if isinstance(value, np.ndarray)}
    return description, tensors


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
    names = ("optimizer", "epochs_begun", "position", "callbacks")
    if isinstance(description, dict) and description.keys() == set(names[:3]):  # format version 2
        description = description | {"callbacks": []}
    optimizer, epochs_begun, position, callbacks = fields(description, "training", *names)
    state = _optimizer_state(optimizer, compilation)
    tensors = dict(tensors)
    callback_states = _callback_states(callbacks, tensors)
    _take_arrays(state, model, tensors)
    epochs_begun = count(epochs_begun, "epochs_begun")
    if position is not None:
        outputs = len(compilation.trained_outputs(model.graph))
        position = _position(position, compilation.saved_metrics(model.graph), outputs)
    if position is not None and position.order > epochs_begun:
        raise ValueError(f"training: expected an order of at most {epochs_begun} (epochs_begun), got {position.order}")
    compilation.state, compilation.epochs_begun, compilation.position = state, epochs_begun, position
    compilation.callback_states = callback_states


# The optimizer


def _kept_arrays(model: Model) -> Iterator[tuple[str, np.ndarray]]:
    """Yield names and arrays: all of a weight's once there was a step, as at first if it has taken part in none."""
    optimizer, state = model.compilation.optimizer, model.compilation.state
    names = optimizer.slot_names
    if not state.iterations or not names:
        return
    trainable = model.trainable_weights
    for key, weight in model.weights.items():
        arrays = state.slots.get(key, ())
        if [array.shape for array in arrays] != [weight.shape] * len(names):
            arrays = optimizer.new_slots(weight) if key in trainable else ()
        for name, array in zip(names, arrays, strict=False):
            yield f"optimizer/{name}/{key}", array


def _optimizer_state(description: Any, compilation: Compilation) -> OptimizerState:
    iterations, scalars = fields(description, "optimizer", "iterations", "scalars")
    iterations = count(iterations, "iterations")
    names = compilation.optimizer.scalar_names if iterations else ()
    values = [number(value, name) for name, value in zip(names, fields(scalars, "scalars", *names), strict=True)]
    for name, value in zip(names, values, strict=True):
        if not 0 <= value <= 1:
            raise ValueError(f"{name}: expected a number from 0 to 1, got {value}")
    return OptimizerState(iterations=iterations, scalars=dict(zip(names, values, strict=True)))


def _take_arrays(state: OptimizerState, model: Model, tensors: Mapping[str, np.ndarray]) -> None:
    """Give the state its arrays, if the tensors are exactly what this model's optimizer keeps."""
    remaining = dict(tensors)
    names = model.compilation.optimizer.slot_names if state.iterations else ()
    trainable = model.trainable_weights
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


# The callbacks


def _plain(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a callback's state without its arrays, if JSON can hold it."""
    plain = {key: value for key, value in state.items() if not isinstance(value, np.ndarray)}
    try:
        json.dumps(plain, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: expected of state() values that JSON can hold, and arrays: {error}") from error
    return plain


def _callback_states(description: Any, tensors: dict[str, np.ndarray]) -> list[tuple[str, dict[str, Any]]]:
    """Return the states, with those tensors that belong to them, which are taken away."""
    if not isinstance(description, list):
        raise TypeError(f"callbacks: expected a list, got {description!r}")
    states = []
    for place, entry in enumerate(description):
        name, state = fields(entry, "callbacks", "class", "state")
        if not isinstance(name, str) or not isinstance(state, dict):
            raise TypeError(f"callbacks: expected the name of a class and an object, got {entry!r}")
        prefix = f"callbacks/{place}/"
        arrays = {key: tensors.pop(key) for key in list(tensors) if key.startswith(prefix)}
        states.append((name, state | {key.removeprefix(prefix): array for key, array in arrays.items()}))
    return states


# The position


def _described(position: Position, metric_names: list[str]) -> dict[str, Any]:
    run, sums = position.run, position.sums
    metrics = {name: [part.hex() for part in sums.metrics[name]] for name in metric_names if name in sums.metrics}
    return {
        "run": None if run is None else {name: value for name, value in asdict(run).items() if name != "resumable"},
        "epoch": position.epoch,
        "order": position.order,
        "sums": {
            "batches": sums.batches,
            "samples": sums.samples,
            "losses": [loss.hex() for loss in sums.losses],
            "metrics": metrics,
            **({"penalty": sums.penalty.hex()} if sums.penalty else {}),
        },
    }


def _position(description: Any, metric_names: list[str], outputs: int) -> Position:
    run, epoch, order, sums = fields(description, "position", "run", "epoch", "order", "sums")
    run = None if run is None else _run(run)
    sums = _sums(sums, metric_names, outputs, run)
    if run is None and sums.samples:
        raise ValueError(f"position: expected a run for {sums.samples} samples, got none")
    if run is not None:
        _check_whole_batches(run, sums)
    return Position(run, count(epoch, "epoch"), count(order, "order"), sums)


def _check_whole_batches(run: Run, sums: Sums) -> None:
    if run.samples is None:
        if sums.batches > run.steps or (sums.batches == 0) != (sums.samples == 0):
            raise ValueError(
                f"position: expected at most {run.steps} batches with samples, got {sums.batches} batches "
                f"with {sums.samples} samples"
            )
        return
    if sums.samples > run.samples or sums.samples % run.batch_size and sums.samples < run.samples:
        raise ValueError(
            f"position: expected whole batches of {run.batch_size} of {run.samples} samples, got {sums.samples} samples"
        )
    batches = -(-run.samples // run.batch_size)
    if run.steps > batches:
        raise ValueError(f"steps: expected at most {batches} batches in an epoch, got {run.steps}")
    if sums.batches != -(-sums.samples // run.batch_size) or sums.batches > run.steps:
        raise ValueError(
            f"position: expected at most {run.steps} batches, as many as make {sums.samples} samples, "
            f"got {sums.batches}"
        )


def _run(description: Any) -> Run:
    if isinstance(description, dict) and "steps" not in description:  # format version 2
        description = description | {"steps": None}
    seed, samples, batch_size, steps, shuffle = fields(
        description, "run", "seed", "samples", "batch_size", "steps", "shuffle"
    )
    if not isinstance(shuffle, bool):
        raise TypeError(f"shuffle: expected true or false, got {shuffle!r}")
    seed = positive_integer(seed, "seed", minimum=0)
    if samples is None and batch_size is None:
        return Run(seed, None, None, count(steps, "steps", 1), shuffle)
    samples, batch_size = count(samples, "samples", 1), count(batch_size, "batch_size", 1)
    if batch_size > samples:
        raise ValueError(f"batch_size: expected at most the number of samples, {samples}, got {batch_size}")
    batches = -(-samples // batch_size)
    steps = batches if steps is None else count(steps, "steps", 1)
    return Run(seed, samples, batch_size, steps, shuffle)


def _sums(description: Any, metric_names: list[str], outputs: int, run: Run | None) -> Sums:
    version_2 = isinstance(description, dict) and "batches" not in description
    if version_2:
        loss = description.get("loss")
        description = {name: value for name, value in description.items() if name != "loss"}
        description |= {"batches": 0, "losses": [loss]}
    optional = ("penalty",) if isinstance(description, dict) and "penalty" in description else ()
    names = ("batches", "samples", "losses", "metrics", *optional)
    batches, samples, losses, metrics, *penalty = fields(description, "sums", *names)
    batches, samples = count(batches, "batches"), count(samples, "samples")
    if version_2 and run is not None and run.batch_size is not None:
        batches = -(-samples // run.batch_size)
    names = metric_names if samples else []
    values = zip(names, fields(metrics, "metrics", *names), strict=True)
    if not isinstance(losses, list) or samples and len(losses) != outputs:
        raise ValueError(f"losses: expected a list of {outputs}, got {losses!r}")
    numbers = [number(loss, "losses") for loss in losses]
    metrics = {name: _metric_sums(value, name) for name, value in values}
    return Sums(batches, samples, numbers, metrics, *(number(value, "penalty") for value in penalty))


def _metric_sums(value: Any, name: str) -> list[float]:
    parts = value if isinstance(value, list) else [value]  # earlier releases wrote a single number
    return [number(part, name) for part in parts]
