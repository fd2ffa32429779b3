"""What a model's summary prints."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .execution.plan import planned_bytes
from .layers.base import Layer
from .layers.tensors import Node

if TYPE_CHECKING:
    from .model import Model

_HEADER = ("layer", "output shape", "parameters", "multiply-adds", "memory", "algorithm", "takes")
_SIDES = "<<>>><<"
_BYTES = 4  # a value's


def summary_lines(model: Model, expand_nested: bool) -> list[str]:
    """Return the lines of :meth:`Model.summary`."""
    graph = model.graph
    is_chain = _is_chain(graph.outer_nodes)
    rows = list(_rows(graph.outer_nodes, expand_nested, ""))
    rows.append(("total", "", f"{model.count_params():,}", f"{model.multiply_adds():,}", "", "", ""))
    columns = 6 if is_chain else 7
    widths = [max(map(len, column)) for column in zip(_HEADER, *rows, strict=True)][:columns]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    lines = [
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, _SIDES, widths, strict=False)).rstrip()
        for row in [_HEADER, *rows]
    ]
    inputs = ", ".join(f"({', '.join(['samples', *map(str, tensor.shape)])})" for tensor in graph.inputs)
    return [
        f"{model.name}: input {inputs}",
        rule,
        lines[0],
        rule,
        *lines[1:-1],
        rule,
        lines[-1],
        rule,
        *_closing_lines(model),
    ]


def _rows(nodes: Sequence[Node], expand_nested: bool, indent: str) -> Iterator[tuple[str, ...]]:
    counted: set[object] = set()
    for node in nodes:
        layer = node.layer
        again = layer in counted  # its weights are shared
        counted.add(layer)
        shapes = [tensor.shape for tensor in node.outputs]
        is_layer = isinstance(layer, Layer)  # not a model within the model
        yield (
            f"{indent}{layer.name} ({type(layer).__name__})",
            ", ".join(map(str, shapes)),
            "shared" if again and layer.count_params() else f"{layer.count_params():,}",
            f"{layer.multiply_adds(node.input_shape) if is_layer else layer.multiply_adds():,}",
            _size(sum(_BYTES * math.prod(shape) for shape in shapes)),
            layer.chosen_algorithm(node.input_shape) if is_layer else "",
            ", ".join(tensor.name for tensor in node.inputs),
        )
        if expand_nested and not is_layer:
            yield from _rows(layer.graph.outer_nodes, expand_nested, f"{indent}  ")


def _is_chain(nodes: Sequence[Node]) -> bool:
    """Return whether each node takes what the one before gives."""
    return all(node.inputs == before.outputs for before, node in zip(nodes, nodes[1:], strict=False))


def _closing_lines(model: Model) -> Iterator[str]:
    graph, total = model.graph, model.count_params()
    trained = sum(weight.size for weight in model.trainable_weights.values())
    if trained != total:
        yield f"not trainable: {total - trained:,} of the parameters"
    yield f"memory: {_size(_BYTES * total)} for the weights, {_size(planned_bytes(graph, 1))} to predict one sample"


def _size(count: int) -> str:
    """Return a number of bytes as people read it."""
    if count < 1000:
        return f"{count} B"
    scale = 1
    while count >= 1000 * 1000**scale and scale < 4:
        scale += 1
    return f"{count / 1000**scale:.3g} {' kMGT'[scale]}B"
