"""Clipping, decay and penalties where models are trained."""

import math

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, ops
from nativecnn.layers import dense
from nativecnn.optimizers import SGD, Adagrad, Adam, OptimizerState, WeightGradient
from nativecnn.optimizers.base import clipping_scale
from nativecnn.random import Stream

X, Y = Stream(1, "x").uniform((23, 30)), Stream(2, "y").uniform((23, 3))


def network(optimizer, **settings):
    nativecnn.set_random_seed(0)
    model = nativecnn.Sequential(
        [layers.Dense(40, activation="relu", input_dim=30, **settings), layers.Dense(3, bias_regularizer="l1")]
    )
    model.compile(optimizer, loss="mse")
    return model


def trained(optimizer, backend="native", **settings):
    model = network(optimizer, **settings)
    with ops.use_backend(backend):
        history = model.fit(X, Y, batch_size=8, epochs=3, verbose=0).history
    return model.weights_sha256(), history["loss"]


CLIPPED = {
    "clipvalue": lambda: Adam(0.01, clipvalue=0.003, weight_decay=0.1),
    "clipnorm": lambda: SGD(0.1, momentum=0.9, clipnorm=0.05),
    "global_clipnorm": lambda: Adagrad(0.1, global_clipnorm=0.05, weight_decay=0.1),
}


@pytest.mark.parametrize("make", CLIPPED.values(), ids=CLIPPED)
def test_training_by_pieces_gives_the_same_weights(make, monkeypatch):
    results = []
    for piece in (10, 64, 1 << 19):
        monkeypatch.setattr(dense, "_PIECE", piece)
        results.append(trained(make(), kernel_regularizer="l1", bias_regularizer="l2"))
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("make", CLIPPED.values(), ids=CLIPPED)
def test_both_backends_give_the_same_weights(make):
    settings = {"kernel_regularizer": {"name": "l1_l2", "l1": 0.01, "l2": 0.1}}
    assert trained(make(), **settings) == trained(make(), "reference", **settings)


@pytest.mark.parametrize("name", CLIPPED)
def test_a_limit_that_is_not_reached_changes_nothing(name):
    assert trained(SGD(0.1, momentum=0.9)) == trained(SGD(0.1, momentum=0.9, **{name: 1e10}))
    assert trained(SGD(0.1, momentum=0.9)) != trained(SGD(0.1, momentum=0.9, **{name: 1e-3}))


def test_one_step_stays_within_the_norm_of_all():
    model = network(SGD(1.0, global_clipnorm=0.01), kernel_regularizer="l2")
    before = model.get_weights()
    model.train_on_batch(X, Y)
    moved = [a - b for a, b in zip(model.get_weights(), before, strict=True)]
    assert math.isclose(math.sqrt(sum((m.astype(float) ** 2).sum() for m in moved)), 0.01, rel_tol=1e-3)


def test_each_weight_stays_within_its_norm():
    model = network(SGD(1.0, clipnorm=0.01), kernel_regularizer="l2")
    before = model.get_weights()
    model.train_on_batch(X, Y)
    norms = [np.linalg.norm((a - b).astype(float)) for a, b in zip(model.get_weights(), before, strict=True)]
    assert max(norms) < 0.01001 and sorted(norms)[-2] > 0.00999


def test_gradients_of_all_weights_are_there_before_the_first_update():
    model = network(SGD(1.0, global_clipnorm=0.01))
    with model._lend_plan("train", 4) as plan:
        names = [operation.name for operation in plan.program.operations]
    assert names[-1] == "update of all layers" and not any("update of dense" in name for name in names)


def test_a_layer_frozen_after_a_step_keeps_its_weights():
    model = network(SGD(0.1, global_clipnorm=0.1, weight_decay=0.5), kernel_regularizer="l2")
    model.train_on_batch(X, Y)
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()
    first, second = model.train_on_batch(X, Y), model.evaluate(X, Y)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.layers[0].get_weights(), strict=True))
    assert first > second


def test_scale_of_special_norms():
    assert clipping_scale(1.0, [math.nan, 5.0]) == 1.0
    assert clipping_scale(1.0, [math.inf]) == 0.0
    assert clipping_scale(1.0, [0.0]) == clipping_scale(1.0, []) == clipping_scale(1.0, [1.0]) == 1.0
    assert clipping_scale(1.0, [9.0, 16.0]) == 0.2


@pytest.mark.parametrize("value, expected", [(np.inf, [0, 0, np.nan]), (np.nan, [-1, -2, np.nan])])
def test_a_gradient_with_a_special_value(value, expected):
    optimizer, state = SGD(1.0, clipnorm=1.0), OptimizerState()
    weights, gradient = np.zeros(3, np.float32), np.float32([1, 2, value])
    optimizer.begin_step(state)
    with np.errstate(invalid="ignore"):
        optimizer.prepare_update(nativecnn.reference, state, WeightGradient("a/b", weights, gradient))()
    np.testing.assert_array_equal(weights, expected)


@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({"clipnorm": 0}, ValueError, r"sgd: clipnorm: expected a number in \(0, inf\), got 0"),
        ({"clipvalue": -1}, ValueError, "sgd: clipvalue"),
        ({"global_clipnorm": "1"}, TypeError, "sgd: global_clipnorm: expected a number, got '1'"),
        ({"clipnorm": 1, "clipvalue": 1}, ValueError, "at most one of clipnorm, .* got clipnorm and clipvalue"),
        ({"weight_decay": -0.1}, ValueError, "sgd: weight_decay"),
        ({"momentums": 0.1}, TypeError, "momentums"),
    ],
)
def test_a_wrong_setting_is_refused(settings, error, message):
    with pytest.raises(error, match=message):
        SGD(0.1, **settings)
