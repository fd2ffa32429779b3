"""Optimizers: settings, steps, state."""

import math

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, optimizers
from nativecnn.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Nadam, RMSprop
from nativecnn.random import Stream

X, Y = Stream(0, "x").uniform((8, 3)), Stream(0, "y").uniform((8, 2))


def trained(optimizer, steps=3):
    nativecnn.set_random_seed(0)
    model = nativecnn.Sequential([layers.Dense(2, input_dim=3)])
    model.compile(optimizer, loss="mse")
    weights = [model.get_weights()]
    for _ in range(steps):
        model.train_on_batch(X, Y)
        weights.append(model.get_weights())
    return weights


def gradients(kernel, bias):
    error = 2 * (X.astype(float) @ kernel + bias - Y) / Y.size
    return X.T.astype(float) @ error, error.sum(axis=0)


def test_sgd_follows_its_formula():
    before, after = trained(SGD(0.5), 1)
    for weight, gradient, result in zip(before, gradients(*before), after, strict=True):
        np.testing.assert_allclose(result, weight - 0.5 * gradient, rtol=1e-5)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_follows_its_formula(nesterov):
    steps = trained(SGD(0.1, momentum=0.9, nesterov=nesterov))
    weights, velocities = steps[0], [0, 0]
    for result in steps[1:]:
        moves = [-0.1 * gradient for gradient in gradients(*weights)]
        velocities = [0.9 * v + move for v, move in zip(velocities, moves, strict=True)]
        if nesterov:
            moves = [0.9 * v + move for v, move in zip(velocities, moves, strict=True)]
        else:
            moves = velocities
        weights = [w + move for w, move in zip(weights, moves, strict=True)]
        for expected, got in zip(weights, result, strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)


def test_adam_follows_its_formula():
    steps = trained(Adam(0.01))
    weights, m, v = steps[0], [0, 0], [0, 0]
    for t, result in enumerate(steps[1:], 1):
        g = gradients(*weights)
        m = [0.9 * a + 0.1 * b for a, b in zip(m, g, strict=True)]
        v = [0.999 * a + 0.001 * b**2 for a, b in zip(v, g, strict=True)]
        size = 0.01 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        weights = [w - size * a / (np.sqrt(b) + 1e-7) for w, a, b in zip(weights, m, v, strict=True)]
        for expected, got in zip(weights, result, strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_one_optimizer_may_serve_two_models():
    alone = trained(Adam(0.01))[-1]
    shared = Adam(0.01)
    trained(shared)
    again = trained(shared)[-1]
    assert all(np.array_equal(a, b) for a, b in zip(alone, again, strict=True))


def test_a_changed_learning_rate_takes_effect():
    model = nativecnn.Sequential([layers.Dense(2, input_dim=3)])
    optimizer = SGD(0.1)
    model.compile(optimizer, loss="mse")
    optimizer.learning_rate = 0
    before = model.weights_sha256()
    model.fit(X, Y, verbose=0)
    assert model.weights_sha256() == before


def test_compiling_again_forgets_the_momentum():
    nativecnn.set_random_seed(0)
    model = nativecnn.Sequential([layers.Dense(2, input_dim=3)])
    start, results = model.get_weights(), []
    for _ in range(2):
        model.compile(SGD(0.1, momentum=0.9), loss="mse")
        model.set_weights(start)
        model.fit(X, Y, batch_size=3, epochs=2, verbose=0)
        results.append(model.weights_sha256())
    assert results[0] == results[1]


@pytest.mark.parametrize("optimizer", [SGD(0.1, momentum=0.9), "adam"], ids=["momentum", "adam"])
def test_a_layer_that_takes_anothers_name_and_not_its_shape_is_remembered_anew(optimizer):
    model = nativecnn.Sequential([layers.Dense(5, input_dim=3, name="first"), layers.Dense(4, name="last")])
    model.compile(optimizer, loss="mse")
    model.fit(X, np.ones((len(X), 4)), verbose=0)
    model.pop()
    model.add(layers.Dense(2, name="last"))
    model.fit(X, Y, verbose=0)
    for key, weight in model.weights.items():
        assert {slot.shape for slot in model.compilation.state.slots[key]} == {weight.shape}


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "Adadelta", "RMSprop", "Adam", "AdamW", "Nadam", "Adamax"])
def test_names_are_those_of_the_classes_or_small(name):
    optimizer = getattr(optimizers, name)()
    for same in (name, name.lower(), {"name": name}):
        again = optimizers.get(same)
        assert type(again) is type(optimizer) and again.get_config() == optimizer.get_config()


@pytest.mark.parametrize(
    "optimizer",
    [
        "sgd",
        "adam",
        "adamw",
        SGD(0.2, 0.5, True, weight_decay=0.1, clipnorm=1),
        Adam(0.1, 0.8, 0.9, 1e-3, True, global_clipnorm=2),
        AdamW(0.1, None),
        Nadam(0.1, 0.8, 0.9, 1e-3),
        Adamax(0.1, 0.8, 0.9, 1e-3, clipvalue=3),
        Adagrad(0.1, 0.2, 1e-3),
        Adadelta(0.1, 0.2, 1e-3),
        RMSprop(0.1, 0.2, 0.3, 1e-3, True),
    ],
)
def test_configuration_makes_an_equal_optimizer(optimizer):
    optimizer = optimizers.get(optimizer)
    again = optimizers.get(optimizer.get_config())
    assert type(again) is type(optimizer) and again.get_config() == optimizer.get_config()


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: SGD(-0.1), ValueError, r"learning_rate: expected a number in \[0, inf\), got -0.1"),
        (lambda: SGD(math.nan), ValueError, "got nan"),
        (lambda: SGD(math.inf), ValueError, "got inf"),
        (lambda: SGD("0.1"), TypeError, "got '0.1'"),
        (lambda: SGD(0.1, momentum=1), ValueError, r"momentum: expected a number in \[0, 1\), got 1"),
        (lambda: SGD(0.1, nesterov=True), ValueError, "momentum above 0 for nesterov"),
        (lambda: Adam(beta_1=1.0), ValueError, "beta_1"),
        (lambda: Adam(beta_2=-0.1), ValueError, "beta_2"),
        (lambda: Adam(epsilon=-1), ValueError, "epsilon"),
        (lambda: optimizers.get("momentum"), ValueError, "adam, .*sgd, got 'momentum'"),
    ],
)
def test_a_wrong_setting_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
