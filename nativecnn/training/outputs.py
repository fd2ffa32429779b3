"""Which of a model's outputs have losses and metrics, as ``compile`` was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import losses, metrics
from ..checks import number_between
from ..layers.steps import Shape
from ..layers.tensors import numbered
from ..losses import Loss, Objective
from ..metrics import Metric

if TYPE_CHECKING:
    from ..graph import Graph


class WatchedMetric(NamedTuple):
    """A metric, and the number of the output that it is about among those that have losses."""

    head: int
    metric: Metric


class Output(NamedTuple):
    """An output that has a loss."""

    name: str
    shape: Shape
    objective: Objective
    metrics: dict[str, Metric]
    """By their names in the history."""

    @property
    def loss(self) -> Loss:
        """The output's loss."""
        return self.objective.loss


class ByOutput:
    """Something that is the same for all outputs, or given for each: by place (a list) or by name (a dict).

    Parameters
    ----------
    value : object
        None where there is nothing of the kind.
    what : str
        How errors call it.
    """

    def __init__(self, value: object, what: str) -> None:
        self.value = value
        self.what = what

    def of(self, names: list[str]) -> list[Any]:
        """Return what each of the outputs has.

        Raises
        ------
        ValueError
            If the list has another length, or the dict another name.
        """
        value, what = self.value, self.what
        if isinstance(value, Mapping):
            unknown = [name for name in value if name not in names]
            if unknown:
                raise ValueError(f"{what}: expected by name the outputs {', '.join(names)}, got {unknown[0]!r}")
            return [value.get(name) for name in names]
        if isinstance(value, list):
            if len(value) != len(names):
                raise ValueError(
                    f"{what}: expected one for each of {len(names)} outputs ({', '.join(names)}), got {len(value)}"
                )
            return value
        return [value] * len(names)

    def mapped(self, function: Callable[[object], object]) -> ByOutput:
        """Return the same with a function applied to each part that is not None."""

        def apply(part: object) -> object:
            return None if part is None else function(part)

        if isinstance(self.value, Mapping):
            return ByOutput({name: apply(part) for name, part in self.value.items()}, self.what)
        if isinstance(self.value, list):
            return ByOutput([apply(part) for part in self.value], self.what)
        return ByOutput(apply(self.value), self.what)

    def parts(self) -> list[Any]:
        """Return all that is given, in the order in which it was."""
        if isinstance(self.value, Mapping):
            return list(self.value.values())
        return self.value if isinstance(self.value, list) else [self.value]


def chosen_losses(value: object) -> ByOutput:
    """Return the losses that ``compile`` is given: one for all outputs, a list, or a dict by the outputs' names.

    A dict with a text as "name" is the configuration of one loss.
    """
    if isinstance(value, Mapping) and isinstance(value.get("name"), str):
        value = losses.get(value)
    return ByOutput(_as_list(value), "loss").mapped(losses.get)


def chosen_weights(value: object) -> ByOutput:
    """Return the weights of the outputs' losses: a list, or a dict by the outputs' names, of numbers of at least 0."""
    if value is not None and not isinstance(value, (list, tuple, Mapping)):
        raise TypeError(f"loss_weights: expected a list, or a dict by the outputs' names, got {value!r}")
    return ByOutput(_as_list(value), "loss_weights").mapped(lambda weight: number_between(weight, "loss_weights"))


def chosen_metrics(value: object) -> ByOutput:
    """Return the metrics that ``compile`` is given: a list for the only output, a list of lists, or a dict of lists."""
    is_dict = isinstance(value, Mapping) and "class" not in value
    is_list = isinstance(value, (list, tuple)) and any(isinstance(part, (list, tuple)) for part in value)
    if is_dict or is_list:
        return ByOutput(_as_list(value), "metrics").mapped(metrics.check_names)
    return ByOutput([metrics.check_names(value)], "metrics")


def trained_outputs(graph: Graph, chosen: ByOutput, weights: ByOutput, watched: ByOutput) -> list[Output | None]:
    """Return the outputs of a graph, None for those that have no loss.

    Raises
    ------
    ValueError
        If a loss or a metric does not take outputs of its shape, two metrics have one name, or something is given for
        an output that there is not.
    """
    names = output_names(graph)
    several = len(names) > 1
    found: list[Output | None] = []
    parts = zip(graph.outputs, names, chosen.of(names), weights.of(names), _metrics_of(watched, names), strict=True)
    for tensor, name, loss, weight, values in parts:
        if loss is None:
            if values:
                raise ValueError(f"metrics: expected none for output {name!r}, as it has no loss, got {len(values)}")
            found.append(None)
            continue
        objective = Objective(loss, 1.0 if weight is None else weight)
        prefix = f"{name}_" if several else ""
        found.append(Output(name, tensor.shape, objective, _resolved(values, loss, tensor.shape, prefix)))
    return found


def output_names(graph: Graph) -> list[str]:
    """Return the names of the outputs: those of the layers that give them, numbered where one gives several."""
    names: list[str] = []
    for tensor in graph.outputs:
        names.append(numbered(tensor.name, names))
    return names


def _metrics_of(watched: ByOutput, names: list[str]) -> list[list[object]]:
    if watched.value == [[]]:
        return [[] for _ in names]
    return [part or [] for part in watched.of(names)]


def _resolved(values: list[object], loss: Loss, shape: Shape, prefix: str) -> dict[str, Metric]:
    loss.check_output(shape)
    target_shape = loss.target_shape(shape)
    resolved: dict[str, Metric] = {}
    for value in values:
        name, metric = metrics.get(value, loss, shape)
        if name in resolved or name == "loss":
            raise ValueError(f"metrics: expected names of their own, got {name!r} again")
        metric.check_shapes(target_shape, shape)
        resolved[name] = metric
    return {f"{prefix}{name}": metric for name, metric in resolved.items()}


def _as_list(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
