import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("backpropagation")


def test_nudging_every_weight_gives_the_gradient_of_backpropagation(figures):
    assert figures["weights"] == 26
    assert figures["largest difference"] < 1e-3
    assert figures["largest relative error"] < 1e-5  # of smaller nudges in float64


def test_the_net_learns_the_students_by_following_it(figures):
    before, after = figures["costs"]
    assert after < 0.2 * before
