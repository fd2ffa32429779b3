"""The claims of the lesson on spoken digits, with half of the recordings to train with."""

import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("spoken_digits")


def test_most_unheard_recordings_of_known_voices_are_recognised(figures):
    assert figures["recordings"] == 300
    assert figures["accuracy"] >= 0.93


def test_a_voice_that_was_never_heard_is_understood_less(figures):
    assert 0.4 <= figures["stranger"] < figures["accuracy"]
