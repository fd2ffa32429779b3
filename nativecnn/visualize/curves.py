"""Curves of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..training.history import History
from .style import COLOURS, MARKERS, new_figure, width_in_inches

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

_VALIDATION = "val_"
_MOST_MARKED = 30  # epochs; markers of more would touch
_LEGEND_COLUMN = 2.0  # inches

Histories = History | Mapping[str, "History | Sequence[float] | Mapping[str, Sequence[float]]"]


def plot_history(
    histories: Histories,
    *,
    quantities: Sequence[str] | None = None,
    validation_name: str = "validation",
    suptitle: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw loss and metrics by epoch: a panel for each, training as a line, validation as a dashed one.

    One training has a legend in each panel; several share one below, so that it covers no curve.

    Parameters
    ----------
    histories : History, its dict, or mapping of str to History (or dict)
        What :meth:`Model.fit` returned; of several trainings by name, to compare them.
    quantities : sequence of str, optional
        Which, in order; by default all but the learning rate.
    validation_name : str
        What the legend calls the samples not trained on: "test" where they are for nothing else.
    suptitle : str, optional
        Above all.
    figure : Figure or SubFigure, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Figure or SubFigure

    Raises
    ------
    ValueError
        If there is nothing to draw.
    ImportError
        If matplotlib is missing (extra ``plots``).
    """
    named = _by_name(histories)
    found = dict.fromkeys(key.removeprefix(_VALIDATION) for curves in named.values() for key in curves)
    chosen = list(quantities) if quantities is not None else [key for key in found if key != "learning_rate"]
    missing = [key for key in chosen if key not in found]
    if missing or not chosen:
        raise ValueError(f"plot_history: expected some of {list(found)}, got {missing or chosen}")
    if figure is None:
        figure = new_figure(4.0 * len(chosen), 3.2 if len(named) == 1 else 3.7)
    if suptitle:
        figure.suptitle(suptitle, fontsize=11)
    drawn = {}
    for axes, key in zip(figure.subplots(1, len(chosen), squeeze=False)[0], chosen, strict=True):
        for number, (name, curves) in enumerate(named.items()):
            for full_key, line, part in ((key, "-", "training"), (_VALIDATION + key, "--", validation_name)):
                if full_key in curves:
                    values = curves[full_key]
                    label = f"{name}, {part}" if name else part
                    (drawn[label],) = axes.plot(
                        range(1, len(values) + 1),
                        values,
                        line,
                        color=COLOURS[number % len(COLOURS)],
                        marker=MARKERS[number % len(MARKERS)] if len(values) <= _MOST_MARKED else None,
                        markersize=4,
                        markerfacecolor=None if line == "-" else "white",
                        label=label,
                    )
        axes.set_xlabel("epoch")
        axes.set_title(key.replace("_", " "), fontsize=10)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        if len(named) == 1:
            axes.legend(fontsize=8)
    if len(named) > 1:
        columns = min(len(named), max(int(width_in_inches(figure) / _LEGEND_COLUMN), 1))
        figure.legend(handles=list(drawn.values()), loc="outside lower center", ncols=columns, fontsize=8)
    return figure


def _by_name(histories: Histories) -> dict[str, Mapping[str, Sequence[float]]]:
    if isinstance(histories, History):
        return {"": histories.history}
    if histories and not any(isinstance(value, (History, Mapping)) for value in histories.values()):
        return {"": histories}
    return {name: value.history if isinstance(value, History) else value for name, value in histories.items()}
