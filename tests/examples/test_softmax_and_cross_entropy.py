import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("softmax_and_cross_entropy")


def test_where_the_net_is_sure_and_wrong_only_cross_entropy_has_a_gradient(figures):
    gradients = figures["gradients where wrong"]
    assert gradients["cross-entropy"] < -0.999
    assert -0.001 < gradients["squared error"] < 0


def test_from_a_bad_start_cross_entropy_learns_long_before_squared_error(figures):
    assert figures["epochs below 90 %"]["cross-entropy"] < 20
    assert figures["last accuracy"]["cross-entropy"] > 0.99
    assert figures["epochs below 90 %"]["squared error"] == 100  # all of the reduced form
    assert figures["last accuracy"]["squared error"] < 0.1
