"""The claims of the lesson on spoken digits, with half of the recordings to train with."""

import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("spoken_digits")


def test_nine_of_ten_unheard_recordings_are_recognised(figures):
    assert figures["recordings"] == 300
    assert figures["accuracy"] >= 0.9


def test_a_voice_that_was_never_heard_is_understood_less(figures):
    assert 0.4 <= figures["stranger"] < figures["accuracy"]
