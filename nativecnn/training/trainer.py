"""Single steps of training, and the plans that they are made with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..execution.plan import KEPT_SIZES, Plan, PreparedBatch
from ..execution.pool import Loan
from ..layers.weights import Change
from ..metrics import Measure, Metric
from ..regularizers import total_penalty
from .position import Sums

if TYPE_CHECKING:
    from ..model import Model


class PlanOnLoan:
    """A model's plan for one purpose, replaced by a larger one when a batch needs it; a context manager."""

    def __init__(self, model: Model, purpose: str) -> None:
        self._model, self._purpose = model, purpose
        self._loan: Loan | None = None
        self._plan: Plan | None = None
        self._weighted = False

    @property
    def plan(self) -> Plan:
        """The plan of the latest batch."""
        return self._plan

    def prepared(self, samples: int, weighted: bool = False) -> PreparedBatch:
        """Return the plan's views and calls for a batch, whose samples may have weights."""
        return self.reserve(samples, weighted).prepared(samples)

    def reserve(self, samples: int, weighted: bool = False) -> Plan:
        """Return the plan, now one that takes batches of so many samples.

        Raises
        ------
        MemoryError
            If there is not enough memory for it.
        """
        if self._plan is None or self._plan.batch_size < samples or self._weighted is not weighted:
            self.give_back()
            self._loan = self._model._lend_plan(self._purpose, samples, weighted)
            self._plan, self._weighted = self._loan.__enter__(), weighted
        return self._plan

    def give_back(self) -> None:
        """Leave the plan to others."""
        if self._loan is not None:
            loan, self._loan, self._plan = self._loan, None, None
            loan.__exit__(None, None, None)

    def __enter__(self) -> PlanOnLoan:
        return self

    def __exit__(self, kind: object, value: object, traceback: object) -> None:
        self.give_back()


class Trainer:
    """Makes steps with a plan, and averages what they give."""

    def __init__(self, model: Model, loan: PlanOnLoan, sums: Sums, seed: int) -> None:
        self._model = model
        self._loan = loan
        self._seed = seed
        self._compilation = model.compilation
        self._measures = Measures(model)
        self._penalized = [layer for layer in model.graph.layers if layer.regularizers]
        self.sums = sums
        """What the steps are added to."""

    def step(self, batch: PreparedBatch) -> None:
        """Train with a batch whose inputs and targets are filled in."""
        plan = self._loan.plan
        plan.clock.seed, plan.clock.step = self._seed, self._compilation.state.iterations
        penalty = total_penalty(plan.kernels, self._penalized)  # before the weights change
        batch.run_to_updates()
        self._compilation.optimizer.begin_step(self._compilation.state)  # now: a step that fails earlier does not count
        batch.run_updates()
        self._measures.add(plan, batch, self.sums)
        self.sums.penalty += penalty * batch.samples

    def averages(self) -> dict[str, float]:
        """Return loss and metrics over the samples of the steps."""
        return self._measures.averages(self.sums)


class Measures:
    """The loss and the metrics of a model, measured in the batches of plans."""

    def __init__(self, model: Model) -> None:
        self._outputs = model.compilation.trained_outputs(model.graph)
        self._names_losses = len(model.graph.outputs) > 1
        self._metrics = model.compilation.watched_metrics(model.graph)
        self._plan: Plan | None = None
        self._prepared: dict[PreparedBatch, list[tuple[str, Metric, Measure]]] = {}

    def add(self, plan: Plan, batch: PreparedBatch, sums: Sums) -> None:
        """Add what a batch comes to, after its run."""
        sums.batches += 1
        sums.samples += batch.samples
        losses = [plan.kernels.sum_losses(head.losses) for head in batch.heads]
        sums.losses = [before + now for before, now in zip(sums.losses or [0.0] * len(losses), losses, strict=True)]
        for name, metric, measure in self._prepared_for(plan, batch):
            metric.accumulate(sums.metrics.setdefault(name, []), measure())

    def averages(self, sums: Sums, penalty: float | None = None) -> dict[str, float]:
        """Return loss and metrics over all samples of the batches, none where there are none.

        The loss contains the weights' penalty, by default the mean of those in the sums.
        """
        if not sums.samples:
            return {}
        totals = [
            output.loss.total(total, sums.samples) for output, total in zip(self._outputs, sums.losses, strict=True)
        ]
        loss = sum(output.objective.weight * total for output, total in zip(self._outputs, totals, strict=True))
        values = {"loss": loss + (sums.penalty / sums.samples if penalty is None else penalty)}
        if self._names_losses:
            values |= {f"{output.name}_loss": total for output, total in zip(self._outputs, totals, strict=True)}
        return values | {
            name: metric.result(sums.metrics[name], sums.samples) for name, (_, metric) in self._metrics.items()
        }

    def _prepared_for(self, plan: Plan, batch: PreparedBatch) -> list[tuple[str, Metric, Measure]]:
        if self._plan is not plan or len(self._prepared) > KEPT_SIZES:
            self._plan, self._prepared = plan, {}
        prepared = self._prepared.get(batch)
        if prepared is None:
            prepared = self._prepared[batch] = [
                (
                    name,
                    metric,
                    metric.prepare(plan.kernels, batch.heads[head].target_rows.rows, batch.heads[head].output),
                )
                for name, (head, metric) in self._metrics.items()
            ]
        return prepared


class WeightsChanging:
    """While it is entered, nothing is kept of the weights that training changes."""

    def __init__(self, model: Model) -> None:
        self._changes = [Change(layer.weights) for layer in model.graph.layers if layer.trainable and layer.weights]
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
        error = None
        while self._begun:  # not over an iterator, for which there might be no memory
            self._begun -= 1
            change = self._changes[self._begun]
            try:
                change.end()
            except MemoryError as first:  # the others are to end nevertheless, and this one may the second time
                error = first
                change.end()
        if error is not None and kind is None:
            raise error
