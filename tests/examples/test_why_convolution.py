import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("why_convolution")


def test_the_lectures_dense_layer_has_196_608_000_weights(figures):
    assert figures["weights"]["dense layer, 1,000 classes, 256"] == 196_608_000


def test_the_weights_of_a_convolution_do_not_grow_with_the_picture(figures):
    weights = figures["weights"]
    assert weights["dense layer, 1,000 classes, 512"] == 4 * 196_608_000
    assert weights["convolution, 64 filters 3 × 3, 256"] == weights["convolution, 64 filters 3 × 3, 512"] == 1728


def test_a_convolution_is_a_dense_layer_that_shares_its_weights(figures):
    assert figures["matrix is the convolution"]


def test_what_a_convolution_finds_moves_with_the_input(figures):
    assert figures["changes by a shift"]["convolution"] == 0
    assert figures["changes by a shift"]["dense layer"] > 0.1


def test_channels_are_filtered_apart_and_added_up(figures):
    assert figures["channels"] == {"by hand": -25, "conv2d": -25}
