import numpy as np
import pytest

from nativecnn import layers, visualize
from nativecnn.random import Stream

pytest.importorskip("matplotlib", reason="figures need it (extra: plots)")


def drawn(figure):
    """Return the arrays that the figure's pictures show, in order, without masks."""
    return [np.asarray(image.get_array()) for axes in figure.get_axes() for image in axes.images]


def limits(figure):
    return {image.get_clim() for axes in figure.get_axes() for image in axes.images}


def texts(figure):
    return [text.get_text() for axes in figure.get_axes() for text in axes.texts]


def test_pictures_of_every_form_are_drawn_as_they_are():
    values = Stream(0, "pictures").uniform((4, 5))
    colours = Stream(0, "colours").uniform((3, 2, 3))
    figure = visualize.plot_images([values, values[:, :, None], colours], ["a", "b", "c"], suptitle="all")
    for array, expected in zip(drawn(figure), [values, values, colours], strict=True):
        np.testing.assert_array_equal(array, expected)
    assert [axes.get_title() for axes in figure.get_axes()] == ["a", "b", "c"]
    assert figure.get_suptitle() == "all"


@pytest.mark.parametrize(
    "given, expected", [("shared", {(-3.0, 2.0)}), ("symmetric", {(-3.0, 3.0)}), ((0, 1), {(0.0, 1.0)})]
)
def test_pictures_share_their_limits(given, expected):
    assert limits(visualize.plot_images([np.array([[-3.0, 1.0]]), np.array([[2.0, np.nan]])], limits=given)) == expected


def test_without_limits_each_picture_has_its_own():
    assert limits(visualize.plot_images([np.array([[-3.0, 1.0]]), np.array([[2.0, 5.0]])])) == {(-3, 1), (2, 5)}


def test_constant_and_unbounded_pictures_have_limits_too():
    assert limits(visualize.plot_images([np.zeros((2, 2))], limits="symmetric")) == {(-1, 1)}
    assert limits(visualize.plot_images([np.full((2, 2), np.inf)], limits="shared")) == {(0, 1)}


def test_numbers_are_written_into_the_pixels_in_a_colour_that_is_seen():
    figure = visualize.plot_images([np.array([[0.0, 1.0]])], numbers="{:.1f}", limits=(0, 1))
    assert texts(figure) == ["0.0", "1.0"]
    assert [text.get_color() for text in figure.get_axes()[0].texts] == ["white", "black"]
    assert texts(visualize.plot_images([np.array([[2]])], numbers=lambda value: f"<{value}>")) == ["<2>"]


@pytest.mark.parametrize("width, height, columns", [(3, 9, 1), (3, 4, 1), (9, 1.5, 3)])
def test_numbers_fit_into_their_pixels_however_narrow_or_low_the_figure_is(tmp_path, width, height, columns):
    figure = visualize.new_figure(width, height)
    visualize.plot_images(np.full((3, 4, 4), -0.25), "abc", columns=columns, numbers="{:.2f}", figure=figure)
    figure.savefig(tmp_path / "picture.png")
    for axes in figure.get_axes():
        pixel = axes.get_window_extent().width / 4
        assert max(text.get_window_extent().width for text in axes.texts) < pixel


@pytest.mark.parametrize(
    "count, columns, grid", [(3, None, (1, 3)), (8, None, (2, 5)), (50, None, (5, 10)), (3, 2, (2, 2))]
)
def test_the_grid_has_as_many_columns_as_asked_for(count, columns, grid):
    figure = visualize.plot_images(np.zeros((count, 2, 2)), columns=columns)
    assert figure.get_axes()[0].get_gridspec().get_geometry() == grid


def test_a_part_of_a_figure_can_be_drawn_into():
    whole = visualize.new_figure(6, 3)
    left, right = whole.subfigures(1, 2)
    assert visualize.plot_images(np.zeros((2, 3, 3)), figure=left) is left
    visualize.plot_kernels(np.ones((3, 3, 1, 4)), figure=right)
    assert len(whole.get_axes()) == 6


@pytest.mark.parametrize(
    "images, message",
    [
        ([], "expected at least one picture, got none"),
        (np.zeros((2, 3, 3, 2)), r"with 1 or 3 channels or none, got shape \(3, 3, 2\) as number 0"),
        ([np.zeros((2, 2)), np.zeros((0, 2))], r"got shape \(0, 2\) as number 1"),
    ],
)
def test_what_is_no_picture_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        visualize.plot_images(images)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"titles": ["a"]}, "expected 2 titles, got 1"),
        ({"limits": "both"}, "limits: expected None, .*, got 'both'"),
        ({"columns": 0}, "plot_images: columns"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        visualize.plot_images(np.zeros((2, 3, 3)), **settings)


def test_kernels_of_one_channel_are_one_picture_a_filter():
    layer = layers.Conv2D(4, 3)
    layer.build((8, 8, 1))
    figure = visualize.plot_kernels(layer)
    kernel = layer.weights["kernel"]
    np.testing.assert_array_equal(drawn(figure), np.moveaxis(kernel[:, :, 0], 2, 0))
    most = float(np.abs(kernel).max())
    assert limits(figure) == {(-most, most)}


def test_kernels_of_three_channels_are_colours_around_grey():
    kernel = Stream(0, "kernel").uniform((3, 3, 3, 2)) - 0.5
    kernel[0, 0, :, 0] = 0
    pictures = np.array(drawn(visualize.plot_kernels(kernel)))
    assert pictures.shape == (2, 3, 3, 3) and 0 <= pictures.min() and pictures.max() <= 1
    np.testing.assert_array_equal(pictures[0, 0, 0], 0.5)


def test_kernels_of_many_channels_have_a_row_for_each():
    kernel = Stream(0, "kernel").uniform((3, 3, 2, 5))
    figure = visualize.plot_kernels(kernel)
    assert figure.get_axes()[0].get_gridspec().get_geometry() == (2, 5)
    np.testing.assert_array_equal(drawn(figure)[5], kernel[:, :, 1, 0])


def test_what_has_no_kernel_is_refused():
    with pytest.raises(ValueError, match="expected a built layer with a kernel, got .*flatten"):
        visualize.plot_kernels(layers.Flatten(name="flatten"))
    with pytest.raises(ValueError, match=r"expected a kernel .*, got shape \(3, 3\)"):
        visualize.plot_kernels(np.zeros((3, 3)))


def test_feature_maps_have_a_row_for_each_layer():
    maps = {"first": np.arange(32.0).reshape(1, 4, 4, 2), "second": np.arange(12.0).reshape(2, 2, 3)}
    figure = visualize.plot_feature_maps(maps, channels=2)
    np.testing.assert_array_equal(drawn(figure)[1], maps["first"][0, :, :, 1])
    assert len(drawn(figure)) == 4 and limits(figure) == {(0, 31), (0, 11)}
    assert [part.get_suptitle() for part in figure.subfigs] == ["first: 2 of 4 × 4", "second: 3 of 2 × 2"]


@pytest.mark.parametrize("maps, message", [({}, "got none"), ({"a": np.zeros((2, 4, 4, 1))}, r"'a': .*\(2, 4, 4, 1\)")])
def test_what_are_no_feature_maps_is_refused(maps, message):
    with pytest.raises(ValueError, match=message):
        visualize.plot_feature_maps(maps)
