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
        ({}, (2, 2, 1), "'conv2d'.*expected a window that fits an image of 2 pixels, got one of 3"),
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
        ({"filters": 2, "kernel_size": 3, "kernel_initializer": "gaussian"}, ValueError),
        ({"filters": 2, "kernel_size": 3, "input_shape": (0, 3, 3)}, ValueError),
        ({"filters": 2, "kernel_size": 3, "algorithm": "fft"}, ValueError),
        ({"filters": 2, "kernel_size": 3, "algorithm": None}, TypeError),
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_when_the_layer_is_made(arguments, error):
    with pytest.raises(error, match="expected"):
        layers.Conv2D(**arguments)


def winograd_network():
    """Return three convolutions by Winograd's algorithm, one of them in tiles of 2 × 2."""
    nativecnn.set_random_seed(0)
    model = nativecnn.Sequential(
        [
            layers.Conv2D(3, 3, padding="same", algorithm="winograd", activation="tanh", input_shape=(7, 6, 2)),
            layers.Conv2D(4, 3, padding=((0, 0), (3, 1)), algorithm="winograd", use_bias=False, name="wide"),
            layers.MaxPooling2D((2, 4)),
            layers.Conv2D(3, 3, padding=1, algorithm="winograd", name="small"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    model.compile(loss="mse")
    return model


def test_gradients_by_winograd_agree_with_numerical_ones():
    model = winograd_network()
    assert [layer.chosen_algorithm(layer.built_input_shape) for layer in model.layers if "kernel" in layer.weights] == [
        "winograd_4x4",
        "winograd_4x4",
        "winograd_2x2",
        "",
    ]
    with nativecnn.use_backend("reference"):
        report = nativecnn.gradient_check(model, Stream(1, "x").uniform((3, 7, 6, 2)), Stream(1, "y").uniform((3, 2)))
    assert report.passed, str(report)


def test_a_model_by_winograd_computes_what_the_function_computes():
    layer = layers.Conv2D(4, 3, padding=1, algorithm="winograd", input_shape=(7, 6, 2))
    model = nativecnn.Sequential([layer])
    x = Stream(1, "x").uniform((3, 7, 6, 2))
    kernel, bias = layer.weights["kernel"], layer.weights["bias"]
    with nativecnn.use_backend("reference"):
        by_winograd = ops.conv2d(x, kernel, bias, padding=1, algorithm="winograd")
        directly = ops.conv2d(x, kernel, bias, padding=1, algorithm="direct")
        result = model.predict(x)
    assert result.tobytes() == by_winograd.tobytes() != directly.tobytes()


def test_the_algorithm_belongs_to_the_configuration():
    for algorithm in ("auto", "direct", "winograd"):
        config = layers.Conv2D(4, 3, algorithm=algorithm).get_config()
        assert config["algorithm"] == layers.Conv2D.from_config(config).algorithm == algorithm
    del config["algorithm"]
    assert layers.Conv2D.from_config(config).algorithm == "auto"


@pytest.mark.parametrize("settings", [{"strides": 2}, {"dilation_rate": (1, 2)}, {"groups": 2}, {"kernel_size": 5}])
def test_winograd_where_it_is_impossible_is_refused_when_the_layer_is_made(settings):
    message = r"layer 'c' \(Conv2D\): algorithm \"winograd\" expects kernel \(3, 3\), strides \(1, 1\), .*, got kernel"
    with pytest.raises(ValueError, match=message):
        layers.Conv2D(**{"filters": 4, "kernel_size": 3, "algorithm": "winograd", "name": "c"} | settings)
