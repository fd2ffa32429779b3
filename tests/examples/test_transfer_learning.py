"""Transfer learning, in its reduced form: fewer pictures of the old digits, two counts of the new ones, three draws."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("transfer_learning")


def test_the_first_network_knows_the_old_digits(figures):
    assert figures["accuracy on old digits"] > 0.98


def test_reused_features_beat_training_from_nothing_in_every_draw(figures):
    gains = np.array(figures["gains"])
    assert gains.shape == (2, 3)
    assert gains.min() > 0 and gains.mean(axis=1).min() > 0.03


def test_reused_features_beat_untrained_ones(figures):
    reused, untrained = (np.array(figures["accuracy"][way]) for way in ("features reused", "untrained features"))
    assert (reused > untrained).all()


def test_more_pictures_are_better(figures):
    for way, (few, more) in figures["accuracy"].items():
        assert more > few + 0.05, way


def test_training_leaves_frozen_features_as_they_are(figures):
    assert figures["features unchanged"]


def test_a_step_is_faster_where_features_are_frozen(figures):
    times = figures["milliseconds a step"]
    assert 1.5 * times["features reused"] < times["all from nothing"]
