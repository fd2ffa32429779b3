"""A picture of boxes and lines, written as SVG, PNG or text for graphviz."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from ..extras import import_extra
from .layout import lay_out

FONT_SIZE = 13.0
_LINE = 17.0
_PADDING = 8.0
_CHARACTER = 7.8  # as wide as a letter of the font gets, in pixels
_MARGIN = 16.0
_BETWEEN_ROWS = 30.0
_DARK, _EDGE = "#1f2933", "#52606d"


@dataclass
class Box:
    """A box with lines of text."""

    lines: list[str]
    colour: str

    @property
    def width(self) -> float:
        """In pixels."""
        return max(map(len, self.lines)) * _CHARACTER + 2 * _PADDING

    @property
    def height(self) -> float:
        """In pixels."""
        return len(self.lines) * _LINE + 2 * _PADDING


@dataclass
class Drawing:
    """Boxes with their middles, and lines as points, in pixels from the upper left corner."""

    width: float
    height: float
    boxes: list[tuple[Box, float, float]]
    lines: list[list[tuple[float, float]]]


def drawing_of(boxes: Sequence[Box], edges: Sequence[tuple[int, int]]) -> Drawing:
    """Return the picture of a graph whose edges lead to boxes of larger numbers."""
    layout = lay_out([box.width for box in boxes], edges, gap=24.0)
    heights = [
        max([box.height for box, row in zip(boxes, layout.rows, strict=True) if row == number], default=0.0)
        for number in range(layout.row_count)
    ]
    tops = [_MARGIN + sum(heights[:number]) + number * _BETWEEN_ROWS for number in range(layout.row_count)]

    def middle(row: int) -> float:
        return tops[row] + heights[row] / 2

    lines = []
    for (start, end), path in zip(edges, layout.paths, strict=True):
        points = [(path[0][0], middle(path[0][1]) + boxes[start].height / 2)]
        for x, row in path[1:-1]:  # straight down beside the row's boxes
            points += [(x, tops[row]), (x, tops[row] + heights[row])]
        points.append((path[-1][0], middle(path[-1][1]) - boxes[end].height / 2))
        lines.append([(x + _MARGIN, y) for x, y in points])
    placed = [(box, x + _MARGIN, middle(row)) for box, x, row in zip(boxes, layout.x, layout.rows, strict=True)]
    height = tops[-1] + heights[-1] if tops else 0.0
    return Drawing(layout.width + 2 * _MARGIN, height + _MARGIN, placed, lines)


def as_svg(drawing: Drawing) -> str:
    """Return the picture as a document of its own."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{drawing.width:.0f}" height="{drawing.height:.0f}" '
        f'viewBox="0 0 {drawing.width:.1f} {drawing.height:.1f}" font-family="monospace" font-size="{FONT_SIZE}">',
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 8 4 0 8z" fill="{_EDGE}"/></marker></defs>',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for points in drawing.lines:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{_EDGE}" marker-end="url(#head)"/>')
    for box, x, y in drawing.boxes:
        left, top = x - box.width / 2, y - box.height / 2
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="4" '
            f'fill="{box.colour}" stroke="{_DARK}"/>'
        )
        for number, line in enumerate(box.lines):
            weight = ' font-weight="bold"' if number == 0 else ""
            parts.append(
                f'<text x="{x:.1f}" y="{top + _PADDING + (number + 0.75) * _LINE:.1f}" text-anchor="middle" '
                f'fill="{_DARK}"{weight}>{escape(line)}</text>'
            )
    return "\n".join([*parts, "</svg>", ""])


def save_png(drawing: Drawing, path: str | os.PathLike[str], dpi: float) -> None:
    """Write the picture by matplotlib; at 100 dots an inch one of its pixels is one of the image's.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    """
    figures = import_extra("matplotlib.figure", "plots", "a PNG of a model")
    patches = import_extra("matplotlib.patches", "plots", "a PNG of a model")
    figure = figures.Figure(figsize=(drawing.width / 100, drawing.height / 100), dpi=dpi)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, drawing.width)
    axes.set_ylim(drawing.height, 0)
    axes.axis("off")
    for points in drawing.lines:
        axes.plot(*zip(*points, strict=True), color=_EDGE, linewidth=0.8, zorder=1)
        arrow = {"arrowstyle": "-|>", "color": _EDGE, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", xy=points[-1], xytext=points[-2], arrowprops=arrow, zorder=1)
    for box, x, y in drawing.boxes:
        left, top = x - box.width / 2, y - box.height / 2
        axes.add_patch(
            patches.FancyBboxPatch(
                (left + 4, top + 4),
                box.width - 8,
                box.height - 8,
                boxstyle="round,pad=4",
                facecolor=box.colour,
                edgecolor=_DARK,
                linewidth=0.8,
                zorder=2,
            )
        )
        for number, line in enumerate(box.lines):
            axes.text(
                x,
                top + _PADDING + (number + 0.5) * _LINE,
                line,
                ha="center",
                va="center",
                color=_DARK,
                fontfamily="monospace",
                fontsize=FONT_SIZE * 0.7,
                fontweight="bold" if number == 0 else "normal",
                parse_math=False,
                zorder=3,
            )
    figure.savefig(path, format="png", dpi=dpi)


def as_dot(boxes: Sequence[Box], edges: Sequence[tuple[int, int]]) -> str:
    """Return the graph in graphviz's language."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

    nodes = [
        f'  {number} [label={quoted(chr(10).join(box.lines))}, fillcolor="{box.colour}"];'
        for number, box in enumerate(boxes)
    ]
    head = '  node [shape=box, style="rounded,filled", fontname="monospace"];'
    return "\n".join(["digraph {", head, *nodes, *(f"  {start} -> {end};" for start, end in edges), "}", ""])
