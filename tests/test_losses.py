"""Losses as models use them: names, targets, values."""

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, losses, ops
from nativecnn.random import Stream


@pytest.mark.parametrize(
    "name, cls",
    [
        ("logloss", losses.BinaryCrossentropy),
        ("binary_crossentropy", losses.BinaryCrossentropy),
        ("categorical_crossentropy", losses.CategoricalCrossentropy),
        ("sparse_categorical_crossentropy", losses.SparseCategoricalCrossentropy),
        ("mse", losses.MeanSquaredError),
        ("mean_squared_error", losses.MeanSquaredError),
        ("half_squared_error", losses.HalfSquaredError),
    ],
)
def test_names(name, cls):
    loss = losses.get(name)
    assert type(loss) is cls
    assert type(losses.get(loss.get_config())) is cls


def test_from_logits_is_part_of_the_configuration():
    loss = losses.BinaryCrossentropy(from_logits=True)
    assert losses.get(loss.get_config()).from_logits
    with pytest.raises(ValueError, match="mean_squared_error"):
        losses.MeanSquaredError(from_logits=True)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="logloss.*got 'crossentropy'"):
        losses.get("crossentropy")


def model_of(loss, activation=None, outputs=3):
    model = nativecnn.Sequential([layers.Dense(outputs, activation=activation, input_dim=4)])
    model.compile(loss=loss)
    return model


X = Stream(2, "x").uniform((6, 4))
LABELS = np.array([0, 2, 1, 1, 0, 2])
ROWS = np.eye(3, dtype=np.float32)[LABELS]


def test_labels_and_rows_give_the_same_loss():
    nativecnn.set_random_seed(0)
    sparse = model_of("sparse_categorical_crossentropy", "softmax").evaluate(X, LABELS)
    nativecnn.set_random_seed(0)
    assert sparse == model_of("categorical_crossentropy", "softmax").evaluate(X, ROWS)


@pytest.mark.parametrize(
    "loss, function, activation",
    [
        ("mse", "mean_squared_error", None),
        ("half_squared_error", "half_squared_error", "tanh"),
        ("categorical_crossentropy", "categorical_crossentropy", "sigmoid"),
        ("binary_crossentropy", "binary_crossentropy", "tanh"),
        (losses.CategoricalCrossentropy(from_logits=True), "softmax_crossentropy", None),
        (losses.BinaryCrossentropy(from_logits=True), "sigmoid_crossentropy", None),
    ],
)
def test_values_are_those_of_the_functions(loss, function, activation):
    model = model_of(loss, activation)
    expected, _ = getattr(ops, function)(model.predict(X), ROWS)
    assert model.evaluate(X, ROWS) == pytest.approx(expected, rel=1e-7)


def test_the_lectures_loss_is_the_sum_over_all_samples_whatever_the_batches():
    model = model_of("half_squared_error")
    expected = 0.5 * ((model.predict(X).astype(float) - ROWS) ** 2).sum()
    for batch_size in (1, 4, 6):
        assert model.evaluate(X, ROWS, batch_size=batch_size) == pytest.approx(expected, rel=1e-6)


def test_outputs_of_any_rank_are_flattened():
    model = nativecnn.Sequential([layers.Conv2D(2, 2, input_shape=(3, 3, 1))])
    model.compile(loss="mse")
    x, y = Stream(1, "x").uniform((2, 3, 3, 1)), Stream(1, "y").uniform((2, 2, 2, 2))
    expected = ((model.predict(x).astype(float) - y) ** 2).mean()
    assert model.evaluate(x, y) == pytest.approx(expected, rel=1e-6)
    assert nativecnn.gradient_check(model, x, y).passed


@pytest.mark.parametrize(
    "loss, y, error, message",
    [
        ("sparse_categorical_crossentropy", [0, 2, 3, 1, 0, 2], ValueError, "from 0 to 2, got 3 in sample 2"),
        ("sparse_categorical_crossentropy", [0, 2, 1, 1, -1, 2], ValueError, "from 0 to 2, got -1 in sample 4"),
        ("sparse_categorical_crossentropy", [0, 2, 1, 1.5, 1, 2], ValueError, "got 1.5 in sample 3"),
        ("sparse_categorical_crossentropy", [0, 2, 1, np.nan, 1, 2], ValueError, "got nan in sample 3"),
        ("sparse_categorical_crossentropy", ROWS, ValueError, "rows of probabilities use categorical_crossentropy"),
        ("sparse_categorical_crossentropy", list("abcabc"), TypeError, "real numbers"),
        ("categorical_crossentropy", LABELS, ValueError, "class labels use sparse_categorical_crossentropy"),
        ("categorical_crossentropy", ROWS * 2, ValueError, "from 0 to 1, got 2.0 in sample 0"),
        ("categorical_crossentropy", ROWS[:, :2], ValueError, r"shape \(6, 3\), got \(6, 2\)"),
        ("binary_crossentropy", ROWS - 1, ValueError, "from 0 to 1, got -1.0 in sample 0"),
        ("mse", ROWS * np.nan, ValueError, "numbers, got nan in sample 0"),
        ("mse", ROWS[:4], ValueError, r"one target for each of 6 samples, got shape \(4, 3\)"),
        ("mse", ROWS * 1j, TypeError, "real numbers, got dtype complex"),
        ("mse", 3.0, ValueError, "one target for each of 6"),
        ("mse", None, TypeError, "got None"),
    ],
)
def test_targets_that_do_not_fit_are_refused_before_any_training(loss, y, error, message):
    model = model_of(loss, "softmax")
    before = model.weights_sha256()
    for attempt in (model.fit, model.evaluate, model.train_on_batch):
        with pytest.raises(error, match=message):
            attempt(X, y)
    assert model.weights_sha256() == before


@pytest.mark.parametrize("y", [LABELS[:, None], LABELS.astype(float), LABELS.astype(np.uint8), LABELS.tolist()])
def test_labels_may_be_of_any_whole_numbers(y):
    model = model_of("sparse_categorical_crossentropy", "softmax")
    assert model.evaluate(X, y) == model.evaluate(X, LABELS)


def test_one_output_takes_targets_without_an_axis_for_it():
    model = model_of("logloss", "sigmoid", outputs=1)
    y = np.array([0, 1, 1, 0, 1, 0])
    assert model.evaluate(X, y) == model.evaluate(X, y[:, None]) == model.evaluate(X, y.astype(bool))


def test_classes_need_two_outputs():
    with pytest.raises(ValueError, match=r"two or more, got \(1,\)"):
        model_of("sparse_categorical_crossentropy", "softmax", outputs=1)
