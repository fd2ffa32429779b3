"""The claims of the lesson on filters."""

import numpy as np
import pytest

KEEP_BRIGHTNESS = ("original", "sharpen", "blur", "emboss")
EDGES = ("edge enhance", "edge detect", "top edge", "left edge")


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("photograph_filters")


@pytest.mark.parametrize("name", [*KEEP_BRIGHTNESS, *EDGES])
def test_a_filter_is_the_sum_of_products_over_each_colour_by_itself(name):
    from photograph_filters import KERNELS, filtered, load_sample_image

    crop, kernel = load_sample_image("china.jpg")[100:112, 130:145], KERNELS[name]
    expected = np.zeros((10, 13, 3))
    for row, column, colour in np.ndindex(expected.shape):
        for i, j in np.ndindex(3, 3):
            expected[row, column, colour] += kernel[i][j] * float(crop[row + i, column + j, colour])
    np.testing.assert_allclose(filtered(crop, kernel), expected, atol=1e-4)
    assert expected.std() > 10


def test_weights_that_sum_to_one_keep_what_is_plain_and_edge_filters_leave_nothing_of_it(figures):
    assert figures.keys() == {*KEEP_BRIGHTNESS, *EDGES}
    for name in KEEP_BRIGHTNESS:
        assert figures[name]["sum"] == pytest.approx(1)
        assert figures[name]["plain"] == pytest.approx(100, abs=1e-4)
    for name in EDGES:
        assert figures[name]["sum"] == 0 == figures[name]["plain"]


def test_blur_makes_neighbours_more_alike_and_sharpen_less(figures):
    difference = {name: figure["difference"] for name, figure in figures.items()}
    assert 2 * difference["blur"] < difference["original"] < difference["sharpen"] / 2
    assert difference["original"] < difference["emboss"] / 2


def test_the_original_is_the_photograph_without_its_border():
    from photograph_filters import KERNELS, as_photograph, filtered, load_sample_image

    photograph = load_sample_image("china.jpg")
    pictured = as_photograph(filtered(photograph, KERNELS["original"]))
    np.testing.assert_array_equal(pictured, photograph[1:-1, 1:-1])


def test_top_and_left_edges_are_the_same_filter_turned():
    from photograph_filters import KERNELS, filtered, load_sample_image

    photograph = load_sample_image("china.jpg")
    turned = filtered(photograph.transpose(1, 0, 2), KERNELS["left edge"]).transpose(1, 0, 2)
    np.testing.assert_array_equal(filtered(photograph, KERNELS["top edge"]), turned)


def test_values_beyond_a_byte_are_cut_off():
    from photograph_filters import as_photograph

    np.testing.assert_array_equal(as_photograph(np.array([-7.0, 0.4, 254.6, 300.0])), [0, 0, 255, 255])
