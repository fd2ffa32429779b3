"""The numerical gradient check itself: what it finds, what it does not compare, what it says."""

from functools import partial

import numpy as np
import pytest

import nativecnn
from nativecnn import layers
from nativecnn.random import Stream

X, Y = Stream(3, "x").uniform((4, 5, 5, 1)), Stream(3, "y").uniform((4, 3))


def network(*last):
    nativecnn.set_random_seed(0)
    model = nativecnn.Sequential(
        [layers.Conv2D(3, 2, activation="tanh", input_shape=(5, 5, 1)), layers.Flatten(), *last, layers.Dense(3)]
    )
    model.compile(loss="mse")
    return model


@pytest.mark.parametrize("backend", ["native", "reference"])
def test_right_gradients_pass_on_both_backends(backend):
    with nativecnn.use_backend(backend):
        report = nativecnn.gradient_check(network(), X, Y)
    assert report.passed
    assert report.largest_relative_error < 1e-5
    assert [c.name for c in report.comparisons] == [
        "input",
        "conv2d/kernel",
        "conv2d/bias",
        "dense/kernel",
        "dense/bias",
    ]
    assert all(c.compared + c.kinks == min(16, np.prod(c.shape)) for c in report.comparisons)


class WrongScale(layers.Layer):
    """Passes its input on, and a gradient that is too large by a thousandth."""

    def prepare_forward(self, step):
        return [partial(np.copyto, step.output, step.inputs[0])]

    def prepare_backward(self, step):
        return [partial(np.multiply, step.output_gradient, 1.001, out=step.input_gradients[0])]


def test_a_gradient_wrong_by_a_thousandth_is_found_where_it_is():
    report = nativecnn.gradient_check(network(WrongScale()), X, Y)
    assert not report.passed
    wrong = {c.name for c in report.comparisons if not c.largest_relative_error <= report.tolerance}
    assert wrong == {"input", "conv2d/kernel", "conv2d/bias"}
    assert "FAILED" in str(report)
    assert all(c.largest_relative_error == pytest.approx(1e-3, rel=0.02) for c in report.comparisons[:3])


class NotANumber(WrongScale):
    """Gives NaN for a gradient."""

    def prepare_backward(self, step):
        return [partial(step.input_gradients[0].fill, np.nan)]


def test_a_gradient_that_is_no_number_never_passes():
    report = nativecnn.gradient_check(network(NotANumber()), X, Y)
    assert not report.passed and np.isnan(report.comparisons[0].largest_relative_error)


def test_kinks_are_counted_and_not_compared():
    # Every unit sits exactly on the kink of its ReLU: the slopes to both sides differ at any nudge.
    model = nativecnn.Sequential([layers.Dense(4, activation="relu", input_dim=3), layers.Dense(2)])
    model.compile(loss="mse")
    model.layers[0].weights["kernel"] = np.zeros_like(model.layers[0].weights["kernel"])
    report = nativecnn.gradient_check(model, Stream(0, "x").uniform((5, 3)), np.ones((5, 2)), samples_per_weight=None)
    by_name = {c.name: c for c in report.comparisons}
    assert by_name["dense/bias"].kinks == 4 and by_name["dense/bias"].compared == 0
    assert by_name["dense/kernel"].kinks == 12
    assert by_name["dense_1/bias"].kinks == 0 and by_name["dense_1/bias"].compared == 2
    assert not report.passed  # nothing compared is nothing shown
    assert "nothing compared" in str(report)


def test_a_kink_within_the_nudge_is_found():
    model = nativecnn.Sequential([layers.ReLU(input_shape=(2,)), layers.Dense(1)])
    model.compile(loss="mse")
    report = nativecnn.gradient_check(model, [[3e-6, 0.5]], [[1.0]], samples_per_weight=None)
    assert report.comparisons[0].kinks == 1 and report.comparisons[0].compared == 1
    assert report.passed


def test_frozen_weights_are_left_out():
    model = network()
    model.layers[0].trainable = False
    report = nativecnn.gradient_check(model, X, Y)
    assert [c.name for c in report.comparisons] == ["input", "dense/kernel", "dense/bias"]
    assert report.passed


def test_the_model_is_not_changed():
    model = network()
    before = model.weights_sha256()
    nativecnn.gradient_check(model, X, Y)
    assert model.weights_sha256() == before
    assert model.compilation.state.iterations == 0


def test_all_elements_are_compared_on_demand_and_the_choice_follows_the_seed():
    model = network()
    report = nativecnn.gradient_check(model, X, Y, samples_per_weight=None)
    assert [c.compared + c.kinks for c in report.comparisons] == [100, 12, 3, 144, 3]
    one, two = (nativecnn.gradient_check(model, X, Y, samples_per_weight=1, seed=seed) for seed in (0, 1))
    assert [c.index for c in one.comparisons] != [c.index for c in two.comparisons]


def test_a_network_with_everything_passes():
    nativecnn.set_random_seed(1)
    model = nativecnn.Sequential(
        [
            layers.Conv2D(4, 3, padding="same", activation="relu", input_shape=(9, 8, 2)),
            layers.MaxPooling2D(2, ceil_mode=True),
            layers.Conv2D(4, 3, strides=2, padding=1, groups=2, activation="sigmoid"),
            layers.AveragePooling2D(2, strides=1),
            layers.Flatten(),
            layers.Dense(6, activation="tanh"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    report = nativecnn.gradient_check(model, Stream(3, "x").uniform((6, 9, 8, 2)), [0, 1, 2, 2, 1, 0])
    assert report.passed, str(report)


def test_a_model_that_is_not_compiled_is_refused():
    with pytest.raises(RuntimeError, match="expected compile"):
        nativecnn.gradient_check(nativecnn.Sequential([layers.Dense(1, input_dim=1)]), [[1]], [[1]])


@pytest.mark.parametrize("settings", [{"epsilon": 0}, {"tolerance": -1}, {"samples_per_weight": 0}])
def test_wrong_settings_are_refused(settings):
    with pytest.raises(ValueError, match="expected"):
        nativecnn.gradient_check(network(), X, Y, **settings)
