import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("hyperparameters")


def accuracies(figures, name):
    """By value, where this hyperparameter alone was changed."""
    return {setting[name]: mean for setting, mean in figures["one at a time"] if name in setting}


def test_every_hyperparameter_was_tried_with_its_default_in_the_same_network(figures):
    assert {name for setting, _ in figures["one at a time"] for name in setting} == {
        *("features", "size", "window", "stride", "neurons", "depth")
    }
    defaults = {"features": 8, "size": 3, "window": 2, "stride": 2, "neurons": 32, "depth": 1}
    assert {accuracies(figures, name)[value] for name, value in defaults.items()} == {figures["start"][0]}


@pytest.mark.parametrize("name, poor, good", [("features", 1, 8), ("size", 1, 3), ("stride", 4, 2), ("neurons", 8, 32)])
def test_too_little_of_something_costs_accuracy(figures, name, poor, good):
    found = accuracies(figures, name)
    assert found[good] > found[poor] + 0.03


def test_a_convolution_helps(figures):
    found = accuracies(figures, "depth")
    assert found[1] > found[0] + 0.01


def test_the_best_network_is_better_than_the_start_also_on_digits_it_was_not_chosen_by(figures):
    assert figures["best"][0] > figures["start"][0] + 0.01
    assert figures["best"][1] > figures["start"][1] and figures["best"][1] > 0.96
