"""The claims of the lesson X or O."""

import numpy as np
import pytest

from support.lecture import X

VARIATIONS = ("translation", "scaling", "rotation", "weight")


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("x_or_o")


def test_the_ideal_x_is_that_of_the_slides():
    import x_or_o

    np.testing.assert_array_equal(x_or_o.ideal_pictures()[0], X[0])


def test_the_trickier_x_differs_from_the_ideal_one_where_the_slides_say():
    import x_or_o

    # Crossed out on the slide "What computers see", by rows.
    crossed_out = [[], [1, 6, 7], [1, 2, 5, 6], [2], [], [6], [2, 3, 6, 7], [1, 2, 7], []]
    differs = (x_or_o.drawing(x_or_o.TRICKIER_X) != X[0])[:, :, 0]
    assert [np.flatnonzero(row).tolist() for row in differs] == crossed_out


def test_a_literal_comparison_finds_next_to_no_trickier_picture_equal_to_an_ideal_one(figures):
    assert figures["equal_pixels"] == [81 - 16, 52]
    for kind, shares in figures["accuracy_2"].items():
        assert shares["all pixels equal"] < 0.1, kind


def test_counting_equal_pixels_fails_on_all_variations_but_the_weight(figures):
    shares = {kind: share["more equal pixels"] for kind, share in figures["accuracy_2"].items()}
    assert max(shares["translation"], shares["scaling"], shares["all together"]) < 0.75
    assert shares["rotation"] < 0.95
    # Said as it is: letters that stay in their place, and small variations, it can do.
    assert shares["weight"] == 1
    assert figures["accuracy_1"]["rotation"]["more equal pixels"] == 1


@pytest.mark.parametrize("strength", [1, 2])
@pytest.mark.parametrize("kind", [*VARIATIONS, "all together"])
def test_the_network_tells_unseen_pictures_of_every_kind_apart(figures, kind, strength):
    assert figures[f"accuracy_{strength}"][kind]["ConvNet"] >= 0.97


def test_training_makes_the_total_errors_smaller(figures):
    before, after = map(np.array, figures["total_errors"])
    assert before.shape == after.shape == (1 + 2 * len(figures["accuracy_2"]),)
    assert (after < before).all() and after.mean() < 0.1 < 0.7 < before.mean()
    # The trickier X of the slides is as good as certain.
    assert after[0] < 0.05
