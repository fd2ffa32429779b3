import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("neurons_and_activations")


def test_a_perceptron_learns_and_and_or(figures):
    assert figures["right of 4"]["AND"] == figures["right of 4"]["OR"] == 4


def test_a_perceptron_cannot_learn_xor_and_three_layers_can(figures):
    assert figures["right of 4"]["XOR"] <= 3
    assert figures["right of 4"]["XOR by three layers"] == 4


def test_the_net_gives_what_two_matrix_products_by_hand_give(figures):
    assert figures["net by hand"] < 1e-6


def test_the_derivatives_are_the_difference_quotients(figures):
    assert figures["derivatives"] < 1e-4
