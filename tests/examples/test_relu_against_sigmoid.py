import numpy as np
import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("relu_against_sigmoid")


def test_three_quarters_of_the_gradient_are_lost_at_every_sigmoid(figures):
    norms = np.array(figures["gradient norms"]["sigmoid"])
    assert norms[0] < 1e-6 * norms[-1]
    assert (norms[0] / norms[-1]) ** (1 / 12) == pytest.approx(1 / 4, rel=0.1)
    assert np.all(np.diff(norms) > 0)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_gradient_of_the_others_stays_within_an_order_of_magnitude(figures, activation):
    norms = figures["gradient norms"][activation]
    assert len(norms) == 13 and max(norms) < 10 * min(norms)


def test_the_deep_network_learns_nothing_with_sigmoids_but_well_with_the_others(figures):
    accuracy = figures["accuracy"]
    assert accuracy["sigmoid"] < 0.2
    assert min(accuracy["tanh"], accuracy["relu"]) > 0.9


def test_steps_that_are_too_large_kill_relus_but_no_leaky_relu(figures):
    dead = figures["dead"]
    assert np.mean(dead["ReLU, good steps"]) < 0.2
    assert min(dead["ReLU, too large at first"]) > 0.5
    assert dead["LeakyReLU, too large at first"] == [0, 0, 0, 0]


def test_leaky_relus_recover_where_relus_do_not(figures):
    accuracy = figures["accuracy with dead units"]
    assert accuracy["ReLU, good steps"] > 0.9
    assert accuracy["ReLU, too large at first"] < 0.4
    assert accuracy["LeakyReLU, too large at first"] > 0.7
