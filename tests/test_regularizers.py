"""Penalties on weights."""

import math

import numpy as np
import pytest

import nativecnn
from nativecnn import gradient_check, layers, load_model, ops, reference, regularizers
from nativecnn.optimizers import SGD
from nativecnn.random import Stream
from nativecnn.regularizers import L1, L1L2, L2

X, Y = Stream(1, "x").uniform((11, 5, 5, 2)), Stream(2, "y").uniform((11, 3))


def network(optimizer="sgd", loss="mse", **settings):
    nativecnn.set_random_seed(0)
    model = nativecnn.Sequential(
        [
            layers.Conv2D(4, 3, kernel_regularizer="l2", bias_initializer="ones", bias_regularizer=L1(0.1)),
            layers.Activation("tanh"),
            layers.Flatten(),
            layers.Dense(3, kernel_regularizer=L1L2(0.03, 0.2), **settings),
        ]
    )
    model.build((5, 5, 2))
    model.compile(optimizer, loss=loss)
    return model


def penalties(model):
    """Return the penalty of each layer."""
    conv_kernel, conv_bias, kernel, _ = (weight.astype(float) for weight in model.get_weights())
    conv = 0.01 * (conv_kernel**2).sum() + 0.1 * abs(conv_bias).sum()
    return conv, 0.03 * abs(kernel).sum() + 0.2 * (kernel**2).sum()


def without(model, loss="mse"):
    """Return a model of the same weights without penalties."""
    plain = network()
    plain.set_weights(model.get_weights())
    for layer in plain.layers:
        layer.regularizers.clear()
    plain.compile("sgd", loss=loss)
    return plain


@pytest.mark.parametrize("loss", ["mse", "half_squared_error"])
def test_the_loss_contains_the_penalties(loss):
    model = network(loss=loss)
    total, plain = sum(penalties(model)), without(model, loss)
    assert math.isclose(model.evaluate(X, Y, batch_size=4), plain.evaluate(X, Y) + total, rel_tol=1e-12)
    assert model.evaluate(X, Y, batch_size=4) == model.evaluate(X, Y, batch_size=11)
    before = plain.evaluate(X, Y)
    assert math.isclose(model.train_on_batch(X, Y), before + total, rel_tol=1e-12)  # from before the step


def test_an_epoch_s_loss_has_the_mean_of_the_penalties_over_its_samples():
    model, batches, expected = network(), [(0, 4), (4, 8), (8, 11)], 0.0
    again = network()
    for first, last in batches:
        expected += (last - first) * again.train_on_batch(X[first:last], Y[first:last])
    history = model.fit(X, Y, batch_size=4, shuffle=False, verbose=0).history
    assert math.isclose(history["loss"][0], expected / 11, rel_tol=1e-6)
    assert model.weights_sha256() == again.weights_sha256()


def test_frozen_layers_have_no_penalty():
    model = network()
    model.layers[0].trainable = False
    expected = without(model).evaluate(X, Y) + penalties(model)[1]
    before = model.layers[0].get_weights()
    assert math.isclose(model.evaluate(X, Y), expected, rel_tol=1e-12)
    assert math.isclose(model.train_on_batch(X, Y), expected, rel_tol=1e-12)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.layers[0].get_weights(), strict=True))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_both_backends_give_the_same_bits(optimizer):
    results = []
    for backend in ("native", "reference"):
        model = network(optimizer)
        with ops.use_backend(backend):
            history = model.fit(X, Y, batch_size=4, epochs=2, validation_split=0.2, verbose=0).history
        results.append((history, model.weights_sha256()))
    assert results[0] == results[1]


def test_a_step_of_gradient_descent_follows_the_penalty():
    model = network()
    plain = without(model)
    kernel = model.layers[-1].get_weights()[0]
    for one in (model, plain):
        one.train_on_batch(X, Y)
    difference = model.layers[-1].get_weights()[0] - plain.layers[-1].get_weights()[0]
    np.testing.assert_allclose(difference, -0.01 * (0.03 * np.sign(kernel) + 0.4 * kernel), rtol=2e-4, atol=1e-7)


def test_gradients_pass_the_check():
    assert gradient_check(network(bias_regularizer="l2"), X[:4], Y[:4]).passed


def test_the_check_notices_a_missing_penalty(monkeypatch):
    monkeypatch.setattr(regularizers.Regularizer, "penalty", lambda self, kernels, weight: 0.0)
    assert not gradient_check(network(), X[:4], Y[:4]).passed


def test_a_shared_layer_has_one_penalty():
    shared = layers.Dense(3, kernel_regularizer="l2")
    x = nativecnn.Input((3,))
    model = nativecnn.Model(x, shared(shared(x)))
    model.compile("sgd", loss="mse")
    x, y = Stream(1, "x").uniform((4, 3)), Stream(2, "y").uniform((4, 3))
    plain = np.square((model.predict(x) - y).astype(float)).mean()
    kernel = shared.get_weights()[0].astype(float)
    assert math.isclose(model.evaluate(x, y), plain + 0.01 * (kernel**2).sum(), rel_tol=1e-6)
    assert gradient_check(model, x, y).passed


