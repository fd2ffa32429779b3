"""Layer normalization as a layer."""

import json

import numpy as np
import pytest

import nativecnn
from nativecnn import Sequential, layers, ops
from nativecnn.layers import LayerNormalization
from nativecnn.random import Stream
from support import assert_same_bits

CASES = [((7,), -1), ((5, 3), -1), ((4, 5, 3), 3), ((4, 5, 3), (-2, -1)), ((4, 5, 3), [1, 2, 3])]


def samples(shape, count=6):
    return Stream(1, "x").uniform((count, *shape)) * np.float32(3) + np.float32(1)


def network(shape, *before, **settings):
    model = Sequential([*before, LayerNormalization(name="norm", **settings), layers.Flatten(), layers.Dense(2)])
    model.build(shape)
    model.compile("sgd", loss="half_squared_error")
    for name, array in model.layers[len(before)].weights.items():
        model.layers[len(before)].weights[name] = Stream(2, name).uniform(array.shape) + np.float32(0.5)
    return model


@pytest.mark.parametrize("shape, axis", CASES)
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
def test_a_layer_computes_what_the_function_computes(shape, axis, center, scale):
    layer = network(shape, axis=axis, epsilon=0.01, center=center, scale=scale).layers[0]
    assert list(layer.weights) == ["gamma"] * scale + ["beta"] * center
    axes = 1 if isinstance(axis, int) else len(axis)
    assert all(weight.shape == shape[-axes:] for weight in layer.weights.values())
    x = samples(shape)
    rows = x.reshape(6, -1, np.prod(shape[-axes:]))
    weights = {name: weight.reshape(-1) for name, weight in layer.weights.items()}
    expected = ops.layer_normalization(rows, **weights, epsilon=0.01).reshape(x.shape)
    assert_same_bits(Sequential([layer]).predict(x), expected)
    over = tuple(range(-axes, 0))
    normal = (x - x.mean(over, keepdims=True)) / np.sqrt(x.var(over, keepdims=True) + 0.01)
    wanted = normal * layer.weights.get("gamma", 1) + layer.weights.get("beta", 0)
    np.testing.assert_allclose(expected, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape, axis", CASES)
@pytest.mark.parametrize("center, scale", [(True, True), (False, False), (True, False), (False, True)])
def test_gradients_agree_with_numerical_ones(shape, axis, center, scale):
    model = network(shape, axis=axis, center=center, scale=scale)
    report = nativecnn.gradient_check(model, samples(shape), Stream(1, "y").uniform((6, 2)))
    assert report.passed, str(report)


def test_gradients_through_a_frozen_layer_agree_with_numerical_ones():
    model = network((5, 4, 2), layers.Conv2D(3, 1), trainable=False)
    report = nativecnn.gradient_check(model, samples((5, 4, 2)), Stream(1, "y").uniform((6, 2)))
    assert report.passed, str(report)
    assert "norm/gamma" not in [comparison.name for comparison in report.comparisons]


@pytest.mark.parametrize("backend", ["native", "reference"])
def test_a_sample_does_not_depend_on_the_others(backend):
    model, x = network((4, 5, 3), axis=(2, 3)), samples((4, 5, 3))
    with nativecnn.use_backend(backend):
        assert_same_bits(model.predict(x)[2:3], model.predict(x[2:3]))


def test_both_backends_train_to_the_same_bits():
    hashes = set()
    for backend in ("native", "reference"):
        with nativecnn.use_backend(backend):
            nativecnn.set_random_seed(3)
            model = network((8, 9, 2), layers.Conv2D(5, 3))
            model.fit(samples((8, 9, 2), 23), np.zeros((23, 2)), epochs=2, batch_size=10, verbose=0)
            hashes.add(model.weights_sha256())
    assert len(hashes) == 1


def test_a_saved_model_comes_back(tmp_path):
    model = network((4, 5, 3), axis=(2, 3))
    model.fit(samples((4, 5, 3)), np.zeros((6, 2)), verbose=0)
    model.save(tmp_path / "model.safetensors")
    again = nativecnn.load_model(tmp_path / "model.safetensors")
    assert again.weights_sha256() == model.weights_sha256()
    assert_same_bits(again.predict(samples((4, 5, 3))), model.predict(samples((4, 5, 3))))


def test_a_configuration_makes_an_equal_layer():
    layer = LayerNormalization((1, -1), 1e-5, center=False, gamma_initializer="zeros")
    again = LayerNormalization.from_config(json.loads(json.dumps(layer.get_config())))
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize("axis", [1, -2, (0, 1), (-1, -3), (1, 2, 3, 4), (-1, -1)])
def test_other_axes_than_the_last_are_refused(axis):
    with pytest.raises(ValueError, match=r"'norm' .*expected as axis the last one or several last ones .*\(4, 5, 3\)"):
        LayerNormalization(axis=axis, name="norm").build((4, 5, 3))


@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({"axis": "last"}, TypeError, "axis: expected an integer or several, got 'last'"),
        ({"axis": ()}, TypeError, r"axis: expected an integer or several, got \(\)"),
        ({"axis": (1, True)}, TypeError, "axis: expected an integer or several"),
        ({"epsilon": -1}, ValueError, "epsilon: expected a number"),
    ],
)
def test_wrong_settings_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        LayerNormalization(**settings)
