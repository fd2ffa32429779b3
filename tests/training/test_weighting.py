"""Weights of samples and classes: the same for arrays and batches, and what is refused."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Input, Model, layers
from nativecnn.data import Sequence
from nativecnn.training.weighting import class_weights
from support.training import X_VALIDATION, Y_VALIDATION, StopAfter, X, Y, joined, network, outcome

WEIGHTS = np.random.default_rng(1).integers(0, 5, 50) / 2
CLASSES = {0: 0.5, 1: 3}
OF_CLASSES = np.where(Y[:, 0] == 1, 0.5, 3).astype(np.float32)


class Slices(Sequence):
    def __init__(self, *arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return tuple(array[index * 16 : (index + 1) * 16] for array in self.arrays)


def fitted(x, y=None, **settings):
    model = network()
    history = model.fit(x, y, epochs=2, **({"verbose": 0, "batch_size": 16} | settings))
    return joined(history), outcome(model)["weights"]


# What they do


def test_a_weight_of_two_is_the_sample_twice_with_half_the_divisor():
    model, twice = network("sgd", metrics=()), network("sgd", metrics=())
    weights = np.ones(16)
    weights[3] = 2
    weighted = model.test_on_batch(X[:16], Y[:16], sample_weight=weights)
    repeated = [*range(16), 3]
    assert weighted * 16 == pytest.approx(twice.test_on_batch(X[repeated], Y[repeated]) * 17, rel=1e-6)
    zero = model.test_on_batch(X[:16], Y[:16], sample_weight=np.arange(16) == 5)
    assert zero * 16 == pytest.approx(model.test_on_batch(X[5:6], Y[5:6]), rel=1e-6)


def test_weights_change_the_training_and_those_of_one_do_not():
    assert fitted(X, Y, sample_weight=np.ones(50)) == fitted(X, Y, class_weight={0: 1.0}) == fitted(X, Y)
    assert fitted(X, Y, sample_weight=WEIGHTS) != fitted(X, Y) != fitted(X, Y, class_weight=CLASSES)


def test_classes_weights_are_those_of_their_samples():
    expected = fitted(X, Y, sample_weight=OF_CLASSES)
    assert fitted(X, Y, class_weight=CLASSES) == expected
    assert fitted(Slices(X, Y), class_weight=CLASSES, shuffle=False) == fitted(
        X, Y, sample_weight=OF_CLASSES, shuffle=False
    )
    both = fitted(X, Y, class_weight=CLASSES, sample_weight=WEIGHTS)
    assert both == fitted(X, Y, sample_weight=OF_CLASSES * WEIGHTS)
    one, other = network(), network()
    assert one.train_on_batch(X, Y, class_weight=CLASSES) == other.train_on_batch(X, Y, sample_weight=OF_CLASSES)
    assert outcome(one) == outcome(other)


def test_weights_come_with_batches():
    expected = fitted(X, Y, sample_weight=WEIGHTS, shuffle=False)
    assert fitted(Slices(X, Y, WEIGHTS), shuffle=False) == expected
    assert fitted(Slices(X, Y, WEIGHTS.reshape(50, 1)), shuffle=False) == expected
    model = network()
    assert model.evaluate(Slices(X, Y, WEIGHTS)) == model.evaluate(X, Y, sample_weight=WEIGHTS)
    assert model.evaluate(X, Y, sample_weight=WEIGHTS) != model.evaluate(X, Y)


def test_some_batches_may_have_weights_and_others_none():
    parts = [(X[:16], Y[:16], WEIGHTS[:16]), (X[16:32], Y[16:32]), (X[32:], Y[32:], WEIGHTS[32:])]
    fit, stepped = network(), network()
    fit.fit(iter(parts), verbose=0)
    for part in parts:
        stepped.train_on_batch(*part)
    assert outcome(fit)["weights"] == outcome(stepped)["weights"]


def test_validation_has_weights_too():
    weights = np.arange(9)
    model = network()
    history = model.fit(X, Y, verbose=0, validation_data=(X_VALIDATION, Y_VALIDATION, weights)).history
    assert history["val_loss"] == [model.evaluate(X_VALIDATION, Y_VALIDATION, sample_weight=weights)[0]]
    assert model.evaluate(X_VALIDATION, Y_VALIDATION)[0] != history["val_loss"][0]
    split = network().fit(X, Y, sample_weight=WEIGHTS, validation_split=0.2, verbose=0).history
    data = {"sample_weight": WEIGHTS[:40], "validation_data": (X[40:], Y[40:], WEIGHTS[40:])}
    assert network().fit(X[:40], Y[:40], verbose=0, **data).history == split


def test_stopping_changes_nothing(tmp_path):
    whole, stopped = network(), network()
    settings = {"sample_weight": WEIGHTS, "class_weight": CLASSES, "epochs": 2, "batch_size": 16, "verbose": 0}
    history = whole.fit(X, Y, **settings)
    first = stopped.fit(X, Y, callbacks=[StopAfter(3)], **settings)
    stopped.save(tmp_path / "model")
    again = nativecnn.load_model(tmp_path / "model")
    assert joined(first, again.fit(X, Y, resume=True, **settings)) == joined(history)
    assert outcome(again) == outcome(whole)


def test_bits_do_not_depend_on_threads_and_backend():
    results = []
    for backend, threads in (("native", 1), ("native", 3), ("reference", 1)):
        with nativecnn.use_backend(backend), nativecnn.threads(threads):
            results.append(fitted(X, Y, sample_weight=WEIGHTS))
    assert results[0] == results[1] == results[2]


# Of classes


@pytest.mark.parametrize(
    "labels",
    [np.array([2, 0, 1]), np.array([[2], [0], [1]]), np.eye(3)[[2, 0, 1]], np.array([2.0, 0.0, 1.0], np.float32)],
    ids=["labels", "column", "rows", "floats"],
)
def test_weights_of_classes(labels):
    weights = class_weights(labels, {2: 0.25, 0: 7})
    assert weights.dtype == np.float32 and weights.tolist() == [0.25, 7, 1]


@pytest.mark.parametrize(
    "class_weight, error, message",
    [
        ([1, 2], TypeError, "class_weight: expected a dict"),
        ({"a": 1}, TypeError, "class_weight: class number"),
        ({-1: 1}, ValueError, "class_weight: class number"),
        ({0: -1}, ValueError, "class_weight: weight of class 0"),
        ({0: np.nan}, ValueError, "class_weight: weight of class 0"),
        ({0: np.inf}, ValueError, "class_weight: weight of class 0"),
        ({0: "1"}, TypeError, "class_weight: weight of class 0"),
    ],
)
def test_wrong_weights_of_classes_are_refused(class_weight, error, message):
    with pytest.raises(error, match=message):
        network().fit(X, Y, class_weight=class_weight, verbose=0)


def test_outputs_that_are_no_classes_have_no_weights_of_classes():
    image = Input((6, 6, 1))
    model = Model(image, layers.Conv2D(2, 3)(image))
    model.compile(loss="mse")
    with pytest.raises(ValueError, match="class_weight: expected an output of classes"):
        model.fit(X, np.zeros((50, 4, 4, 2)), class_weight={0: 2}, verbose=0)
    model = Model(image, [layers.Flatten()(image), layers.Flatten()(image)])
    model.compile(loss="mse")
    with pytest.raises(ValueError, match="class_weight: expected a model with one output, got one with 2"):
        model.fit(X, [X.reshape(50, 36)] * 2, class_weight={0: 2}, verbose=0)


@pytest.mark.parametrize(
    "weights, error, message",
    [
        (np.ones(49), ValueError, r"sample_weight: expected one weight for each of 50 samples, got shape \(49,\)"),
        (np.ones((50, 2)), ValueError, "sample_weight: expected one weight"),
        (1.0, ValueError, "sample_weight: expected one weight"),
        (np.full(50, "1"), TypeError, "sample_weight: expected an array of real numbers"),
        (np.where(np.arange(50) == 7, -1, 1), ValueError, "at least 0, got -1 in sample 7"),
        (np.where(np.arange(50) == 7, np.nan, 1), ValueError, "got nan in sample 7"),
        (np.where(np.arange(50) == 7, 1e39, 1), ValueError, "finite weights of at least 0, got 1e.39 in sample 7"),
    ],
    ids=lambda value: None,
)
def test_wrong_weights_are_refused(weights, error, message):
    model = network()
    for attempt in (model.fit, model.evaluate, model.train_on_batch, model.test_on_batch):
        with pytest.raises(error, match=message):
            attempt(X, Y, sample_weight=weights)
    if np.shape(weights) == (50,):
        with pytest.raises(error, match="batch 0's sample_weight"):
            model.fit(iter([(X, Y, weights)]), verbose=0)
    assert model.compilation.state.iterations == 0
