"""Training and evaluation: the loops over epochs and batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..callbacks import CallbackList
from ..checks import number_between, positive_integer
from ..execution.plan import Plan, PreparedBatch
from ..layers.weights import Change
from ..metrics import Measure, Metric
from ..random import random_seed
from .batches import Feed, check_batch_size, split_validation
from .interruption import Interruption
from .position import Position, Run, Sums
from .progress import Progress

if TYPE_CHECKING:
    from ..model import Model


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

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray) -> _DataSet:
        """Return the data set of checked arrays."""
        return cls(Feed(x), Feed(y))

    def __len__(self) -> int:
        return len(self.x)


def fit(
    model: Model,
    x: object,
    y: object,
    batch_size: int | str | None,
    epochs: int,
    verbose: int,
    callbacks: object,
    validation_split: float,
    validation_data: tuple[object, object] | None,
    shuffle: bool,
    initial_epoch: int,
    resume: bool,
) -> History:
    """Train a model; see :meth:`Model.fit`."""
    epochs = positive_integer(epochs, "epochs", minimum=0)
    initial_epoch = positive_integer(initial_epoch, "initial_epoch", minimum=0)
    if resume and initial_epoch:
        raise ValueError(f"expected resume or an initial_epoch, got both (initial_epoch={initial_epoch})")
    callbacks = CallbackList(callbacks)
    check_compiled(model)
    data, validation = _data_sets(model, x, y, validation_split, validation_data)
    batch_size = check_batch_size(batch_size, len(data))
    run = Run(random_seed(), len(data), batch_size, bool(shuffle))
    compilation = model.compilation
    with (
        model._being_trained,
        Progress(epochs, len(data), verbose) as progress,
        Interruption() as interruption,
        model._lend_plan("train", batch_size) as plan,
    ):
        if resume:
            compilation.resume(run, compilation.resolved_metrics(model.output_shape))
        else:
            compilation.begin(run, initial_epoch)
        model.stop_training = False
        callbacks.set(model, {"epochs": epochs, "steps": -(-len(data) // batch_size), "verbose": verbose})
        return _Training(model, plan, data, validation, callbacks, progress, interruption).run(epochs)


def _data_sets(
    model: Model, x: object, y: object, validation_split: float, validation_data: tuple[object, object] | None
) -> tuple[_DataSet, _DataSet | None]:
    """Return what to train with, and what to validate with if anything."""
    validation_split = number_between(validation_split, "validation_split", high=1)
    x, y = checked_data(model, x, y)
    if validation_data is not None:
        if validation_split:
            raise ValueError("expected validation_split or validation_data, got both")
        if not isinstance(validation_data, Sequence) or len(validation_data) != 2:
            raise TypeError("validation_data: expected a pair (x, y)")
        return _DataSet.of(x, y), _DataSet.of(*checked_data(model, *validation_data, prefix="validation "))
    if validation_split:
        kept = split_validation(len(x), validation_split)
        return _DataSet.of(x[:kept], y[:kept]), _DataSet.of(x[kept:], y[kept:])
    return _DataSet.of(x, y), None


def train_on_batch(model: Model, x: object, y: object) -> dict[str, float]:
    """Make one step with all samples; return loss and metrics from before it."""
    check_compiled(model)
    x, y = checked_data(model, x, y)
    with model._being_trained, model._lend_plan("train", len(x)) as plan:
        trainer = _Trainer(model, plan, Sums(), random_seed())
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
    return _evaluate(model, _DataSet.of(x, y), check_batch_size(batch_size, len(x)))


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


class _Measures:
    """The metrics of a model, measured in the batches of a plan."""

    def __init__(self, model: Model, plan: Plan) -> None:
        self._metrics = model.compilation.resolved_metrics(model.output_shape)
        self._kernels = plan.kernels
        self._prepared: dict[PreparedBatch, list[tuple[str, Metric, Measure]]] = {}

    def add(self, batch: PreparedBatch, sums: dict[str, list[float]]) -> None:
        """Add what a batch comes to, after its run."""
        prepared = self._prepared.get(batch)
        if prepared is None:
            prepared = self._prepared[batch] = [
                (name, metric, metric.prepare(self._kernels, batch.target_rows.rows, batch.outputs[0]))
                for name, metric in self._metrics.items()
            ]
        for name, metric, measure in prepared:
            metric.accumulate(sums.setdefault(name, []), measure())

    def results(self, sums: dict[str, list[float]], samples: int) -> dict[str, float]:
        """Return the values of all metrics over one or more samples."""
        return {name: metric.result(sums[name], samples) for name, metric in self._metrics.items()}


class _Trainer:
    """Makes steps with a plan, and averages what they give."""

    def __init__(self, model: Model, plan: Plan, sums: Sums, seed: int) -> None:
        plan.clock.seed = seed
        self.plan = plan
        self._compilation = model.compilation
        self._measures = _Measures(model, plan)
        self.sums = sums
        """What the steps are added to."""

    def step(self, batch: PreparedBatch) -> None:
        """Train with a batch whose inputs and targets are filled in."""
        self.plan.clock.step = self._compilation.state.iterations
        batch.run_to_updates()
        self._compilation.optimizer.begin_step(self._compilation.state)  # now: a step that fails earlier does not count
        batch.run_updates()
        sums = self.sums
        sums.samples += batch.samples
        sums.loss += self.plan.kernels.sum_losses(batch.losses)
        self._measures.add(batch, sums.metrics)

    def averages(self) -> dict[str, float]:
        """Return loss and metrics over the samples of the steps."""
        sums = self.sums
        if not sums.samples:
            return {}
        loss = self._compilation.loss.total(sums.loss, sums.samples)
        return {"loss": loss} | self._measures.results(sums.metrics, sums.samples)


class _WeightsChanging:
    """While it is entered, nothing is kept of the weights that training changes."""

    def __init__(self, model: Model) -> None:
        self._changes = [Change(layer.weights) for layer in model.graph.layers if layer.trainable_weights]
        self._begun = 0

    def __enter__(self) -> None:
        try:
            for change in self._changes:
                change.begin()
                self._begun += 1
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(self, kind: object, value: object, traceback: object) -> None:
        while self._begun:  # not over an iterator, for which there might be no memory
            self._begun -= 1
            self._changes[self._begun].end()


class _Training:
    """One call of ``fit``: goes through epochs and batches from where the compilation stands."""

    def __init__(
        self,
        model: Model,
        plan: Plan,
        data: _DataSet,
        validation: _DataSet | None,
        callbacks: CallbackList,
        progress: Progress,
        interruption: Interruption,
    ) -> None:
        self._model = model
        self._compilation = model.compilation
        self._trainer = _Trainer(model, plan, Sums(), model.compilation.position.run.seed)
        self._data = data
        self._validation = validation
        self._callbacks = callbacks
        self._progress = progress
        self._interruption = interruption

    def run(self, epochs: int) -> History:
        """Train until so many epochs are done or somebody wants it to stop."""
        history, compilation, values = History(), self._compilation, {}
        self._callbacks.call("on_train_begin", {})
        while compilation.position.epoch < epochs and not self._stopping:
            position = compilation.position
            epoch, batch_size = position.epoch, position.run.batch_size
            compilation.epochs_begun = position.order + 1
            self._trainer.sums = position.sums
            self._progress.begin_epoch(epoch, position.sums.samples)
            self._callbacks.call("on_epoch_begin", epoch, {})
            with _WeightsChanging(self._model):
                finished = self._train_epoch(position)
            values = self._trainer.averages()
            if finished:
                if self._validation is not None:
                    for name, value in _evaluate(self._model, self._validation, batch_size).items():
                        values[f"val_{name}"] = value
                compilation.position = Position(position.run, epoch + 1, compilation.epochs_begun)
            self._progress.end_epoch(values)
            if finished:
                self._callbacks.call("on_epoch_end", epoch, values)
                history.append(epoch, values)
        history.interrupted = self._interruption.requested
        self._callbacks.call("on_train_end", values)
        return history

    @property
    def _stopping(self) -> bool:
        return self._interruption.requested or self._model.stop_training

    def _train_epoch(self, position: Position) -> bool:
        """Train with the rest of an epoch's samples; return whether it came to the end."""
        trainer, data, progress = self._trainer, self._data, self._progress
        callbacks = self._callbacks or None  # most often there are none
        batch_size, order = position.run.batch_size, position.run.order(position.order)
        for first in range(position.sums.samples, len(data), batch_size):
            if self._stopping:
                return False
            last = min(first + batch_size, len(data))
            batch = trainer.plan.prepared(last - first)
            if order is None:
                data.x.rows(first, last, batch.inputs[0])
                data.y.rows(first, last, batch.target_rows.rows)
            else:
                data.x.gather(order[first:last], batch.inputs[0])
                data.y.gather(order[first:last], batch.target_rows.rows)
            if callbacks is not None:
                callbacks.call("on_train_batch_begin", first // batch_size, {})
            self._compilation.position = None  # within the step there is none
            trainer.step(batch)
            self._compilation.position = position
            progress.update(last, trainer.averages() if progress.shows_batches else None)
            if callbacks is not None:
                callbacks.call("on_train_batch_end", first // batch_size, trainer.averages())
        return True


def _evaluate(model: Model, data: _DataSet, batch_size: int) -> dict[str, float]:
    samples, loss = len(data), model.compilation.loss
    losses = np.empty(samples, np.float32)
    sums: dict[str, list[float]] = {}
    with model._lend_plan("test", batch_size) as plan:
        measures = _Measures(model, plan)
        for first in range(0, samples, batch_size):
            last = min(first + batch_size, samples)
            batch = plan.prepared(last - first)
            data.x.rows(first, last, batch.inputs[0])
            data.y.rows(first, last, batch.target_rows.rows)
            batch.run()
            losses[first:last] = batch.losses
            measures.add(batch, sums)
        result = {"loss": loss.total(plan.kernels.sum_losses(losses), samples)}
    return result | measures.results(sums, samples)
