"""How a model is trained, and what that has come to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import metrics
from ..callbacks.base import CallbackList, State
from ..layers.base import Layer
from ..layers.steps import Call
from ..losses import Objective
from ..optimizers import Optimizer, OptimizerState, WeightGradient
from .outputs import ByOutput, Output, WatchedMetric, trained_outputs
from .position import Position, Run

if TYPE_CHECKING:
    from ..graph import Graph


@dataclass
class Compilation:
    """How a model is trained, and what that has come to.

    Attributes
    ----------
    losses, loss_weights, metrics : ByOutput
        As they were given.
    state : OptimizerState
        What the optimizer remembers of the model.
    epochs_begun : int
        How many epochs have been begun; each has an order of its own.
    position : Position or None
        Where the training stands. None where that is not known: within a step, also after one that an error ended,
        in a model whose file does not tell, and after compiling a trained model again.
    callbacks : CallbackList or None
        Those of the training while it runs.
    callback_states : list of (str, dict)
        What they remember, by their classes, while it does not.
    """

    optimizer: Optimizer
    losses: ByOutput
    loss_weights: ByOutput
    metrics: ByOutput
    state: OptimizerState = field(default_factory=OptimizerState)
    epochs_begun: int = 0
    position: Position | None = field(default_factory=Position)
    callbacks: CallbackList | None = None
    callback_states: list[tuple[str, State]] = field(default_factory=list)

    @property
    def was_trained(self) -> bool:
        """Whether ``fit`` has begun a training, or may have."""
        return self.position is None or self.position.run is not None

    def begin(self, run: Run, epoch: int) -> None:
        """Begin a training with an epoch; if it is not the first one, the orders continue from there."""
        if epoch:
            self.epochs_begun = epoch
        self.position = Position(run, epoch, self.epochs_begun)
        self.callback_states = []

    @contextlib.contextmanager
    def with_callbacks(self, callbacks: CallbackList) -> Iterator[None]:
        """Let callbacks go on from their states; keep these again when the training ends, in whatever way."""
        callbacks.restore(self.callback_states)
        self.callbacks = callbacks
        try:
            yield
        finally:
            self.callbacks = None
            self.callback_states = callbacks.states()

    def resume(self, run: Run, watched: Mapping[str, WatchedMetric]) -> None:
        """Go on where the training stands, at the beginning if there was none yet.

        Raises
        ------
        ValueError
            If that is not known, or this run would take the samples otherwise or watch other metrics.
        """
        position = self.position
        if position is None:
            raise ValueError(
                "fit: expected for resume=True a model whose training stopped between two batches, got one of which "
                "this is not known: an error ended its last step, its file holds no state of the training, or it was "
                "compiled again"
            )
        if not (run.resumable and (position.run is None or position.run.resumable)):
            raise ValueError(
                "fit: expected for resume=True data that can be had again from any batch on (arrays or a "
                "nativecnn.data.Sequence), got a generator, or a training that had one"
            )
        if position.run is None:
            self.begin(run, 0)
            return
        run.check_continues(position.run)
        before = position.sums.metrics
        if position.sums.samples and set(before) != set(watched):
            expected, got = (", ".join(names) or "none" for names in (before, watched))
            raise ValueError(f"fit: expected for resume=True the metrics of before, {expected}, got {got}")
        for name, sums in before.items():
            watched[name].metric.check_sums(sums)

    @property
    def has_loss(self) -> bool:
        """Whether there is something to train for."""
        return any(loss is not None for loss in self.losses.parts())

    def outputs(self, graph: Graph) -> list[Output | None]:
        """Return the outputs of a graph with their losses and metrics, None for those that have no loss.

        Raises
        ------
        ValueError
            If something does not fit the outputs.
        """
        return trained_outputs(graph, self.losses, self.loss_weights, self.metrics)

    def objectives(self, graph: Graph) -> list[Objective | None]:
        """Return the outputs' losses with their weights, None for those that have none."""
        return [None if output is None else output.objective for output in self.outputs(graph)]

    def trained_outputs(self, graph: Graph) -> list[Output]:
        """Return those of :meth:`outputs` that have losses."""
        return [output for output in self.outputs(graph) if output is not None]

    def watched_metrics(self, graph: Graph) -> dict[str, WatchedMetric]:
        """Return the metrics of all outputs by the names they have in the history."""
        return {
            name: WatchedMetric(head, metric)
            for head, output in enumerate(self.trained_outputs(graph))
            for name, metric in output.metrics.items()
        }

    def prepare_update(
        self,
        kernels: ModuleType,
        paths: Mapping[Layer, str],
        layer: Layer,
        name: str,
        gradient: np.ndarray,
        rows: slice,
    ) -> Call:
        """Return the call that updates rows of a weight of a layer by their gradient as it is then."""
        weight = _weight_gradient(paths, layer, name, gradient, rows)
        return self.optimizer.prepare_update(kernels, self.state, weight)

    def prepare_updates(
        self, kernels: ModuleType, paths: Mapping[Layer, str], gradients: Mapping[tuple[Layer, str], np.ndarray]
    ) -> list[Call]:
        """Return the calls that update all weights, at the end of a step, by their gradients as they are then."""
        weights = [_weight_gradient(paths, layer, name, gradient) for (layer, name), gradient in gradients.items()]
        return self.optimizer.prepare_updates(kernels, self.state, weights)

    def update_settings(self, kernels: ModuleType, paths: Mapping[Layer, str]) -> dict[str, Any]:
        """Return the arguments of a plan that say how it is to update the weights."""
        if self.optimizer.needs_all_gradients:
            return {"update_all": partial(self.prepare_updates, kernels, paths)}
        by_rows = not self.optimizer.needs_whole_gradients
        return {"update": partial(self.prepare_update, kernels, paths), "update_by_rows": by_rows}

    def saved_metrics(self, graph: Graph) -> list[str]:
        """Return the names in the history of those metrics that a file of the model holds."""
        watched = self.watched_metrics(graph)
        return [name for name, (_, metric) in watched.items() if metrics.configuration(metric) is not None]

    @property
    def unsaved_metrics(self) -> list[str]:
        """The names of the others, which are functions and objects of classes that are not ours."""
        values = [value for part in self.metrics.parts() for value in part or []]
        return [_metric_name(value) for value in values if metrics.configuration(value) is None]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of ``compile``, plain enough for JSON, without the metrics that a file cannot hold."""

        def saved(values: list[object]) -> list[object]:
            configurations = map(metrics.configuration, values)
            return [configuration for configuration in configurations if configuration is not None]

        return {
            "optimizer": self.optimizer.get_config(),
            "loss": self.losses.mapped(lambda loss: loss.get_config()).value,
            "loss_weights": self.loss_weights.value,
            "metrics": self.metrics.mapped(saved).value,
        }


def _metric_name(value: object) -> str:
    return getattr(value, "name", getattr(value, "__name__", repr(value)))


def _weight_gradient(
    paths: Mapping[Layer, str], layer: Layer, name: str, gradient: np.ndarray, rows: slice = slice(None)
) -> WeightGradient:
    penalty = layer.regularizers.get(name)
    return WeightGradient(f"{paths[layer]}/{name}", layer.weights.writable(name), gradient, rows, penalty)
