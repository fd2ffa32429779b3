"""Training and evaluation: the loops over epochs and batches."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from . import metrics
from .batches import Feed, check_batch_size, split_validation
from .checks import number_between, positive_integer
from .execution.plan import Plan, PreparedBatch
from .layers.base import Call, Layer, Shape
from .losses import Loss
from .metrics import Measure, Metric
from .optimizers import Optimizer, OptimizerState, WeightGradient
from .progress import Progress
from .random import Stream, random_seed

if TYPE_CHECKING:
    from .model import Model


@dataclass
class Compilation:
    """How a model is trained, and what that has come to.

    Attributes
    ----------
    state : OptimizerState
        What the optimizer remembers of the model.
    epochs_begun : int
        How many epochs have been begun; each has an order of its own.
    """

    optimizer: Optimizer
    loss: Loss | None
    metrics: list[object]
    state: OptimizerState = field(default_factory=OptimizerState)
    epochs_begun: int = 0

    def resolved_metrics(self, output_shape: Shape) -> dict[str, Metric]:
        """Return the metrics by the names they have in the history.

        Raises
        ------
        ValueError
            If the loss or a metric does not take outputs of this shape, or two metrics have one name.
        """
        if self.loss is None:
            return {}
        self.loss.check_output(output_shape)
        target_shape = self.loss.target_shape(output_shape)
        resolved: dict[str, Metric] = {}
        for value in self.metrics:
            name, metric = metrics.get(value, self.loss, output_shape)
            if name in resolved or name == "loss":
                raise ValueError(f"metrics: expected names of their own, got {name!r} again")
            metric.check_shapes(target_shape, output_shape)
            resolved[name] = metric
        return resolved

    def prepare_update(self, kernels: ModuleType, layer: Layer, name: str, gradient: np.ndarray, rows: slice) -> Call:
        """Return the call that updates rows of a weight of a layer by their gradient as it is then."""
        weight = WeightGradient(f"{layer.name}/{name}", layer.weights.writable(name), gradient, rows)
        return self.optimizer.prepare_update(kernels, self.state, weight)

    @property
    def unnamed_metrics(self) -> list[str]:
        """The names of those metrics that are functions or objects."""
        return [getattr(value, "name", getattr(value, "__name__", repr(value))) for value in self._not_names()]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of ``compile``, plain enough for JSON, without the metrics that are functions."""
        return {
            "optimizer": self.optimizer.get_config(),
            "loss": None if self.loss is None else self.loss.get_config(),
            "metrics": [value for value in self.metrics if isinstance(value, str)],
        }

    def _not_names(self) -> list[object]:
        return [value for value in self.metrics if not isinstance(value, str)]


@dataclass
class History:
    """What became of a training.

    Attributes
    ----------
    history : dict of str to list of float
        For each finished epoch the loss, the metrics, and those of the validation under "val_…". The values of the
        training samples are means over the epoch, while the weights changed.
    epoch : list of int
        The numbers of the finished epochs, from 0.
    interrupted : bool
        Whether Ctrl-C ended the training.
    """

    history: dict[str, list[float]] = field(default_factory=dict)
    epoch: list[int] = field(default_factory=list)
    interrupted: bool = False

    def append(self, epoch: int, values: dict[str, float]) -> None:
        """Add the values of a finished epoch."""
        self.epoch.append(epoch)
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)


@dataclass
class _DataSet:
    """Samples and targets, checked against the model and its loss."""

    x: Feed
    y: Feed

    def __len__(self) -> int:
        return len(self.x)


