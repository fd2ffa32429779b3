"""Models up to the scores before their softmax."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Input, Model, Sequential, layers, ops, visualize
from nativecnn.random import Stream
from support import assert_same_bits

X = Stream(1, "x").uniform((5, 6, 6, 2)) - np.float32(0.5)
LABELS = np.array([0, 2, 1, 1, 0])


def classifier(*ending):
    nativecnn.set_random_seed(4)
    body = [layers.Conv2D(4, 3, activation="relu", input_shape=(6, 6, 2)), layers.Flatten()]
    return Sequential([*body, *ending])


def nested():
    inner, x = classifier(layers.Dense(3, activation="softmax")), Input((6, 6, 2))
    return Model(x, inner(layers.ReLU()(x)))


@pytest.mark.parametrize(
    "make, squash",
    [
        (lambda: classifier(layers.Dense(3, activation="softmax")), ops.softmax),
        (lambda: classifier(layers.Dense(3), layers.Softmax()), ops.softmax),
        (lambda: classifier(layers.Dense(3), layers.Activation("softmax")), ops.softmax),
        (lambda: classifier(layers.Dense(1, activation="sigmoid")), ops.sigmoid),
        (lambda: Sequential([layers.Conv2D(3, 3, activation="softmax", input_shape=(6, 6, 2))]), ops.softmax),
        (nested, ops.softmax),
    ],
    ids=["dense", "layer", "activation", "sigmoid", "convolution", "nested"],
)
def test_the_softmax_of_the_scores_is_the_output(make, squash):
    model = make()
    scored = visualize.logits(model)
    scores = scored.predict(X)
    assert scores.min() < 0 and scored is not model
    assert_same_bits(squash(scores), model.predict(X))


def test_scores_are_of_the_weights_as_they_become():
    model = classifier(layers.Dense(3, activation="softmax"))
    names, scored = [layer.name for layer in model.layers], visualize.logits(model)
    before = scored.predict(X)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X, LABELS, verbose=0)
    after = scored.predict(X)
    assert before.tobytes() != after.tobytes()
    assert_same_bits(ops.softmax(after), model.predict(X))
    assert [layer.name for layer in model.layers] == names
    assert np.shares_memory(scored.layers[-1].weights["kernel"], model.layers[-1].weights["kernel"])


@pytest.mark.parametrize("ending", [layers.Dense(3), layers.Dense(3, activation="relu"), layers.Activation("tanh")])
def test_a_model_without_a_softmax_is_its_own(ending):
    model = classifier(ending)
    assert visualize.logits(model) is model
    x = Input((6, 6, 2))
    outer = Model(x, model(x))
    assert visualize.logits(outer) is outer


def test_several_outputs_are_refused():
    x = Input((3,))
    model = Model(x, [layers.Dense(2, activation="softmax")(x), layers.Dense(2)(x)])
    with pytest.raises(ValueError, match="logits: expected a model with one output, got 2"):
        visualize.logits(model)
    assert visualize.logits(Model(model.input, model.outputs[0])).predict([[1, 2, 3]]).shape == (1, 2)
