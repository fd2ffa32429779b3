"""Where the boxes of a graph without cycles go: in rows, what feeds above what it feeds.

The method is that of Sugiyama, Tagawa and Toda ("Methods for visual understanding of hierarchical system structures",
1981): rows by the longest path, a place in every row that an edge passes, orders by the mean place of the neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_SWEEPS = 8


@dataclass(eq=False)
class Place:
    """Room for a box, or for an edge that passes a row (which has no number)."""

    box: int | None
    width: float
    above: list[Place] = field(default_factory=list)
    below: list[Place] = field(default_factory=list)
    x: float = 0.0
    """Of the middle."""


@dataclass
class Layout:
    """Middles of boxes, and by edge the points between its ends."""

    x: list[float]
    rows: list[int]
    paths: list[list[tuple[float, int]]]
    """By edge: x and row of each place that it passes, from its first box to its last."""
    row_count: int
    width: float


def lay_out(widths: Sequence[float], edges: Sequence[tuple[int, int]], gap: float) -> Layout:
    """Return where boxes of the given widths go, numbered so that every edge leads to a larger number.

    Parameters
    ----------
    widths : sequence of float
        Of the boxes.
    edges : sequence of (from, to)
    gap : float
        Least distance between neighbours of a row.
    """
    rows = _rows(len(widths), edges)
    grid: list[list[Place]] = [[] for _ in range(max(rows, default=-1) + 1)]
    places = [Place(number, width) for number, width in enumerate(widths)]
    for place, row in zip(places, rows, strict=True):
        grid[row].append(place)
    paths = []
    for start, end in edges:
        path = [places[start]]
        for row in range(rows[start] + 1, rows[end]):
            passing = Place(None, 0.0)
            grid[row].append(passing)
            path.append(passing)
        path.append(places[end])
        for upper, lower in zip(path, path[1:], strict=False):
            upper.below.append(lower)
            lower.above.append(upper)
        paths.append(path)
    _order(grid)
    _spread(grid, gap)
    left = min((place.x - place.width / 2 for row in grid for place in row), default=0.0)
    for row in grid:
        for place in row:
            place.x -= left
    row_of = {place: number for number, row in enumerate(grid) for place in row}
    return Layout(
        [place.x for place in places],
        rows,
        [[(place.x, row_of[place]) for place in path] for path in paths],
        len(grid),
        max((place.x + place.width / 2 for row in grid for place in row), default=0.0),
    )


def _rows(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Return the row of each box: one below the lowest of those that feed it."""
    rows = [0] * count
    for start, end in sorted(edges, key=lambda edge: edge[1]):
        rows[end] = max(rows[end], rows[start] + 1)
    return rows


def _order(grid: list[list[Place]]) -> None:
    """Order each row by the mean place of the neighbours in the row above, then in that below, several times."""
    for sweep in range(_SWEEPS):
        downwards = sweep % 2 == 0
        for number in range(1, len(grid)) if downwards else range(len(grid) - 2, -1, -1):
            other = grid[number - 1] if downwards else grid[number + 1]
            index = {place: position for position, place in enumerate(other)}
            row = grid[number]
            means = {
                place: _mean([index[neighbour] for neighbour in (place.above if downwards else place.below)], position)
                for position, place in enumerate(row)
            }
            row.sort(key=means.__getitem__)


def _spread(grid: list[list[Place]], gap: float) -> None:
    """Choose positions in the rows' orders: by the mean of the places below, then above; chains become straight."""
    for row in grid:
        _set_apart(row, [0.0] * len(row), gap)
    for upwards in [False, True] * _SWEEPS + [False]:
        for row in grid[::-1] if upwards else grid:
            wanted = [
                _mean([neighbour.x for neighbour in (place.below if upwards else place.above)], place.x)
                for place in row
            ]
            _set_apart(row, wanted, gap)


def _set_apart(row: list[Place], wanted: list[float], gap: float) -> None:
    """Set positions near the wanted ones, with gaps: groups that touch move together to their mean offset."""
    groups: list[tuple[list[Place], list[float], float]] = []  # places, offsets within, position of the first
    for place, target in zip(row, wanted, strict=True):
        members, offsets, start = [place], [0.0], target
        while groups:
            earlier, earlier_offsets, earlier_start = groups[-1]
            distance = (earlier[-1].width + members[0].width) / 2 + gap
            end = earlier_start + earlier_offsets[-1]
            if end + distance <= start:
                break
            groups.pop()
            shift = earlier_offsets[-1] + distance
            count = len(earlier) + len(members)
            start = (earlier_start * len(earlier) + (start - shift) * len(members)) / count
            members = earlier + members
            offsets = earlier_offsets + [shift + offset for offset in offsets]
        groups.append((members, offsets, start))
    for members, offsets, start in groups:
        for place, offset in zip(members, offsets, strict=True):
            place.x = start + offset


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
