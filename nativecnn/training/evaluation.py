"""Evaluation: loss and metrics of given weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..callbacks import CallbackList
from ..ops.backend import kernels
from ..regularizers import total_penalty
from .position import Sums
from .sources import Source
from .trainer import Measures, PlanOnLoan

if TYPE_CHECKING:
    from ..model import Model


def evaluate(model: Model, source: Source, callbacks: CallbackList) -> dict[str, float]:
    """Return loss and metrics over all samples; they do not depend on how these are cut into batches."""
    losses: list[list[np.ndarray]] = []
    sums, measures = Sums(), Measures(model)
    penalty = total_penalty(kernels(), model.graph.layers)
    callbacks.call("on_test_begin", {})
    with PlanOnLoan(model, "test") as loan:
        for number, given in enumerate(source.in_their_order()):
            batch = loan.prepared(given.samples, given.weighted)
            given.fill(batch)
            if callbacks:
                callbacks.call("on_test_batch_begin", number, {})
            batch.run()
            losses.append([head.losses.copy() for head in batch.heads])
            measures.add(loan.plan, batch, sums)
            if callbacks:
                callbacks.call("on_test_batch_end", number, measures.averages(sums, penalty))
        # The sum of batches' sums depends on their size.
        sums.losses = [loan.plan.kernels.sum_losses(np.concatenate(parts)) for parts in zip(*losses, strict=True)]
    result = measures.averages(sums, penalty)
    callbacks.call("on_test_end", result)
    return result


def as_result(values: dict[str, float], return_dict: bool) -> Any:
    """Return values as ``evaluate`` does: a dict if wanted, else one number, or a list where there are metrics."""
    if return_dict:
        return values
    numbers = list(values.values())
    return numbers[0] if len(numbers) == 1 else numbers
