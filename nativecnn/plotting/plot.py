"""The graph of a model's layers, drawn."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .._kernels.floating_point import contract_state
from ..graph import Graph
from ..layers.base import Layer
from ..layers.tensors import Node
from .drawing import Box, as_dot, as_svg, drawing_of, save_png

if TYPE_CHECKING:
    from ..model import Model

# Light fills that differ in brightness too, for print and for colour-blind readers (after Okabe and Ito, 2008).
_INPUT, _WEIGHTS, _PLAIN, _MODEL = "#ffffff", "#b5d8ee", "#f5eec2", "#d9c7dd"


@contract_state
def plot_model(
    model: Model,
    to_file: str | os.PathLike[str] = "model.svg",
    show_shapes: bool = True,
    show_parameters: bool = False,
    expand_nested: bool = False,
    dpi: float = 100,
) -> None:
    """Draw the graph of a model's layers.

    Parameters
    ----------
    model : Model
    to_file : str or path-like
        Where to; the ending says as what: ``.svg``, ``.png`` (which needs matplotlib, extra ``plots``), or ``.dot`` for
        graphviz.
    show_shapes : bool
        Whether to write the shape of one sample's output into each box.
    show_parameters : bool
        Whether to write the number of parameters.
    expand_nested : bool
        Whether to draw the layers of models within the model.
    dpi : float
        Resolution of a PNG in dots an inch.

    Raises
    ------
    ValueError
        If the model is not built, or the file's name ends otherwise.
    ImportError
        If matplotlib is needed and missing.
    OSError
        If the file cannot be written.
    """
    path = Path(to_file)
    ending = path.suffix.lower()
    if ending not in (".svg", ".png", ".dot"):
        raise ValueError(f"plot_model: expected a file named .svg, .png or .dot, got {path.name!r}")
    boxes, edges = _boxes_and_edges(model.graph, show_shapes, show_parameters, expand_nested)
    if ending == ".dot":
        path.write_text(as_dot(boxes, edges), encoding="utf-8")
    elif ending == ".svg":
        path.write_text(as_svg(drawing_of(boxes, edges)), encoding="utf-8")
    else:
        save_png(drawing_of(boxes, edges), path, dpi)


def _boxes_and_edges(
    graph: Graph, show_shapes: bool, show_parameters: bool, expand_nested: bool
) -> tuple[list[Box], list[tuple[int, int]]]:
    boxes = [
        Box([tensor.name, "Input", *([str(tensor.shape)] if show_shapes else [])], _INPUT) for tensor in graph.inputs
    ]
    givers = {tensor: number for number, tensor in enumerate(graph.inputs)}
    edges: list[tuple[int, int]] = []
    for node in graph.nodes if expand_nested else graph.outer_nodes:
        edges += [(givers[tensor], len(boxes)) for tensor in dict.fromkeys(node.inputs)]
        givers |= dict.fromkeys(node.outputs, len(boxes))
        name = graph.paths[node.layer] if expand_nested else node.layer.name
        boxes.append(_box(node, name, show_shapes, show_parameters))
    return boxes, edges


def _box(node: Node, name: str, show_shapes: bool, show_parameters: bool) -> Box:
    layer = node.layer
    lines = [name, type(layer).__name__]
    if show_shapes:
        lines.append(", ".join(str(output.shape) for output in node.outputs))
    if show_parameters and layer.count_params():
        lines.append(f"{layer.count_params():,} parameters")
    plain = _WEIGHTS if layer.count_params() else _PLAIN
    return Box(lines, plain if isinstance(layer, Layer) else _MODEL)
