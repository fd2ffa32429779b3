"""Batch normalization as a layer: statistics, moving averages, freezing, gradients."""

import json

import numpy as np
import pytest

import nativecnn
from nativecnn import Sequential, graph, layers, ops, reference
from nativecnn.execution.plan import Plan
from nativecnn.graph import Graph, Tensor
from nativecnn.layers import BatchNormalization
from nativecnn.losses import HalfSquaredError
from nativecnn.random import Stream
from support import assert_same_bits

SHAPES = [(3,), (5, 3), (4, 5, 3), (2, 3, 4, 3)]


def samples(shape, count=6):
    return Stream(1, "x").uniform((count, *shape)) * np.float32(3) + np.float32(1)


def network(shape, *before, **settings):
    model = Sequential([*before, BatchNormalization(name="norm", input_shape=shape, **settings), layers.Flatten()])
    model.add(layers.Dense(2, name="end"))
    model.compile("sgd", loss="half_squared_error")
    return model


def random_weights(layer):
    for name, array in layer.weights.items():
        layer.weights[name] = Stream(2, name).uniform(array.shape) + np.float32(0.5)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
def test_inference_is_the_function_of_the_moving_averages(shape, center, scale):
    layer = BatchNormalization(epsilon=0.01, center=center, scale=scale, input_shape=shape)
    model = Sequential([layer])
    expected_names = ["gamma"] * scale + ["beta"] * center + ["moving_mean", "moving_variance"]
    assert list(layer.weights) == expected_names
    assert list(layer.trainable_weights) == expected_names[:-2]
    random_weights(layer)
    weights = dict(layer.weights)
    mean, variance = weights.pop("moving_mean"), weights.pop("moving_variance")
    x = samples(shape)
    expected = ops.batch_normalization(x, mean, variance, **weights, epsilon=0.01)
    assert_same_bits(model.predict(x), expected)
    gamma, beta = (weights.get(name, default) for name, default in (("gamma", 1), ("beta", 0)))
    np.testing.assert_allclose(expected, (x - mean) / np.sqrt(variance + 0.01) * gamma + beta, rtol=1e-4, atol=1e-5)


def test_a_new_layer_has_ones_and_zeros():
    layer = BatchNormalization()
    layer.build((4, 4, 2))
    assert [weight.tolist() for weight in layer.get_weights()] == [[1, 1], [0, 0], [0, 0], [1, 1]]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("backend", ["native", "reference"])