def fit(
    model: Model,
    x: object,
    y: object,
    batch_size: int | str | None,
    epochs: int,
    verbose: int,
    validation_split: float,
    validation_data: tuple[object, object] | None,
    shuffle: bool,
    initial_epoch: int,
) -> History:
    """Train a model; see :meth:`Model.fit`."""
    epochs = positive_integer(epochs, "epochs", minimum=0)
    initial_epoch = positive_integer(initial_epoch, "initial_epoch", minimum=0)
    validation_split = number_between(validation_split, "validation_split", high=1)
    check_compiled(model)
    x, y = checked_data(model, x, y)
    validation = None
    if validation_data is not None:
        if validation_split:
            raise ValueError("expected validation_split or validation_data, got both")
        if not isinstance(validation_data, Sequence) or len(validation_data) != 2:
            raise TypeError("validation_data: expected a pair (x, y)")
        validation = _DataSet(*map(Feed, checked_data(model, *validation_data, prefix="validation ")))
    elif validation_split:
        kept = split_validation(len(x), validation_split)
        validation = _DataSet(Feed(x[kept:]), Feed(y[kept:]))
        x, y = x[:kept], y[:kept]
    data = _DataSet(Feed(x), Feed(y))
    batch_size = check_batch_size(batch_size, len(data))
    compilation, history = model.compilation, History()
    if initial_epoch:
        compilation.epochs_begun = initial_epoch
    with (
        model._being_trained,
        Progress(epochs, len(data), verbose) as progress,
        _Interruption() as interruption,
        model._lend_plan("train", batch_size) as plan,
    ):
        trainer = _Trainer(model, plan)
        for epoch in range(initial_epoch, epochs):
            progress.begin_epoch(epoch)
            order = None
            if shuffle:
                order = Stream(random_seed(), "shuffle").permutation(len(data), step=compilation.epochs_begun)
            compilation.epochs_begun += 1
            with _WeightsChanging(model):
                finished = _train_epoch(trainer, data, batch_size, order, progress, interruption)
            values = trainer.averages()
            if finished and validation is not None:
                for name, value in _evaluate(model, validation, batch_size).items():
                    values[f"val_{name}"] = value
            progress.end_epoch(values)
            if finished:
                history.append(epoch, values)
            if interruption.requested:
                break
        history.interrupted = interruption.requested
    return history


def train_on_batch(model: Model, x: object, y: object) -> dict[str, float]:
    """Make one step with all samples; return loss and metrics from before it."""
    check_compiled(model)
    x, y = checked_data(model, x, y)
    with model._being_trained, model._lend_plan("train", len(x)) as plan:
        trainer = _Trainer(model, plan)
        batch = plan.prepared(len(x))
        Feed(x).rows(0, len(x), batch.inputs[0])
        Feed(y).rows(0, len(x), batch.target_rows.rows)
        with _WeightsChanging(model):
            trainer.step(batch)
        return trainer.averages()


def evaluate(model: Model, x: object, y: object, batch_size: int | str | None) -> dict[str, float]:
    """Return loss and metrics over all samples; they do not depend on the batch size."""
    check_compiled(model)
    x, y = checked_data(model, x, y)
    return _evaluate(model, _DataSet(Feed(x), Feed(y)), check_batch_size(batch_size, len(x)))


def as_result(values: dict[str, float], return_dict: bool) -> Any:
    """Return values as ``evaluate`` does: a dict if wanted, else one number, or a list where there are metrics."""
    if return_dict:
        return values
    numbers = list(values.values())
    return numbers[0] if len(numbers) == 1 else numbers


def check_compiled(model: Model) -> None:
    """Raise ``RuntimeError`` unless the model is compiled with a loss."""
    if model.compilation is None or model.compilation.loss is None:
        got = "no compilation" if model.compilation is None else "a compilation without a loss"
        raise RuntimeError(f'model {model.name!r}: expected compile(optimizer, loss="…") before this, got {got}')


