"""Convolution layers."""

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, ops
from nativecnn.random import Stream

CONFIGURATIONS = [
    {},
    {"strides": 2, "padding": "same"},
    {"padding": ((1, 0), (2, 1)), "dilation_rate": (1, 2)},
    {"groups": 2, "use_bias": False},
    {"padding": 2, "activation": "tanh"},
    {"padding": "same", "activation": "relu", "bias_initializer": "ones"},
]


def example(**settings):
    return layers.Conv2D(4, (3, 2), input_shape=(7, 6, 2), name="c", **settings)


@pytest.mark.parametrize("settings", CONFIGURATIONS, ids=str)
def test_a_model_of_one_layer_computes_what_the_function_computes(settings):
    layer = example(**settings)
    model = nativecnn.Sequential([layer])
    x = Stream(1, "x").uniform((3, 7, 6, 2)) - np.float32(0.5)
    arguments = {
        key: value for key, value in settings.items() if key in ("strides", "padding", "dilation_rate", "groups")
    }
    y = ops.conv2d(x, layer.weights["kernel"], layer.weights.get("bias"), **arguments)
    if "activation" in settings:
        y = getattr(ops, settings["activation"])(y)
    result = model.predict(x)
    assert result.tobytes() == y.tobytes()
    assert result.shape[1:] == model.output_shape == layer.compute_output_shape((7, 6, 2))


@pytest.mark.parametrize("settings", CONFIGURATIONS, ids=str)
def test_gradients_agree_with_numerical_ones(settings):
    model = nativecnn.Sequential([example(**settings), layers.Flatten(), layers.Dense(2)])
    model.compile(loss="mse")
    report = nativecnn.gradient_check(model, Stream(1, "x").uniform((3, 7, 6, 2)), Stream(1, "y").uniform((3, 2)))
    assert report.passed, str(report)


def test_the_lectures_form_gives_rows_and_columns_one_by_one():
    for layer in (layers.Convolution2d(5, 3, 4), layers.Convolution2D(5, (3, 4)), layers.Conv2D(5, (3, 4))):
        layer.build((9, 9, 2))
        assert layer.weights["kernel"].shape == (3, 4, 2, 5)
    layer = layers.Convolution2d(5, 3)
    layer.build((9, 9, 2))
    assert layer.weights["kernel"].shape == (3, 3, 2, 5)


def test_parameters_and_multiply_adds():
    layer = layers.Conv2D(8, 3, groups=2)
    layer.build((10, 9, 4))
    assert layer.count_params() == 3 * 3 * 2 * 8 + 8
    assert layer.multiply_adds((10, 9, 4)) == 8 * 7 * (3 * 3 * 2 * 8)


@pytest.mark.parametrize(
    "settings, shape, message",
    [
        ({}, (8, 8), r"'conv2d'.*\(rows, columns, channels\), got \(8, 8\); images without a channel axis.*newaxis"),
        ({}, (2, 2, 1), "'conv2d'.*window of 3 pixels does not fit an image of 2 pixels"),
        ({"groups": 2}, (8, 8, 3), "divisible by 2 groups, got 3"),
        ({}, (64,), r"'conv2d'.*got \(64,\)"),
    ],
)
def test_an_input_that_does_not_fit_is_refused(settings, shape, message):
    with pytest.raises(ValueError, match=message):
        layers.Conv2D(4, 3, **settings).build(shape)


@pytest.mark.parametrize(
    "arguments, error",
    [
        ({"filters": 0, "kernel_size": 3}, ValueError),
        ({"filters": 2.5, "kernel_size": 3}, TypeError),
        ({"filters": 2, "kernel_size": (3, 3, 3)}, TypeError),
        ({"filters": 2, "kernel_size": 0}, ValueError),
        ({"filters": 2, "kernel_size": 3, "strides": -1}, ValueError),
        ({"filters": 2, "kernel_size": 3, "padding": "full"}, ValueError),
        ({"filters": 2, "kernel_size": 3, "padding": -1}, ValueError),
        ({"filters": 2, "kernel_size": 3, "activation": "rely"}, ValueError),
        ({"filters": 2, "kernel_size": 3, "kernel_initializer": "normal"}, ValueError),
        ({"filters": 2, "kernel_size": 3, "input_shape": (0, 3, 3)}, ValueError),
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_when_the_layer_is_made(arguments, error):
    with pytest.raises(error, match="expected"):
        layers.Conv2D(**arguments)
