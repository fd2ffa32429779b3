import pytest

from nativecnn import visualize
from nativecnn.training.history import History

pytest.importorskip("matplotlib", reason="figures need it (extra: plots)")

CURVES = {"loss": [2.0, 1.0], "accuracy": [0.5, 0.75], "val_loss": [2.5, 1.5], "learning_rate": [0.1, 0.1]}


def lines(figure):
    return [[(line.get_label(), list(line.get_ydata())) for line in axes.lines] for axes in figure.get_axes()]


@pytest.mark.parametrize("history", [CURVES, History(CURVES, [0, 1])])
def test_each_quantity_has_a_panel_with_training_and_validation(history):
    figure = visualize.plot_history(history, suptitle="a training")
    assert lines(figure) == [[("training", [2.0, 1.0]), ("validation", [2.5, 1.5])], [("training", [0.5, 0.75])]]
    assert [axes.get_title() for axes in figure.get_axes()] == ["loss", "accuracy"]
    assert list(figure.get_axes()[0].lines[0].get_xdata()) == [1, 2]


def test_trainings_are_compared_by_name():
    figure = visualize.plot_history({"a": History({"loss": [1.0]}), "b": {"loss": [2.0, 3.0]}}, quantities=["loss"])
    assert lines(figure) == [[("a, training", [1.0]), ("b, training", [2.0, 3.0])]]
    first, second = figure.get_axes()[0].lines
    assert first.get_color() != second.get_color() and first.get_marker() != second.get_marker()


@pytest.mark.parametrize(
    "history, quantities, message",
    [
        ({}, None, r"got \[\]"),
        (CURVES, ["error"], r"expected some of \['loss', .*got \['error'\]"),
        (CURVES, [], "got"),
    ],
)
def test_without_anything_to_draw_there_is_an_error(history, quantities, message):
    with pytest.raises(ValueError, match=message):
        visualize.plot_history(history, quantities=quantities)
