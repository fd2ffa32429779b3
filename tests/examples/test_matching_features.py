"""The claims of the lesson on matching features: the numbers of the slides."""

import numpy as np
import pytest

from support.lecture import MAPS, POOLED, STACKED, cut_to_two_decimals


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("matching_features")


@pytest.mark.parametrize(
    "step, expected",
    [("matches", MAPS), ("ReLU", np.maximum(MAPS, 0)), ("pooled", POOLED), ("pooled again", STACKED)],
)
def test_every_step_gives_the_numbers_of_the_slides(figures, step, expected):
    np.testing.assert_array_equal(cut_to_two_decimals(np.array(figures["steps"][step])), expected[0])


def test_numbers_are_written_as_on_the_slides():
    from matching_features import written

    ninths = [-7, -1, 0, 1, 3, 5, 7, 9]
    texts = ["-0.77", "-0.11", "0.00", "0.11", "0.33", "0.55", "0.77", "1.00"]
    assert [written(float(np.float32(number) / np.float32(9))) for number in ninths] == texts
    assert written(float(np.nextafter(np.float32(1), np.float32(0)))) == "1.00"


def test_the_votes_are_for_the_right_letter(figures):
    x, o, trickier_x = np.round(9 * np.array(figures["votes"]), 4)
    # In ninths: all that speak for an X are 1 in the ideal one, and 5/9 otherwise.
    np.testing.assert_array_equal(x, [9, 5])
    np.testing.assert_array_equal(o, [5, 9])
    np.testing.assert_array_equal(trickier_x, [(7 + 7 + 9 + 7 + 7) / 5, 5])


def test_the_votes_lie_where_the_ideal_letters_differ():
    from matching_features import find_features, ideal_pictures, in_one_row, voting_weights

    rows = in_one_row(find_features(ideal_pictures())["pooled again"])
    weights = voting_weights(*rows)
    assert np.flatnonzero(weights[:, 0]).tolist() == [0, 3, 4, 9, 10]
    assert np.flatnonzero(weights[:, 1]).tolist() == [1, 2, 8, 11]
    np.testing.assert_allclose(weights.sum(axis=0), 1, rtol=1e-6)
