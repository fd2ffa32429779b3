"""Gradient saliency and occlusion."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Input, Model, Sequential, layers, visualize
from nativecnn.random import Stream
from support import assert_same_bits

X = Stream(1, "x").uniform((5, 7, 6, 2)) - np.float32(0.5)
CLASSES = np.array([0, 2, 1, 1, 0])


def network(activation="softmax"):
    nativecnn.set_random_seed(4)
    return Sequential(
        [
            layers.Conv2D(8, 3, input_shape=(7, 6, 2)),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(2),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(3, activation=activation),
        ]
    )


# By the gradient


def test_saliency_of_a_linear_classifier_is_its_weights():
    model = Sequential([layers.Flatten(input_shape=(7, 6, 2)), layers.Dense(3, activation="softmax")])
    kernel = model.weights["dense/kernel"]
    assert_same_bits(visualize.gradient_saliency(model, X, CLASSES), kernel.T[CLASSES].reshape(X.shape))
    assert_same_bits(visualize.gradient_saliency(model, X, 2), kernel.T[[2] * 5].reshape(X.shape))


def test_saliency_is_the_same_with_and_without_a_softmax():
    assert_same_bits(
        visualize.gradient_saliency(network(), X, CLASSES), visualize.gradient_saliency(network(None), X, CLASSES)
    )


def test_saliency_stays_where_the_probability_is_1():
    # Where the gradient of the probability itself is nothing but 0.
    model = network()
    model.layers[-1].weights["bias"] = [1000, 0, 0]
    assert not nativecnn.output_gradients(model, X, np.eye(3)[[0] * 5]).any()
    assert visualize.gradient_saliency(model, X).any(axis=(1, 2, 3)).all()


def test_saliency_is_the_slope_of_the_score():
    model, nudge = network(), 1e-3
    saliency = visualize.gradient_saliency(model, X, CLASSES)
    scored, own = visualize.logits(model), (np.arange(5), CLASSES)
    for place in [(0, 0, 0), (3, 2, 1), (4, 4, 0)]:
        step = np.zeros_like(X)
        step[(slice(None), *place)] = nudge
        slope = (scored.predict(X + step)[own] - scored.predict(X - step)[own]) / (2 * nudge)
        np.testing.assert_allclose(saliency[(slice(None), *place)], slope, rtol=5e-3, atol=2e-4)


def test_by_default_the_highest_class_counts():
    model = network()
    chosen = model.predict(X).argmax(axis=1)
    assert_same_bits(visualize.gradient_saliency(model, X), visualize.gradient_saliency(model, X, chosen))


def test_saliency_does_not_depend_on_batches_and_leaves_the_model_as_it_was():
    model = network()
    before = model.weights_sha256()
    together = visualize.gradient_saliency(model, X, batch_size=None)
    assert_same_bits(visualize.gradient_saliency(model, X, batch_size=2), together)
    for number in range(5):
        assert_same_bits(visualize.gradient_saliency(model, X[number : number + 1])[0], together[number])
    assert model.weights_sha256() == before
    assert visualize.gradient_saliency(model, X[:0]).shape == (0, 7, 6, 2)


def test_tokens_are_refused_and_their_vectors_taken():
    model = Sequential(
        [layers.Embedding(9, 4, input_shape=(6,)), layers.GlobalMaxPooling1D(), layers.Dense(2, activation="softmax")]
    )
    tokens = np.array([[1, 2, 3, 4, 5, 6]])
    with pytest.raises(ValueError, match=r"got tokens for layer 'embedding' \(Embedding\); a model that begins with"):
        visualize.gradient_saliency(model, tokens)
    vectors = model.layers[0].output
    rest, values = Model(vectors, model.output), Model(model.input, vectors).predict(tokens)
    assert visualize.gradient_saliency(rest, values).any()


# By covering


@pytest.mark.parametrize(
    "window, stride, value",
    [(3, 1, 0.0), (2, 2, 0.5), ((3, 2), (2, 3), [0.25, -1]), (1, 3, 0), (9, 4, -1), ((4, 1), 1, 0.0)],
)
@pytest.mark.parametrize("activation", ["softmax", None])
def test_occlusion_is_what_each_covered_picture_loses(window, stride, value, activation):
    model = network(activation)
    falls = visualize.occlusion(model, X, CLASSES, window=window, stride=stride, value=value, batch_size=4)
    (height, width), (down, right) = (pair if isinstance(pair, tuple) else (pair, pair) for pair in (window, stride))
    assert falls.shape == (5, -(-7 // down), -(-6 // right)) and falls.dtype == np.float32
    scores = model.predict(X)
    for number, row, column in np.ndindex(falls.shape):
        covered = X[number : number + 1].copy()
        for y, x in np.ndindex(7, 6):
            # Pixel middles, from the middle of the cell, in half pixels; where parities differ, half a pixel before it.
            from_middle_y = 2 * y + 1 - (2 * row + 1) * down + (height - down) % 2
            from_middle_x = 2 * x + 1 - (2 * column + 1) * right + (width - right) % 2
            if abs(from_middle_y) < height and abs(from_middle_x) < width:
                covered[0, y, x] = value
        lost = scores[number, CLASSES[number]] - model.predict(covered)[0, CLASSES[number]]
        assert falls[number, row, column] == lost


def test_occlusion_finds_where_the_class_is_seen():
    # The score of class 1 is one pixel's value, and nothing else.
    model = Sequential([layers.Flatten(input_shape=(6, 6, 1)), layers.Dense(2, use_bias=False)])
    kernel = np.zeros((6, 6, 2), np.float32)
    kernel[4, 1, 1] = 2
    model.set_weights([kernel.reshape(36, 2)])
    falls = visualize.occlusion(model, np.full((1, 6, 6, 1), 3), window=1)
    expected = np.zeros((1, 6, 6), np.float32)
    expected[0, 4, 1] = 6
    np.testing.assert_array_equal(falls, expected)
    falls = visualize.occlusion(model, np.full((1, 6, 6, 1), 3), window=3, stride=3)
    np.testing.assert_array_equal(falls, [[[0, 0], [6, 0]]])


def test_occlusion_does_not_depend_on_batches_or_dtype():
    model = network()
    expected = visualize.occlusion(model, X, window=2, stride=2)
    assert_same_bits(visualize.occlusion(model, X, window=2, stride=2, batch_size=1), expected)
    assert_same_bits(visualize.occlusion(model, X.astype(np.float64), window=2, stride=2, batch_size=None), expected)
    assert_same_bits(visualize.occlusion(model, X[3:], window=2, stride=2), expected[3:])
    assert visualize.occlusion(model, X[:0], window=2).shape == (0, 7, 6)


@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({"window": 0}, ValueError, "occlusion: window"),
        ({"window": 2, "stride": 1.5}, TypeError, "occlusion: stride"),
        ({"window": 2, "value": [1, 2, 3]}, ValueError, r"value: expected a number, or one for each of 2 channels"),
        ({"window": 2, "value": "grey"}, TypeError, "value: expected numbers"),
        ({"window": 2, "classes": 3}, ValueError, "expected classes from 0 to 2, got 3"),
        ({"window": 2, "classes": [0, 1]}, ValueError, r"one for each of 5 samples, got shape \(2,\)"),
        ({"window": 2, "classes": 0.5}, TypeError, "expected integers, got dtype float64"),
        ({"window": 2, "batch_size": 0}, ValueError, "batch_size"),
    ],
)
def test_wrong_arguments_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        visualize.occlusion(network(), X, **settings)


def test_what_is_no_classifier_of_pictures_is_refused():
    rows = Sequential([layers.Dense(2, input_dim=3)])
    with pytest.raises(ValueError, match=r"occlusion: expected pictures \(samples, rows, columns, channels\)"):
        visualize.occlusion(rows, [[1, 2, 3]], window=1)
    maps = Sequential([layers.Conv2D(2, 1, input_shape=(3, 3, 1))])
    with pytest.raises(ValueError, match=r"gradient_saliency: expected a model that gives \(classes,\) for a sample"):
        visualize.gradient_saliency(maps, np.zeros((1, 3, 3, 1)))
    a, b = Input((2,)), Input((2,))
    two = Model([a, b], layers.Dense(2)(layers.Add()([a, b])))
    with pytest.raises(ValueError, match="gradient_saliency: expected a model with one input, got 2"):
        visualize.gradient_saliency(two, [np.zeros((1, 2))] * 2)
    outputs = Model(a, [layers.Dense(2)(a), layers.Dense(2)(a)])
    with pytest.raises(ValueError, match="gradient_saliency: expected a model with one output, got 2"):
        visualize.gradient_saliency(outputs, [[1, 2]])
