"""Embeddings, and the check of tokens before anything is computed."""

import json

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, ops
from support import assert_same_bits, random_array

TOKENS = np.array([[0, 3, 3], [6, 1, 0], [3, 3, 3], [5, 6, 2]])


def model_of(*before, shape=(3,), rows=7):
    nativecnn.set_random_seed(1)
    model = nativecnn.Sequential(
        [
            layers.InputLayer(shape),
            *before,
            layers.Embedding(rows, 5, name="words"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(nativecnn.optimizers.SGD(0.5), "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.float32, np.float64])
def test_a_layer_gives_the_rows(dtype):
    model = nativecnn.Sequential([layers.Embedding(7, 5, input_shape=(3,))])
    table = model.get_weights()[0]
    y = model.predict(TOKENS.astype(dtype))
    assert_same_bits(y, table[TOKENS])
    assert_same_bits(y, ops.embedding(TOKENS, table))
    assert abs(table).max() <= 0.05 and table.std() > 0.01


def test_tokens_may_have_any_shape():
    layer = layers.Embedding(7, 5)
    assert layer.compute_output_shape(()) == (5,)
    assert layer.compute_output_shape((2, 3)) == (2, 3, 5)
    model = nativecnn.Sequential([layers.Embedding(7, 5, input_shape=(2, 2))])
    tokens = np.arange(8).reshape(2, 2, 2) % 7
    assert_same_bits(model.predict(tokens), model.get_weights()[0][tokens])


@pytest.mark.parametrize("backend", ["native", "reference"])
def test_gradients_agree_with_numerical_ones(backend):
    with nativecnn.use_backend(backend):
        report = nativecnn.gradient_check(model_of(), TOKENS, [0, 1, 1, 0], samples_per_weight=None)
    assert report.passed, str(report)
    assert [comparison.name for comparison in report.comparisons] == ["words/embeddings", "dense/kernel", "dense/bias"]


def test_training_gives_the_same_bits_on_both_backends_and_changes_the_rows_that_are_named():
    weights = []
    for backend in ("native", "reference"):
        with nativecnn.use_backend(backend):
            model = model_of()
            before = model.get_weights()[0]
            model.fit(TOKENS, [0, 1, 1, 0], epochs=3, batch_size=3, verbose=0)
            weights.append(model.get_weights())
    assert_same_bits(weights[0], weights[1])
    changed = (weights[0][0] != before).any(1)
    assert changed.tolist() == [True, True, True, True, False, True, True]


@pytest.mark.parametrize("wrong", [-1, 7, 2.5, np.nan, np.inf, 1e30])
def test_tokens_that_name_no_row_are_refused_before_anything_is_computed(wrong):
    model = model_of()
    tokens = TOKENS.astype(np.float64)
    tokens[2, 1] = wrong
    message = rf"^layer 'words' \(Embedding\): x: expected integers from 0 to 6, got {wrong}"
    before = model.weights_sha256()
    for call in (
        lambda: model.predict(tokens),
        lambda: model.predict(tokens, batch_size=2),
        lambda: model.fit(tokens, [0, 1, 1, 0], verbose=0),
        lambda: model.evaluate(tokens, [0, 1, 1, 0]),
        lambda: model.train_on_batch(tokens, [0, 1, 1, 0]),
    ):
        with pytest.raises(ValueError, match=message.replace("+", r"\+")):
            call()
    with pytest.raises(ValueError, match="validation x: expected integers|expected integers"):
        model.fit(TOKENS, [0, 1, 1, 0], validation_data=(tokens, [0, 1, 1, 0]), verbose=0)
    assert model.weights_sha256() == before
    model.predict(TOKENS)


def test_tokens_are_checked_through_layers_that_change_their_shape():
    model = model_of(layers.Reshape((3,)), shape=(3, 1))
    assert model.predict(TOKENS[..., None]).shape == (4, 2)
    with pytest.raises(ValueError, match="expected integers from 0 to 6, got 9"):
        model.predict(TOKENS[..., None] + 3)


def test_batches_are_checked_as_they_come():
    model = model_of()

    def batches():
        yield TOKENS, [0, 1, 1, 0]
        yield TOKENS + 1, [0, 1, 1, 0]

    with pytest.raises(ValueError, match="batch 1.*expected integers from 0 to 6, got 7"):
        model.fit(batches(), verbose=0)


def test_computed_tokens_that_name_no_row_give_nan():
    model = nativecnn.Sequential([layers.ReLU(input_shape=(3,)), layers.Embedding(7, 5)])
    y = model.predict(TOKENS - 1)
    assert np.isfinite(y).all()
    assert np.isnan(model.predict(TOKENS + 0.5)).all()


def test_large_inputs_are_checked_in_parts(monkeypatch):
    from nativecnn.layers import embedding

    monkeypatch.setattr(embedding, "_CHECKED", 4)
    model = model_of()
    assert model.predict(TOKENS).shape == (4, 2)
    with pytest.raises(ValueError, match="got 7"):
        model.predict(np.concatenate([TOKENS, TOKENS + 1]))


def test_one_table_for_two_inputs():
    table = layers.Embedding(7, 4, name="table")
    first, second = layers.Input((2,), name="first"), layers.Input((2,), name="second")
    y = layers.Flatten()(layers.Add()([table(first), table(second)]))
    model = nativecnn.Model([first, second], layers.Dense(1)(y))
    x = {"first": TOKENS[:, :2], "second": TOKENS[:, 1:]}
    model.compile("sgd", "mse")
    report = nativecnn.gradient_check(model, x, np.ones((4, 1)), samples_per_weight=None)
    assert report.passed, str(report)
    with pytest.raises(ValueError, match=r"x\['second'\]: expected integers from 0 to 6, got 7"):
        model.predict({"first": TOKENS[:, :2], "second": TOKENS[:, 1:] + 1})


def test_a_configuration_makes_an_equal_layer():
    layer = layers.Embedding(7, 5, embeddings_initializer="random_normal", embeddings_regularizer="l2")
    again = layers.Embedding.from_config(json.loads(json.dumps(layer.get_config())))
    assert again.get_config() == layer.get_config()


def test_models_are_saved_and_loaded(tmp_path):
    model = model_of()
    model.save(tmp_path / "model.safetensors")
    assert_same_bits(nativecnn.load_model(tmp_path / "model.safetensors").predict(TOKENS), model.predict(TOKENS))


@pytest.mark.parametrize(
    "arguments, error",
    [((0, 3), ValueError), ((3, 0), ValueError), ((2**24 + 1, 1), ValueError), ((3.0, 1), TypeError)],
)
def test_wrong_settings_are_refused(arguments, error):
    with pytest.raises(error, match="expected .*, got"):
        layers.Embedding(*arguments)


def test_the_gradient_is_added_in_the_order_of_positions():
    dy = random_array(1, (3, 4, 6), "cancelling")
    tokens = np.array([[1, 0, 1, 1], [1, 1, 2, 1], [1, 1, 1, 1]])
    expected = np.zeros((4, 6), np.float32)
    for token, gradient in zip(tokens.ravel(), dy.reshape(-1, 6), strict=True):
        expected[token] += gradient
    assert_same_bits(ops.embedding_backward(dy, tokens, 4), expected)
