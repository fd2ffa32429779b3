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
    assert not figure.legends and all(axes.get_legend() for axes in figure.get_axes())


def test_trainings_are_compared_by_name():
    figure = visualize.plot_history({"a": History({"loss": [1.0]}), "b": {"loss": [2.0, 3.0]}}, quantities=["loss"])
    assert lines(figure) == [[("a, training", [1.0]), ("b, training", [2.0, 3.0])]]
    first, second = figure.get_axes()[0].lines
    assert first.get_color() != second.get_color() and first.get_marker() != second.get_marker()


def test_several_trainings_share_a_legend_that_covers_no_curve():
    figure = visualize.plot_history({"a": CURVES, "b": {"loss": [3.0, 2.0]}}, validation_name="test")
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a, training", "a, test", "b, training"]
    figure.draw_without_rendering()
    assert all(legend.get_window_extent().y1 < axes.get_tightbbox().y0 for axes in figure.get_axes())


def test_a_part_of_a_figure_has_its_own_legend():
    left, _ = visualize.new_figure(8, 4).subfigures(1, 2)
    assert visualize.plot_history({"a": CURVES, "b": CURVES}, figure=left) is left
    left.figure.draw_without_rendering()
    assert left.legends[0].get_window_extent().x1 <= left.bbox.x1


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
