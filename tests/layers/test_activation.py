"""Activation layers: names and classes, settings, gradients, and activations inside other layers."""

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, ops
from nativecnn.layers import activation as activations
from nativecnn.random import Stream

CLASSES = {
    "relu": layers.ReLU,
    "relu6": layers.ReLU6,
    "elu": layers.ELU,
    "selu": layers.SELU,
    "gelu": layers.GELU,
    "silu": layers.SiLU,
    "mish": layers.Mish,
    "softplus": layers.Softplus,
    "softsign": layers.Softsign,
    "sigmoid": layers.Sigmoid,
    "hard_sigmoid": layers.HardSigmoid,
    "hard_silu": layers.HardSiLU,
    "tanh": layers.Tanh,
    "softmax": layers.Softmax,
    "log_softmax": layers.LogSoftmax,
}
# Layers with settings, and the function that they stand for.
WITH_SETTINGS = {
    "ReLU(6)": (layers.ReLU(6), ops.relu6),
    "ReLU of all settings": (layers.ReLU(2.0, 0.25, 0.5), lambda x: ops.clipped_relu(x, 2.0, 0.25, 0.5)),
    "ReLU with a threshold": (layers.ReLU(threshold=0.25), lambda x: ops.clipped_relu(x, threshold=0.25)),
    "ReLU with a maximum": (layers.ReLU(max_value=0.5), lambda x: ops.clipped_relu(x, 0.5)),
    "ReLU with a maximum of 0": (layers.ReLU(0, 0.5), lambda x: ops.clipped_relu(x, 0, 0.5)),
    "ReLU with a slope": (layers.ReLU(negative_slope=0.125), lambda x: ops.leaky_relu(x, 0.125)),
    "LeakyReLU()": (layers.LeakyReLU(), lambda x: ops.leaky_relu(x, 0.3)),
    "LeakyReLU(0.1)": (layers.LeakyReLU(0.1), lambda x: ops.leaky_relu(x, 0.1)),
    "ELU(0.5)": (layers.ELU(0.5), lambda x: ops.elu(x, 0.5)),
    "GELU(approximate=True)": (layers.GELU(approximate=True), lambda x: ops.gelu(x, approximate=True)),
    "leaky_relu": (layers.Activation("leaky_relu"), lambda x: ops.leaky_relu(x, 0.2)),
    "elu": (layers.Activation("elu"), lambda x: ops.elu(x, 1.0)),
    "swish": (layers.Activation("swish"), ops.silu),
    "hard_swish": (layers.Activation("hard_swish"), ops.hard_silu),
    "exponential": (layers.Activation("exponential"), ops.exp),
}
EVERY = {name: cls() for name, cls in CLASSES.items()} | {name: layer for name, (layer, _) in WITH_SETTINGS.items()}


def samples(shape):
    return (Stream(1, "x").uniform(shape) - np.float32(0.5)) * np.float32(8)


@pytest.mark.parametrize("function", CLASSES)
def test_name_class_and_function_agree(function):
    x = samples((3, 4, 5, 2))
    expected = getattr(ops, function)(x)
    for layer in (layers.Activation(function), CLASSES[function]()):
        assert nativecnn.Sequential([layer]).predict(x).tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", WITH_SETTINGS)
def test_settings_reach_the_function(name):
    layer, function = WITH_SETTINGS[name]
    x = samples((3, 4, 5, 2))
    assert nativecnn.Sequential([_again(layer)]).predict(x).tobytes() == function(x).tobytes()


def _again(layer):
    return type(layer).from_config(layer.get_config())


@pytest.mark.parametrize("name", EVERY)
def test_gradients_agree_with_numerical_ones(name):
    model = nativecnn.Sequential([layers.Dense(5, input_dim=4), _again(EVERY[name]), layers.Dense(2)])
    model.compile(loss="mse")
    model.layers[0].weights["kernel"] = samples((4, 5)) / np.float32(4)
    report = nativecnn.gradient_check(model, samples((9, 4)), Stream(1, "y").uniform((9, 2)))
    assert report.passed, str(report)


@pytest.mark.parametrize("name", EVERY)
def test_configuration_makes_an_equal_layer(name):
    layer = EVERY[name]
    config = layer.get_config()
    again = _again(layer)
    assert again.get_config() == config
    assert (again.function, again.kernel_settings) == (layer.function, layer.kernel_settings)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