def test_training_normalizes_by_the_batch_and_moves_the_averages(shape, backend):
    with nativecnn.use_backend(backend):
        model = network(shape, momentum=0.75)
        layer, x, y = model.layers[0], samples(shape), np.zeros((6, 2), np.float32)
        random_weights(layer)
        before = {name: layer.weights[name].copy() for name in layer.weights}
        model.train_on_batch(x, y)
        mean, variance = ops.batch_statistics(x)
    pixels = x.reshape(-1, 3).astype(float)
    np.testing.assert_allclose(mean, pixels.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(variance, pixels.var(axis=0), rtol=1e-6)
    for name, value in (("moving_mean", mean), ("moving_variance", variance)):
        expected = before[name].copy()
        reference.moving_average(expected, value, 0.75)
        assert_same_bits(layer.weights[name], expected)
        np.testing.assert_allclose(expected, 0.75 * before[name] + 0.25 * value, rtol=1e-6)
    assert (layer.weights["gamma"] != before["gamma"]).any() and (layer.weights["beta"] != before["beta"]).any()


def test_both_backends_train_to_the_same_bits():
    hashes = set()
    for backend in ("native", "reference"):
        with nativecnn.use_backend(backend):
            nativecnn.set_random_seed(3)
            model = network(
                (6, 7, 5), layers.Conv2D(5, 3, input_shape=(8, 9, 2)), layers.BatchNormalization(), layers.ReLU()
            )
            x = samples((8, 9, 2), 23)
            model.fit(x, np.zeros((23, 2)), epochs=2, batch_size=10, verbose=0)
            hashes.add((model.weights_sha256(), model.predict(x).tobytes()))
    assert len(hashes) == 1


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("center, scale", [(True, True), (False, False), (True, False)])
def test_gradients_agree_with_numerical_ones(shape, center, scale):
    model = network(shape, center=center, scale=scale)
    report = nativecnn.gradient_check(model, samples(shape), Stream(1, "y").uniform((6, 2)))
    assert report.passed, str(report)


def test_gradients_through_a_frozen_layer_agree_with_numerical_ones():
    model = network((4, 5, 3), layers.Conv2D(3, 1, input_shape=(4, 5, 2)), trainable=False)
    random_weights(model.layers[1])
    report = nativecnn.gradient_check(model, samples((4, 5, 2)), Stream(1, "y").uniform((6, 2)))
    assert report.passed, str(report)
    assert [comparison.name for comparison in report.comparisons] == [
        *("input", "conv2d/kernel", "conv2d/bias", "end/kernel", "end/bias")
    ]


def test_a_frozen_layer_computes_in_training_as_otherwise_and_stays():
    model = network((4, 5, 3), trainable=False)
    layer, x = model.layers[0], samples((4, 5, 3))
    random_weights(layer)
    before, prediction = layer.get_weights(), model.predict(x)
    loss = model.train_on_batch(x, np.zeros((6, 2)))
    assert_same_bits(layer.get_weights(), before)
    assert loss == pytest.approx(0.5 * float((prediction.astype(float) ** 2).sum()), rel=1e-6)


def test_freezing_and_thawing_takes_effect_at_the_next_step():
    model = network((3,))
    layer, x, y = model.layers[0], samples((3,)), np.zeros((6, 2))
    model.train_on_batch(x, y)
    layer.trainable = False
    before = layer.get_weights()
    model.train_on_batch(x, y)
    assert_same_bits(layer.get_weights(), before)
    layer.trainable = True
    model.train_on_batch(x, y)
    assert all((a != b).any() for a, b in zip(layer.get_weights(), before, strict=True))


def test_averages_move_in_a_layer_without_trainable_weights():
    model = network((3,), center=False, scale=False)
    layer, x = model.layers[0], samples((3,))
    prediction = model.predict(x)
    model.layers[-1].trainable = False
    model.fit(x, np.zeros((6, 2)), verbose=0)
    assert (layer.weights["moving_mean"] != 0).all()
    assert model.predict(x).tobytes() != prediction.tobytes()


def test_a_change_of_the_averages_is_announced():
    model = network((3,), center=False, scale=False)
    layer = model.layers[0]
    version = layer.weights.version
    model.train_on_batch(samples((3,)), np.zeros((6, 2)))
    assert layer.weights.version is not version
    layer.trainable = False
    version = layer.weights.version
    model.train_on_batch(samples((3,)), np.zeros((6, 2)))
    assert layer.weights.version is version


def test_training_does_not_depend_on_fusion():
    results = []
    for fusion in (True, False):
        x = y = Tensor((4, 4, 3))
        nativecnn.set_random_seed(1)
        for layer in (BatchNormalization(), layers.ReLU(), layers.Flatten(), layers.Dense(2)):
            y = graph.apply(layer, [y])
        plan = Plan(Graph([x], [y]), 6, True, loss=HalfSquaredError(), input_gradients=True, fusion=fusion)
        batch = plan.prepared(6)
        batch.inputs[0][...], batch.target_rows.rows[...] = samples((4, 4, 3)) - np.float32(2), 0
        batch.run()
        results.append([batch.outputs[0].copy(), batch.input_gradients[0].copy(), *plan.weight_gradients.values()])
        assert any("+ relu" in operation.name for operation in plan.program.operations) == fusion
    assert_same_bits(*results)


def test_inference_and_gradients_are_computed_in_place():
    model = network((4, 5, 3), layers.Conv2D(3, 1, input_shape=(4, 5, 2)))
    training = Plan(model.graph, 4, True, loss=model.compilation.objectives(model.graph)).describe()
    inference = Plan(model.graph, 4, False, fusion=False).describe()
    line = next(line for line in inference.splitlines() if line.startswith("norm "))
    assert line.endswith("in place")
    line = next(line for line in training.splitlines() if line.startswith("norm "))
    assert not line.endswith("in place")  # its input is needed again
    line = next(line for line in training.splitlines() if line.startswith("gradient of norm "))
    assert line.endswith("in place")


def test_a_saved_model_keeps_averages_and_goes_on(tmp_path):
    def trained(epochs):
        nativecnn.set_random_seed(0)
        model = network((4, 5, 3))
        model.compile("adam", loss="half_squared_error")
        model.fit(samples((4, 5, 3)), np.zeros((6, 2)), epochs=epochs, batch_size=4, verbose=0)
        return model

    model = trained(1)
    model.save(tmp_path / "model.safetensors")
    again = nativecnn.load_model(tmp_path / "model.safetensors")
    assert again.weights_sha256() == model.weights_sha256()
    assert set(again.compilation.state.slots) == {"norm/gamma", "norm/beta", "end/kernel", "end/bias"}
    again.fit(samples((4, 5, 3)), np.zeros((6, 2)), epochs=2, batch_size=4, resume=True, verbose=0)
    assert again.weights_sha256() == trained(2).weights_sha256()


def test_a_configuration_makes_an_equal_layer():
    layer = BatchNormalization(
        axis=3, momentum=0.9, epsilon=1e-5, center=False, gamma_initializer="zeros", moving_mean_initializer="ones"
    )
    again = BatchNormalization.from_config(json.loads(json.dumps(layer.get_config())))
    assert again.get_config() == layer.get_config()
    again.build((2, 2, 1))
    assert [weight.tolist() for weight in again.get_weights()] == [[0], [1], [1]]


@pytest.mark.parametrize("axis", [1, 0, -2, 4])
def test_another_axis_than_the_last_is_refused(axis):
    with pytest.raises(ValueError, match=rf"'norm' .*expected as axis the last one, -1 or 3 .*got {axis}"):
        BatchNormalization(axis=axis, name="norm").build((4, 5, 3))


@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({"axis": 1.0}, TypeError, "axis: expected an integer, got 1.0"),
        ({"momentum": 1.5}, ValueError, r"momentum: expected a number in \[0, 1\], got 1.5"),
        ({"epsilon": -1e-3}, ValueError, "epsilon: expected a number"),
        ({"epsilon": None}, TypeError, "epsilon: expected a number, got None"),
        ({"gamma_initializer": "twos"}, ValueError, "twos"),
    ],
)
def test_wrong_settings_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        BatchNormalization(**settings)


def test_samples_without_channels_are_refused():
    with pytest.raises(ValueError, match=r"expected samples of at least one axis, the channels, got \(\)"):
        BatchNormalization().build(())
