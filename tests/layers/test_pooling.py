"""Pooling layers."""

import pytest

import nativecnn
from nativecnn import layers, ops
from nativecnn.random import Stream

CONFIGURATIONS = [
    {},
    {"ceil_mode": True},
    {"pool_size": 3, "strides": 1, "padding": "same"},
    {"pool_size": (2, 3), "strides": (3, 2), "padding": ((1, 0), (1, 2))},
]


@pytest.mark.parametrize("kind, function", [("MaxPooling2D", "max_pool2d"), ("AveragePooling2D", "average_pool2d")])
@pytest.mark.parametrize("settings", CONFIGURATIONS, ids=str)
def test_a_layer_computes_what_the_function_computes(kind, function, settings):
    layer = getattr(layers, kind)(input_shape=(7, 7, 3), **settings)
    model = nativecnn.Sequential([layer])
    x = Stream(1, "x").uniform((2, 7, 7, 3))
    y = getattr(ops, function)(x, **settings)
    assert model.output_shape == y.shape[1:]
    assert model.predict(x).tobytes() == y.tobytes()


@pytest.mark.parametrize("kind", ["MaxPooling2D", "AveragePooling2D"])
@pytest.mark.parametrize("settings", CONFIGURATIONS, ids=str)
def test_gradients_agree_with_numerical_ones(kind, settings):
    convolution = layers.Conv2D(2, 2, padding="same", activation="tanh", input_shape=(7, 7, 1))
    model = nativecnn.Sequential([convolution, getattr(layers, kind)(**settings), layers.Flatten(), layers.Dense(2)])
    model.compile(loss="mse")
    report = nativecnn.gradient_check(model, Stream(1, "x").uniform((2, 7, 7, 1)), Stream(1, "y").uniform((2, 2)))
    assert report.passed, str(report)


def test_partial_windows_of_the_lecture():
    assert layers.MaxPooling2D(2, ceil_mode=True).compute_output_shape((7, 7, 3)) == (4, 4, 3)
    assert layers.MaxPool2D(2).compute_output_shape((7, 7, 3)) == (3, 3, 3)


@pytest.mark.parametrize("shape", [(4, 4), (16,), (1, 1, 2)])
def test_an_input_that_does_not_fit_is_refused(shape):
    with pytest.raises(ValueError, match="'max_pooling2d'"):
        layers.MaxPooling2D(2).build(shape)


def test_padding_as_large_as_the_window_is_refused():
    with pytest.raises(ValueError, match="smaller than the window"):
        layers.MaxPooling2D(2, padding=2).build((4, 4, 1))
