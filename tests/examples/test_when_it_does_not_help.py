import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("when_it_does_not_help")


def fall(figures, data, net):
    accuracy = figures["accuracy"]
    return accuracy[data, net, "in order"] - accuracy[data, net, "swapped"]


def test_swapped_columns_of_pictures_take_the_conv_net_s_advantage(figures):
    accuracy = figures["accuracy"]
    pictures = "pictures of digits"
    assert accuracy[pictures, "ConvNet", "in order"] > accuracy[pictures, "dense net", "in order"] + 0.03
    assert fall(figures, pictures, "ConvNet") > 0.02
    assert accuracy[pictures, "ConvNet", "swapped"] < accuracy[pictures, "dense net", "swapped"] + 0.02


def test_a_dense_net_learns_swapped_pictures_as_well(figures):
    assert abs(fall(figures, "pictures of digits", "dense net")) < 0.01
    assert 0 < figures["difference"] < 1e-5  # weights swapped along: other sums of the same terms


def test_neither_net_minds_the_order_of_a_table_s_columns_nor_is_better_there(figures):
    accuracies = [mean for (data, *_), mean in figures["accuracy"].items() if data == "customers"]
    assert len(accuracies) == 4
    assert min(accuracies) > 0.9 and max(accuracies) - min(accuracies) < 0.015
