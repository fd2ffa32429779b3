"""Layers that only arrange."""

import numpy as np
import pytest

import nativecnn
from nativecnn import layers
from nativecnn.random import Stream


def test_flatten_gives_rows_in_memory_order():
    x = Stream(1, "x").uniform((3, 4, 5, 2))
    model = nativecnn.Sequential([layers.Flatten()])
    assert np.array_equal(model.predict(x), x.reshape(3, 40))
    assert model.output_shape == (40,)


def test_gradients_pass_through():
    model = nativecnn.Sequential([layers.Conv2D(2, 2, input_shape=(4, 4, 1)), layers.Flatten(), layers.Dense(2)])
    model.compile(loss="mse")
    report = nativecnn.gradient_check(model, Stream(1, "x").uniform((2, 4, 4, 1)), Stream(1, "y").uniform((2, 2)))
    assert report.passed, str(report)


def test_an_input_layer_states_the_shape_and_is_no_layer_of_the_model():
    model = nativecnn.Sequential([layers.InputLayer((4,)), layers.Dense(3)])
    assert model.built and model.input_shape == (4,)
    assert [layer.name for layer in model.layers] == ["dense"]


def test_an_input_layer_after_others_is_refused():
    with pytest.raises(ValueError, match="first layer"):
        nativecnn.Sequential([layers.Dense(3), layers.InputLayer((4,))])
