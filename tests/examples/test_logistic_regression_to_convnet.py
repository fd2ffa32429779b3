import pytest

ONE, TWO, CONVNET = "one dense layer", "two dense layers", "ConvNet"


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("logistic_regression_to_convnet")


def test_each_network_is_better_than_the_one_before(figures):
    accuracy = figures["accuracy"]
    assert 0.80 <= accuracy[ONE] <= accuracy[TWO] - 0.04
    assert 0.90 <= accuracy[TWO] <= accuracy[CONVNET] - 0.02


def test_the_convnet_has_fewer_weights_and_does_more_with_each(figures):
    assert figures["parameters"] == {
        ONE: 28 * 28 * 10 + 10,
        TWO: 28 * 28 * 512 + 512 + 512 * 10 + 10,
        CONVNET: (5 * 5 * 16 + 16) + (5 * 5 * 16 * 64 + 64) + (4 * 4 * 64 * 128 + 128) + (128 * 10 + 10),
    }
    assert figures["multiply-adds"] == {
        ONE: 28 * 28 * 10,
        TWO: 28 * 28 * 512 + 512 * 10,
        CONVNET: 24 * 24 * (5 * 5 * 16) + 8 * 8 * (5 * 5 * 16 * 64) + 4 * 4 * 64 * 128 + 128 * 10,
    }


def test_the_convnet_alone_sets_more_right_than_it_leaves_wrong(figures):
    mistakes = figures["mistakes"]
    assert mistakes[ONE] > mistakes[TWO] > mistakes[CONVNET] > 0
