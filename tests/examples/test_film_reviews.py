"""The claims of the lesson on film reviews, with a third of the sentences to train with."""

import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("film_reviews")


def test_seven_of_ten_held_out_sentences_are_judged_rightly(figures):
    assert figures["held out"] == 1066
    assert figures["accuracy"] >= 0.7


def test_phrases_that_excite_filters_for_praise_stand_in_praise_and_those_for_blame_in_blame(figures):
    assert figures["praise"] >= 0.75
    assert figures["blame"] <= 0.25
