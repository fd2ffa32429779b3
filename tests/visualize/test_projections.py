"""Projections beside patches, drawn."""

import io

import numpy as np
import pytest

from nativecnn import visualize

pytest.importorskip("matplotlib", reason="figures need it (extra: plots)")


def numbered(count, channels=1):
    """Return pictures of 2 × 3 pixels, the values of each its number."""
    numbers = np.arange(count, dtype=np.float32).reshape(count, 1, 1, 1)
    return np.broadcast_to(numbers / max(count, 1), (count, 2, 3, channels))


def drawn(figure):
    return [[axes.images[0] for axes in part.axes] for part in figure.subfigs]


def test_pictures_of_a_unit_are_tiles_of_a_square_row_by_row():
    figure = visualize.plot_projections({"unit 0": (-numbered(9), numbered(9))})
    ((left, right),) = drawn(figure)
    for image, sign in ((left, -1), (right, 1)):
        expected = sign * np.arange(9).reshape(3, 3).repeat(2, axis=0).repeat(3, axis=1) / 9
        np.testing.assert_allclose(image.get_array(), expected)


def test_the_last_tiles_may_be_missing():
    ((left, _),) = drawn(visualize.plot_projections({"unit 0": (numbered(3), numbered(3))}))
    missing = np.ma.getmaskarray(left.get_array())
    assert missing[2:, 3:].all() and missing.sum() == 6


def test_zero_is_in_the_middle_of_projections_and_patches_go_from_black_to_white():
    projections = numbered(4) - np.float32(0.5)
    ((left, right),) = drawn(visualize.plot_projections({"unit 0": (projections, numbered(4))}))
    assert left.get_clim() == (-0.5, 0.5) and right.get_clim() == (0.0, 1.0)


def test_projections_in_colours_have_zero_grey():
    projections = np.zeros((1, 2, 3, 3), np.float32)
    projections[0, 0, 0] = [-2, 0, 1]
    ((left, _),) = drawn(visualize.plot_projections({"unit 0": (projections, numbered(1, channels=3))}))
    assert np.allclose(left.get_array()[0, 0], [0, 0.5, 0.75]) and np.allclose(left.get_array()[1], 0.5)


def test_units_are_in_rows_with_their_titles():
    pair = numbered(4), numbered(4)
    figure = visualize.plot_projections({f"unit {n}": pair for n in range(5)}, columns=2, suptitle="conv1")
    assert figure.get_suptitle() == "conv1" and len(figure.subfigs) == 6
    by_rows = sorted(figure.subfigs, key=lambda part: (-part.bbox.y0, part.bbox.x0))
    assert [part.get_suptitle() for part in by_rows] == [*(f"unit {n}" for n in range(5)), ""]
    figure.savefig(io.BytesIO(), format="png")


def test_draws_into_a_part_of_a_figure():
    figure = visualize.new_figure(6, 3)
    left, _ = figure.subfigures(1, 2)
    assert visualize.plot_projections({"unit 0": (numbered(4), numbered(4))}, figure=left) is left


def test_errors():
    with pytest.raises(ValueError, match="plot_projections: expected at least one unit, got none"):
        visualize.plot_projections({})
    for projections, patches in (
        (numbered(4), numbered(3)),
        (numbered(0), numbered(0)),
        (numbered(4, channels=2), numbered(4, channels=2)),
        (numbered(4)[0], numbered(4)[0]),
    ):
        with pytest.raises(ValueError, match="'edge': expected projections and patches of one shape"):
            visualize.plot_projections({"edge": (projections, patches)})