def test_a_layer_s_activation_is_the_same_as_a_layer_of_its_own(name, training, tmp_path):
    """Also after saving and loading, and where it has its input's place."""
    made = []
    for inside in (True, False):
        nativecnn.set_random_seed(2)
        first = layers.Conv2D(3, 3, activation=EVERY[name] if inside else None, input_shape=(6, 5, 2))
        model = nativecnn.Sequential([first, *([] if inside else [_again(EVERY[name])]), layers.Flatten()])
        model.add(layers.Dense(2))
        model.compile("sgd", "mse")
        if training:
            model.fit(samples((7, 6, 5, 2)), samples((7, 2)), epochs=2, batch_size=4, verbose=0)
        made.append(model)
    made[0].save(tmp_path / "model.safetensors")
    made.append(nativecnn.load_model(tmp_path / "model.safetensors"))
    assert made[2].get_config() == made[0].get_config()
    x = samples((3, 6, 5, 2))
    assert len({model.predict(x).tobytes() for model in made}) == 1


def test_linear_changes_nothing():
    x = samples((3, 4))
    assert np.array_equal(nativecnn.Sequential([layers.Activation("linear")]).predict(x), x)


@pytest.mark.parametrize(
    "argument, config",
    [
        (layers.ReLU(), "relu"),
        (layers.ReLU(6), "relu6"),
        (layers.ReLU6(), "relu6"),
        (layers.ReLU(negative_slope=0.2), "leaky_relu"),
        (layers.GELU(), "gelu"),
        (layers.Activation("softmax", name="named"), "softmax"),
        ("swish", "swish"),
        ("silu", "silu"),
        ("leaky_relu", "leaky_relu"),
        (None, None),
        ("linear", None),
        (layers.Activation("linear"), None),
        (layers.LeakyReLU(0.1, name="named"), {"class": "LeakyReLU", "config": {"negative_slope": 0.1}}),
        (layers.ReLU(max_value=0), {"class": "ReLU", "config": {"max_value": 0.0}}),
        (layers.GELU(approximate=True), {"class": "GELU", "config": {"approximate": True}}),
        ({"class": "ELU", "config": {"alpha": 0.5}}, {"class": "ELU", "config": {"alpha": 0.5}}),
    ],
    ids=str,
)
def test_an_activation_is_written_as_a_name_where_that_says_all(argument, config):
    layer = layers.Dense(3, activation=argument)
    assert layer.get_config()["activation"] == config
    assert layers.Dense.from_config(layer.get_config()).get_config() == layer.get_config()


def test_an_activation_of_an_own_class_stays_of_it():
    class Halved(layers.LeakyReLU):
        def __init__(self, **settings):
            super().__init__(0.5, **settings)

        def get_config(self):
            config = super().get_config()
            del config["negative_slope"]
            return config

    activation = activations.get(Halved(name="mine"))
    assert type(activation) is Halved and activation.name != "mine"


def test_plain_relus_are_known_by_their_function():
    """What computes them along with other layers looks there."""
    named = {"relu": layers.ReLU(), "relu6": layers.ReLU(6.0), "leaky_relu": layers.ReLU(negative_slope=0.5)}
    assert {name: layer.function for name, layer in named.items()} == {name: name for name in named}
    assert layers.ReLU(negative_slope=0.5, threshold=1.0).function == "clipped_relu"


def test_an_unknown_function_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="relu.*got 'swoosh'"):
        layers.Activation("swoosh")
    with pytest.raises(ValueError, match="ELU.*got 'Conv2D'"):
        layers.Dense(3, activation={"class": "Conv2D", "config": {}})
    with pytest.raises(ValueError, match="got a dictionary|got None"):
        layers.Dense(3, activation={"name": "relu"})
    with pytest.raises(TypeError, match="slope"):
        layers.Dense(3, activation={"class": "ELU", "config": {"slope": 1}})


def test_a_layer_with_weights_is_no_argument():
    with pytest.raises(ValueError, match="expected as activation a name.*got PReLU; add it as a layer of its own"):
        layers.Dense(3, activation=layers.PReLU())


@pytest.mark.parametrize(
    "make, setting",
    [
        (lambda value: layers.ReLU(max_value=value), "max_value"),
        (lambda value: layers.ReLU(negative_slope=value), "negative_slope"),
        (lambda value: layers.ReLU(threshold=value), "threshold"),
        (lambda value: layers.LeakyReLU(value), "negative_slope"),
        (lambda value: layers.ELU(value), "alpha"),
    ],
)
@pytest.mark.parametrize("value", [-1, -1e-30, np.nan, np.inf, 1e39, "1", True, [1.0]], ids=str)
def test_settings_are_numbers_of_0_or_more(make, setting, value):
    with pytest.raises((TypeError, ValueError), match=rf"^layer '\w+' \(\w+\): {setting}: expected a number.*, got "):
        make(value)


@pytest.mark.parametrize("function", ["softmax", "log_softmax"])
def test_functions_of_rows_need_an_axis(function):
    with pytest.raises(ValueError, match="expected samples of at least one axis"):
        layers.Activation(function).compute_output_shape(())
