"""How a model is trained, and what that has come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from .. import metrics
from ..layers.base import Call, Layer, Shape
from ..losses import Loss
from ..metrics import Metric
from ..optimizers import Optimizer, OptimizerState, WeightGradient
from .position import Position, Run


@dataclass
class Compilation:
    """How a model is trained, and what that has come to.

    Attributes
    ----------
    state : OptimizerState
        What the optimizer remembers of the model.
    epochs_begun : int
        How many epochs have been begun; each has an order of its own.
    position : Position or None
        Where the training stands. None where that is not known: within a step, also after one that an error ended,
        in a model whose file does not tell, and after compiling a trained model again.
    """

    optimizer: Optimizer
    loss: Loss | None
    metrics: list[object]
    state: OptimizerState = field(default_factory=OptimizerState)
    epochs_begun: int = 0
    position: Position | None = field(default_factory=Position)

    @property
    def was_trained(self) -> bool:
        """Whether ``fit`` has begun a training, or may have."""
        return self.position is None or self.position.run is not None

    def begin(self, run: Run, epoch: int) -> None:
        """Begin a training with an epoch; if it is not the first one, the orders continue from there."""
        if epoch:
            self.epochs_begun = epoch
        self.position = Position(run, epoch, self.epochs_begun)

    def resume(self, run: Run, resolved: Mapping[str, Metric]) -> None:
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
        if position.run is None:
            self.begin(run, 0)
            return
        run.check_continues(position.run)
        watched = position.sums.metrics
        if position.sums.samples and set(watched) != set(resolved):
            expected, got = (", ".join(names) or "none" for names in (watched, resolved))
            raise ValueError(f"fit: expected for resume=True the metrics of before, {expected}, got {got}")
        for name, sums in watched.items():
            resolved[name].check_sums(sums)

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
    def saved_metrics(self) -> list[str]:
        """The names in the history of those metrics that a file of the model holds."""
        return [_metric_name(value) for value in self.metrics if metrics.configuration(value) is not None]

    @property
    def unsaved_metrics(self) -> list[str]:
        """The names of the others, which are functions and objects of classes that are not ours."""
        return [_metric_name(value) for value in self.metrics if metrics.configuration(value) is None]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of ``compile``, plain enough for JSON, without the metrics that a file cannot hold."""
        configurations = [metrics.configuration(value) for value in self.metrics]
        return {
            "optimizer": self.optimizer.get_config(),
            "loss": None if self.loss is None else self.loss.get_config(),
            "metrics": [value for value in configurations if value is not None],
        }


def _metric_name(value: object) -> str:
    return value if isinstance(value, str) else getattr(value, "name", getattr(value, "__name__", repr(value)))