@pytest.mark.parametrize("optimizer", ["sgd", SGD(0.1, global_clipnorm=0.1)], ids=["sgd", "clipped"])
def test_models_within_models_have_their_penalties(optimizer, tmp_path):
    def built(regularizer):
        nativecnn.set_random_seed(0)
        x = nativecnn.Input((3,))
        inner = nativecnn.Model(x, layers.Dense(3, kernel_regularizer=regularizer, name="dense")(x), name="inner")
        y = nativecnn.Input((3,))
        model = nativecnn.Model(y, layers.Dense(3, kernel_regularizer="l1", name="dense")(inner(y)))
        model.compile(optimizer, loss="mse")
        return model

    x, y = Stream(1, "x").uniform((4, 3)), Stream(2, "y").uniform((4, 3))
    model, plain = built("l2"), built(None)
    kernel = model.weights["inner/dense/kernel"].astype(float)
    assert math.isclose(model.evaluate(x, y), plain.evaluate(x, y) + 0.01 * (kernel**2).sum(), rel_tol=1e-12)
    assert gradient_check(model, x, y).passed
    model.train_on_batch(x, y)
    model.save(tmp_path / "model.safetensors")
    again = load_model(tmp_path / "model.safetensors")
    assert again.train_on_batch(x, y) == model.train_on_batch(x, y)
    assert again.weights_sha256() == model.weights_sha256() != plain.weights_sha256()


def test_penalties_are_saved_with_the_model(tmp_path):
    model = network("adam")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.safetensors")
    again = load_model(tmp_path / "model.safetensors")
    assert again.layers[0].get_config() == model.layers[0].get_config()
    assert again.evaluate(X, Y) == model.evaluate(X, Y)
    assert again.train_on_batch(X, Y) == model.train_on_batch(X, Y)
    assert again.weights_sha256() == model.weights_sha256()


def test_an_epoch_goes_on_with_its_penalties(tmp_path):
    path, settings = tmp_path / "model.safetensors", {"batch_size": 3, "epochs": 1, "verbose": 0}
    whole = network("adam")
    expected = whole.fit(X, Y, **settings).history
    stopped = network("adam")
    stopped.fit(X, Y, callbacks=[nativecnn.callbacks.ModelCheckpoint(path, save_freq=2)], **settings)
    resumed = load_model(path)
    assert resumed.compilation.position.sums.samples in (6, 11)
    assert resumed.fit(X, Y, resume=True, **settings).history == expected
    assert resumed.weights_sha256() == whole.weights_sha256()


@pytest.mark.parametrize("value", ["l1", "l2", "l1_l2", L1(0.5), L2(0.25), L1L2(0.5, 0.25)])
def test_configuration_makes_an_equal_regularizer(value):
    value = regularizers.get(value)
    again = regularizers.get(value.get_config())
    assert type(again) is type(value) and (again.l1, again.l2) == (value.l1, value.l2) and repr(again) == repr(value)


def test_defaults_are_those_of_keras():
    assert regularizers.get(None) is None
    assert [(r.l1, r.l2) for r in map(regularizers.get, ("l1", "l2", "l1_l2"))] == [
        (0.01, 0.0),
        (0.0, 0.01),
        (0.0, 0.0),
    ]


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: L1(-1), ValueError, r"l1: l1: expected a number in \[0, inf\), got -1"),
        (lambda: L2(math.inf), ValueError, "l2: l2"),
        (lambda: L1L2("1"), TypeError, "l1_l2: l1: expected a number, got '1'"),
        (lambda: regularizers.get("ridge"), ValueError, "expected as regularizer one of l1, l1_l2, l2, got 'ridge'"),
        (lambda: layers.Dense(3, kernel_regularizer="ridge"), ValueError, "got 'ridge'"),
    ],
)
def test_a_wrong_setting_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    "layer, argument",
    [
        (layers.Conv1D(3, 2, kernel_regularizer="l2"), "kernel_regularizer"),
        (layers.Conv2D(3, 2, bias_regularizer="l2", bias_initializer="normal"), "bias_regularizer"),
        (layers.Conv2DTranspose(3, 2, kernel_regularizer="l2"), "kernel_regularizer"),
        (layers.Conv3D(3, 2, kernel_regularizer="l2"), "kernel_regularizer"),
        (layers.DepthwiseConv2D(2, depthwise_regularizer="l2"), "depthwise_regularizer"),
        (layers.BatchNormalization(gamma_regularizer="l2"), "gamma_regularizer"),
        (layers.BatchNormalization(beta_regularizer="l2", beta_initializer="normal"), "beta_regularizer"),
        (layers.LayerNormalization(gamma_regularizer="l2"), "gamma_regularizer"),
        (layers.PReLU("normal", (1, 2), alpha_regularizer="l2"), "alpha_regularizer"),
        (layers.LayerNormalization(beta_regularizer="l2", beta_initializer="normal"), "beta_regularizer"),
    ],
    ids=lambda value: getattr(value, "label", value),
)
def test_every_layer_takes_its_penalties(layer, argument):
    axes = 3 if "3D" in type(layer).__name__ else 1 if "1D" in type(layer).__name__ else 2
    shape = (*(5, 4, 3)[:axes], 2)
    model = nativecnn.Sequential([layer, layers.Activation("tanh"), layers.Flatten(), layers.Dense(2)])
    model.build(shape)
    model.compile("sgd", loss="mse")
    assert layer.get_config()[argument] == {"name": "l2", "l2": 0.01}
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()
    ((name, _),) = layer.regularizers.items()
    expected = 0.01 * (layer.weights[name].astype(float) ** 2).sum()
    assert math.isclose(regularizers.total_penalty(reference, model.layers), expected, rel_tol=1e-9) and expected > 0
    x, y = Stream(1, "x").uniform((3, *shape)), Stream(2, "y").uniform((3, 2))
    assert gradient_check(model, x, y).passed
