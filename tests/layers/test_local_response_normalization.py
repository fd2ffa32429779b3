"""Local response normalization as a layer."""

import json

import numpy as np
import pytest

import nativecnn
from nativecnn import Sequential, layers, ops
from nativecnn.layers import LocalResponseNormalization
from nativecnn.random import Stream
from support import assert_same_bits

SETTINGS = [{}, {"size": 3, "alpha": 1.0, "beta": 0.5, "k": 1.0}, {"size": 9, "alpha": 0.3, "beta": 0.6, "k": 0.7}]


def samples(shape, count=5):
    return Stream(1, "x").uniform((count, *shape)) * np.float32(4) - np.float32(2)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("shape", [(7,), (3, 4, 6)])
def test_a_layer_computes_what_the_function_computes(settings, shape):
    x = samples(shape)
    y = Sequential([LocalResponseNormalization(input_shape=shape, **settings)]).predict(x)
    assert_same_bits(y, ops.local_response_normalization(x, **settings))


def test_the_defaults_are_alexnet_s():
    assert LocalResponseNormalization().settings == (5, 1e-4, 0.75, 2.0)


@pytest.mark.parametrize("settings", SETTINGS[1:])
def test_gradients_agree_with_numerical_ones(settings):
    model = Sequential([layers.Conv2D(6, 1, input_shape=(3, 4, 2)), LocalResponseNormalization(**settings)])
    model.add(layers.Flatten())
    model.add(layers.Dense(2))
    model.compile("sgd", loss="half_squared_error")
    report = nativecnn.gradient_check(model, samples((3, 4, 2)), Stream(1, "y").uniform((5, 2)))
    assert report.passed, str(report)


def test_a_configuration_makes_an_equal_layer():
    layer = LocalResponseNormalization(7, 0.1, 0.6, 1.5, name="lrn")
    again = LocalResponseNormalization.from_config(json.loads(json.dumps(layer.get_config())))
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({"size": 4}, ValueError, "'local_response_normalization' .*size: expected an odd integer.*got 4"),
        ({"size": 0}, ValueError, "size: expected an integer of at least 1, got 0"),
        ({"size": 2**31 + 1}, ValueError, r"size: expected an integer below 2\*\*31"),
        ({"size": 5.0}, TypeError, "size: expected an integer, got 5.0"),
        ({"alpha": -1}, ValueError, "alpha: expected a number"),
        ({"beta": None}, TypeError, "beta: expected a number, got None"),
        ({"k": float("nan")}, ValueError, "k: expected a number"),
    ],
)
def test_wrong_settings_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        LocalResponseNormalization(**settings)


def test_samples_without_channels_are_refused():
    with pytest.raises(ValueError, match=r"expected samples of at least one axis, the channels, got \(\)"):
        LocalResponseNormalization().build(())
