"""The numerical gradient check: adjust each weight up and down a bit and see how the error changes.

The loss is evaluated in float64 by the reference's definitions, so a nudge of 1e-5 is far above the rounding errors,
and compared with the float32 gradients that backpropagation computes on the backend in use.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from . import reference
from ._kernels.floating_point import contract_state
from .checks import number_between, positive_integer
from .execution.plan import Plan
from .gradients import backpropagated, set_to_next_step
from .random import Stream
from .regularizers import total_penalty
from .training.arguments import Checked, check_compiled, checked_data
from .training.batches import DataSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from .model import Model

# The loss's slopes to both sides differ by nudge * curvature, so halving the nudge halves the gap. Where it does not,
# by more than this part of the slopes, there is a kink within reach.
_KINK = 1e-3


@dataclass
class GradientComparison:
    """How the gradients of one weight, or of the input, compare.

    Attributes
    ----------
    name : str
        "layer/weight", or "input" (of several, "input" and its name).
    shape : tuple of int
    compared : int
        Elements compared.
    kinks : int
        Elements looked at but not compared, as the loss has a kink within the nudge (a ReLU changing sides, another
        maximum winning), where there is no gradient.
    largest_relative_error : float
        Largest ``|numerical - backpropagated| / scale``, the scale being the largest of both and of the root mean
        square of the weight's backpropagated gradient; NaN where nothing was compared.
    index : tuple of int
        Where that is.
    numerical, backpropagated : float
        The two gradients there.
    """

    name: str
    shape: tuple[int, ...]
    compared: int = 0
    kinks: int = 0
    largest_relative_error: float = math.nan
    index: tuple[int, ...] = ()
    numerical: float = math.nan
    backpropagated: float = math.nan


@dataclass
class GradientReport:
    """What :func:`gradient_check` found; print it."""

    tolerance: float
    comparisons: list[GradientComparison] = field(default_factory=list)

    @property
    def largest_relative_error(self) -> float:
        """The largest of all; NaN if any is NaN."""
        errors = [comparison.largest_relative_error for comparison in self.comparisons]
        return math.nan if any(map(math.isnan, errors)) else max(errors, default=math.nan)

    @property
    def passed(self) -> bool:
        """Whether something was compared of every weight and of the input, and every error is within the tolerance."""
        return bool(self.comparisons) and all(
            comparison.largest_relative_error <= self.tolerance for comparison in self.comparisons
        )

    @contract_state
    def __str__(self) -> str:
        width = max([5, *(len(comparison.name) for comparison in self.comparisons)])
        lines = [
            f"gradient check {'passed' if self.passed else 'FAILED'} (tolerance {self.tolerance:g})",
            f"{'':{width}}  {'compared':>8}  {'kinks':>5}  {'largest relative error':>22}  where",
        ]
        for c in self.comparisons:
            where = f"{c.index}: numerical {c.numerical:.7g}, backpropagated {c.backpropagated:.7g}"
            lines.append(
                f"{c.name:{width}}  {c.compared:>8}  {c.kinks:>5}  {c.largest_relative_error:>22.2e}  "
                f"{where if c.compared else 'nothing compared'}"
            )
        return "\n".join(lines)


@contract_state
def gradient_check(
    model: Model,
    x: object,
    y: object,
    *,
    epsilon: float = 1e-5,
    samples_per_weight: int | None = 16,
    tolerance: float = 1e-4,
    seed: int = 0,
) -> GradientReport:
    """Compare the gradients of backpropagation with numerical ones, for every trainable weight and every input.

    Parameters
    ----------
    model : Model
        Compiled; it is not changed.
    x, y : array, or list or dict of them
        A batch, as for :meth:`Model.fit`; a few samples do.
    epsilon : float
        By how much each value is nudged, up and down, and by half as much to tell kinks.
    samples_per_weight : int, optional
        How many elements of each weight are looked at, chosen at random by ``seed``; ``None`` for all.
    tolerance : float
        Largest relative error at which the check passes.

    Returns
    -------
    GradientReport

    Raises
    ------
    TypeError, ValueError, RuntimeError
        As :meth:`Model.fit` does for such data.
    """
    epsilon = number_between(epsilon, "epsilon", low_included=False)
    tolerance = number_between(tolerance, "tolerance")
    if samples_per_weight is not None:
        samples_per_weight = positive_integer(samples_per_weight, "samples_per_weight")
    check_compiled(model)
    data = checked_data(model, x, y)
    data = data._replace(inputs=[array.astype(np.float32) for array in data.inputs])  # so both see the same values
    found = backpropagated(model, data)
    inputs = dict(zip(_input_names(model), found.inputs, strict=True))
    evaluate, arrays = _float64_loss(model, data)
    report = GradientReport(tolerance)
    for name, gradient in (inputs | found.weights).items():
        if gradient is None:  # of tokens, which cannot be nudged
            continue
        count = gradient.size if samples_per_weight is None else min(samples_per_weight, gradient.size)
        chosen = Stream(seed, "gradient check", name).permutation(gradient.size)[:count]
        report.comparisons.append(_compare(name, gradient, arrays[name], chosen, evaluate, epsilon))
    return report


def _float64_loss(model: Model, data: Checked) -> tuple[Callable[[], float], dict[str, np.ndarray]]:
    """Return a function that computes the training loss in float64, and the arrays it computes with, to be nudged."""
    samples, objectives = len(data.inputs[0]), model.compilation.objectives(model.graph)
    plan = Plan(
        model.graph, samples, training=True, dtype=np.float64, loss=objectives, kernels=reference, backward=False
    )
    set_to_next_step(plan, model)
    batch = plan.prepared(samples)
    paths = model.graph.paths
    arrays = {f"{paths[layer]}/{name}": array for layer, named in plan.weights.items() for name, array in named.items()}
    inputs = [array.astype(np.float64) for array in data.inputs]
    arrays |= zip(_input_names(model), inputs, strict=True)
    targets = DataSet(data)

    def evaluate() -> float:
        # Filled anew each time: layers may work in place on the inputs.
        targets.rows(0, samples, batch)
        for buffer, values in zip(batch.inputs, inputs, strict=True):
            buffer[...] = values
        batch.run()
        losses = [(head.objective, math.fsum(head.losses)) for head in batch.heads]
        loss = sum(objective.weight * objective.loss.total(total, samples) for objective, total in losses)
        return loss + total_penalty(reference, model.graph.layers, plan.weights)

    return evaluate, arrays


def _input_names(model: Model) -> list[str]:
    """Return how the report calls the inputs."""
    names = [tensor.name for tensor in model.graph.inputs]
    return ["input"] if len(names) == 1 else [f"input {name}" for name in names]


def _compare(
    name: str,
    gradient: np.ndarray,
    values: np.ndarray,
    chosen: np.ndarray,
    evaluate: Callable[[], float],
    epsilon: float,
) -> GradientComparison:
    comparison = GradientComparison(name, gradient.shape)
    typical = math.sqrt(math.fsum(gradient.reshape(-1).astype(np.float64) ** 2) / max(gradient.size, 1))
    middle = evaluate()
    for number in chosen.tolist():
        index = tuple(int(i) for i in np.unravel_index(number, gradient.shape))
        numerical, is_kink = _slope(values, index, evaluate, middle, epsilon, typical)
        if is_kink:
            comparison.kinks += 1
            continue
        comparison.compared += 1
        backpropagated = float(gradient[index])
        difference = abs(numerical - backpropagated)
        scale = max(abs(numerical), abs(backpropagated), typical)
        error = difference / scale if difference else 0.0
        if comparison.compared == 1 or not error <= comparison.largest_relative_error:
            comparison.largest_relative_error = error
            comparison.index, comparison.numerical, comparison.backpropagated = index, numerical, backpropagated
    return comparison


def _slope(
    values: np.ndarray,
    index: tuple[int, ...],
    evaluate: Callable[[], float],
    middle: float,
    epsilon: float,
    typical: float,
) -> tuple[float, bool]:
    """Return the central difference, extrapolated from two nudges, and whether there is a kink within them."""
    value = values[index]
    slopes, gaps = [], []
    for nudge in (epsilon, epsilon / 2):
        values[index] = value + nudge
        up = evaluate()
        values[index] = value - nudge
        down = evaluate()
        slopes.append((up - down) / (2 * nudge))
        gaps.append((up - middle) / nudge - (middle - down) / nudge)
    values[index] = value
    is_kink = abs(gaps[0] - 2 * gaps[1]) > _KINK * max(abs(slopes[0]), abs(slopes[1]), typical)
    return (4 * slopes[1] - slopes[0]) / 3, is_kink