def checked_data(model: Model, x: object, y: object, prefix: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Return samples and targets as arrays that fit the model, which is built if it was not."""
    for name, value in (("x", x), ("y", y)):
        if value is None:
            raise TypeError(f"{prefix}{name}: expected an array, got None")
    x = model._check_x(x, f"{prefix}x")
    y = np.asarray(y)
    if len(x) == 0:
        raise ValueError(f"{prefix}x: expected at least one sample, got shape {x.shape}")
    if y.ndim == 0 or len(y) != len(x):
        raise ValueError(f"{prefix}y: expected one target for each of {len(x)} samples, got shape {y.shape}")
    loss = model.compilation.loss
    model.compilation.resolved_metrics(model.output_shape)
    return x, loss.check_targets(y, model.output_shape, len(x), f"{prefix}y")


def _prepared_metrics(model: Model, plan: Plan, batch: PreparedBatch) -> dict[str, Measure]:
    resolved = model.compilation.resolved_metrics(model.output_shape)
    return {
        name: metric.prepare(plan.kernels, batch.target_rows.rows, batch.outputs[0])
        for name, metric in resolved.items()
    }


class _Trainer:
    """Makes steps with a plan, and averages what they give."""

    def __init__(self, model: Model, plan: Plan) -> None:
        self._model = model
        self.plan = plan
        self._compilation = model.compilation
        self._measures: dict[PreparedBatch, dict[str, Measure]] = {}
        self.begin()

    def begin(self) -> None:
        """Start averaging anew."""
        self._samples = 0
        self._loss = 0.0
        self._sums: dict[str, float] = {}

    def step(self, batch: PreparedBatch) -> None:
        """Train with a batch whose inputs and targets are filled in."""
        batch.run_to_updates()
        self._compilation.optimizer.begin_step(self._compilation.state)  # now: a step that fails earlier does not count
        batch.run_updates()
        self._samples += batch.samples
        self._loss += self.plan.kernels.sum_losses(batch.losses)
        measures = self._measures.get(batch)
        if measures is None:
            measures = self._measures[batch] = _prepared_metrics(self._model, self.plan, batch)
        for name, measure in measures.items():
            self._sums[name] = self._sums.get(name, 0.0) + math.fsum(measure().tolist())

    def averages(self) -> dict[str, float]:
        """Return loss and metrics over the samples since the start."""
        if not self._samples:
            return {}
        loss = self._compilation.loss.total(self._loss, self._samples)
        return {"loss": loss} | {name: total / self._samples for name, total in self._sums.items()}


class _WeightsChanging:
    """While it is entered, nothing is kept of the weights that training changes."""

    def __init__(self, model: Model) -> None:
        self._weights = [layer.weights for layer in model.graph.layers if layer.trainable_weights]

        self._begun = 0

    def __enter__(self) -> None:
        try:
            for weights in self._weights:
                weights.begin_change()
                self._begun += 1
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(self, kind: object, value: object, traceback: object) -> None:
        while self._begun:  # not over an iterator, for which there might be no memory
            self._begun -= 1
            self._weights[self._begun].end_change()


def _train_epoch(
    trainer: _Trainer,
    data: _DataSet,
    batch_size: int,
    order: np.ndarray | None,
    progress: Progress,
    interruption: _Interruption,
) -> bool:
    """Train with every sample once; return whether it came to the end."""
    samples = len(data)
    trainer.begin()
    for first in range(0, samples, batch_size):
        if interruption.requested:
            return False
        last = min(first + batch_size, samples)
        batch = trainer.plan.prepared(last - first)
        if order is None:
            data.x.rows(first, last, batch.inputs[0])
            data.y.rows(first, last, batch.target_rows.rows)
        else:
            data.x.gather(order[first:last], batch.inputs[0])
            data.y.gather(order[first:last], batch.target_rows.rows)
        trainer.step(batch)
        progress.update(last, trainer.averages() if progress.shows_batches else None)
    return True


def _evaluate(model: Model, data: _DataSet, batch_size: int) -> dict[str, float]:
    samples, loss = len(data), model.compilation.loss
    losses = np.empty(samples, np.float32)
    values: dict[str, np.ndarray] = {}
    with model._lend_plan("test", batch_size) as plan:
        measures: dict[PreparedBatch, dict[str, Measure]] = {}
        for first in range(0, samples, batch_size):
            last = min(first + batch_size, samples)
            batch = plan.prepared(last - first)
            data.x.rows(first, last, batch.inputs[0])
            data.y.rows(first, last, batch.target_rows.rows)
            batch.run()
            losses[first:last] = batch.losses
            if batch not in measures:
                measures[batch] = _prepared_metrics(model, plan, batch)
            for name, measure in measures[batch].items():
                values.setdefault(name, np.empty(samples))[first:last] = measure()
        result = {"loss": loss.total(plan.kernels.sum_losses(losses), samples)}
    return result | {name: math.fsum(array) / samples for name, array in values.items()}


class _Interruption:
    """Turns a first Ctrl-C into a request to stop; a second does what it always did.

    Only in the main thread, and only where Ctrl-C would raise ``KeyboardInterrupt``: an application's own handler
    stays in charge.
    """

    def __init__(self) -> None:
        self.requested = False
        self._installed = False

    def __enter__(self) -> _Interruption:
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._request)
            self._installed = True
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _request(self, *_: object) -> None:
        self.requested = True
        self._restore()

    def _restore(self) -> None:
        if self._installed:
            self._installed = False
            signal.signal(signal.SIGINT, signal.default_int_handler)
