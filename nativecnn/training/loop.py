"""Training: the loops over epochs and batches."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

from ..callbacks import CallbackList
from ..checks import positive_integer
from ..random import random_seed
from . import evaluation
from .arguments import check_compiled, checked_data
from .batches import DataSet
from .given_data import Validation, checked_arrays, checked_batches, training_sources
from .history import History
from .interruption import Interruption
from .position import Position, Run, Sums
from .progress import Progress
from .sources import Batch, IterableSource, Source, comes_in_batches
from .trainer import PlanOnLoan, Trainer, WeightsChanging

if TYPE_CHECKING:
    from ..model import Model


def fit(
    model: Model,
    x: object,
    y: object,
    *,
    sample_weight: object,
    class_weight: Mapping[int, float] | None,
    batch_size: int | str | None,
    epochs: int,
    steps_per_epoch: int | None,
    verbose: int,
    callbacks: object,
    validation: Validation,
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
    validation.check()
    source, validation_source = training_sources(
        model, x, y, sample_weight, class_weight, batch_size, steps_per_epoch, validation
    )
    for given, name in ((source, "steps_per_epoch"), (validation_source, "validation_steps")):
        if isinstance(given, IterableSource) and given.goes_on and given.steps is None and epochs - initial_epoch > 1:
            raise ValueError(f"expected {name} for a generator that is to give the batches of several epochs, got none")
    run = Run(random_seed(), source.samples, source.batch_size, source.steps, bool(shuffle), source.resumable)
    compilation = model.compilation
    with (
        model._being_trained,
        Progress(epochs, source.samples_in_epoch, verbose) as progress,
        Interruption() as interruption,
        PlanOnLoan(model, "train") as loan,
    ):
        if source.batch_size is not None:
            loan.reserve(source.batch_size, source.weighted)
        if resume:
            compilation.resume(run, compilation.watched_metrics(model.graph))
        else:
            compilation.begin(run, initial_epoch)
        model.stop_training = False
        validated = validation_source is not None
        callbacks.set(model, {"epochs": epochs, "steps": source.steps, "verbose": verbose, "validation": validated})
        training = _Training(model, loan, source, callbacks, progress, interruption)
        with compilation.with_callbacks(callbacks):
            return training.run(epochs, validation, validation_source)


def evaluate(
    model: Model,
    x: object,
    y: object,
    sample_weight: object,
    batch_size: int | str | None,
    steps: int | None,
    callbacks: object,
) -> dict[str, float]:
    """Return loss and metrics of a compiled model; see :meth:`Model.evaluate`."""
    callbacks = CallbackList(callbacks)
    check_compiled(model)
    if comes_in_batches(x):
        source = checked_batches(model, x, y, sample_weight, None, steps, "", "steps")
    else:
        source = checked_arrays(checked_data(model, x, y, sample_weight), batch_size, steps, "steps")
    callbacks.set(model, {"steps": source.steps})
    return evaluation.evaluate(model, source, callbacks)


def train_on_batch(
    model: Model, x: object, y: object, sample_weight: object, class_weight: Mapping[int, float] | None
) -> dict[str, float]:
    """Make one step with all samples; return loss and metrics from before it."""
    check_compiled(model)
    data = DataSet(checked_data(model, x, y, sample_weight, class_weight))
    with model._being_trained, PlanOnLoan(model, "train") as loan:
        trainer = Trainer(model, loan, Sums(), random_seed())
        batch = loan.prepared(len(data), data.weighted)
        data.rows(0, len(data), batch)
        with WeightsChanging(model):
            trainer.step(batch)
        return trainer.averages()


class _Training:
    """One call of ``fit``: goes through epochs and batches from where the compilation stands."""

    def __init__(
        self,
        model: Model,
        loan: PlanOnLoan,
        source: Source,
        callbacks: CallbackList,
        progress: Progress,
        interruption: Interruption,
    ) -> None:
        self._model = model
        self._compilation = model.compilation
        self._loan = loan
        self._trainer = Trainer(model, loan, Sums(), model.compilation.position.run.seed)
        self._source = source
        self._callbacks = callbacks
        self._progress = progress
        self._interruption = interruption

    def run(self, epochs: int, validation: Validation, validation_source: Source | None) -> History:
        """Train until so many epochs are done or somebody wants it to stop."""
        history, compilation, values = History(), self._compilation, {}
        self._callbacks.call("on_train_begin", {})
        while compilation.position.epoch < epochs and not self._stopping:
            position = compilation.position
            epoch = position.epoch
            compilation.epochs_begun = position.order + 1
            self._trainer.sums = position.sums
            self._progress.begin_epoch(epoch, position.sums.samples)
            self._callbacks.call("on_epoch_begin", epoch, {})
            with WeightsChanging(self._model):
                finished = self._train_epoch(position)
            values = self._trainer.averages()
            if finished:
                if validation_source is not None and validation.comes_after(epoch):
                    for name, value in evaluation.evaluate(self._model, validation_source, self._callbacks).items():
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
        """Train with the rest of an epoch's batches; return whether it came to the end."""
        run, first = position.run, position.sums.batches
        batches = self._source.epoch(position.order, run.seed, run.shuffle, first)
        try:
            return self._train_batches(batches, position)
        finally:
            batches.close()  # leaves no thread behind

    def _train_batches(self, batches: Generator[Batch], position: Position) -> bool:
        trainer, progress, steps = self._trainer, self._progress, self._source.steps
        callbacks = self._callbacks or None  # most often there are none
        while True:
            number = position.sums.batches
            ended = steps is not None and number >= steps
            if self._stopping and not ended:
                return False  # before another batch is taken, which a generator would not give again
            given = next(batches, None)
            if given is None:
                return True
            batch = self._loan.prepared(given.samples, given.weighted)
            given.fill(batch)
            if callbacks is not None:
                callbacks.call("on_train_batch_begin", number, {})
            self._compilation.position = None  # within the step there is none
            trainer.step(batch)
            self._compilation.position = position
            progress.update(position.sums.samples, trainer.averages() if progress.shows_batches else None)
            if callbacks is not None:
                callbacks.call("on_train_batch_end", number, trainer.averages())
