"""Activation layers."""

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, ops
from nativecnn.random import Stream

CLASSES = {"relu": layers.ReLU, "sigmoid": layers.Sigmoid, "tanh": layers.Tanh, "softmax": layers.Softmax}


@pytest.mark.parametrize("function", CLASSES)
def test_name_class_and_function_agree(function):
    x = Stream(1, "x").uniform((3, 4, 5, 2)) - np.float32(0.5)
    expected = getattr(ops, function)(x)
    for layer in (layers.Activation(function), CLASSES[function]()):
        assert nativecnn.Sequential([layer]).predict(x).tobytes() == expected.tobytes()


@pytest.mark.parametrize("function", CLASSES)
def test_gradients_agree_with_numerical_ones(function):
    model = nativecnn.Sequential([layers.Dense(5, input_dim=4), CLASSES[function](), layers.Dense(2)])
    model.compile(loss="mse")
    report = nativecnn.gradient_check(model, Stream(1, "x").uniform((6, 4)), Stream(1, "y").uniform((6, 2)))
    assert report.passed, str(report)


def test_linear_changes_nothing():
    x = Stream(1, "x").uniform((3, 4))
    assert np.array_equal(nativecnn.Sequential([layers.Activation("linear")]).predict(x), x)


def test_an_activation_object_may_be_an_argument():
    assert layers.Dense(3, activation=layers.ReLU()).get_config()["activation"] == "relu"


def test_an_unknown_function_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="relu.*got 'swish'"):
        layers.Activation("swish")
