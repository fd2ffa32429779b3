"""Metrics: which one "accuracy" is, their values, functions of one's own."""

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, losses
from nativecnn.random import Stream

X = Stream(2, "x").uniform((7, 4))


def compiled(loss, metrics, outputs=3, activation=None):
    nativecnn.set_random_seed(0)
    model = nativecnn.Sequential([layers.Dense(outputs, activation=activation, input_dim=4)])
    model.compile(loss=loss, metrics=metrics)
    return model


def test_accuracy_of_labels():
    model = compiled("sparse_categorical_crossentropy", ["accuracy"], activation="softmax")
    y = model.predict(X).argmax(axis=1)
    y[2] = (y[2] + 1) % 3
    assert model.evaluate(X, y)[1] == 6 / 7


def test_accuracy_of_rows():
    model = compiled("categorical_crossentropy", ["accuracy", "categorical_accuracy"], activation="softmax")
    y = np.eye(3)[model.predict(X).argmax(axis=1)]
    y[[1, 4]] = np.roll(y[[1, 4]], 1, axis=1)
    assert model.evaluate(X, y)[1:] == [5 / 7, 5 / 7]


def test_accuracy_of_several_binary_outputs_counts_each():
    model = compiled("logloss", ["accuracy"], activation="sigmoid")
    y = model.predict(X) > 0.5
    y[3, 1] = not y[3, 1]
    assert model.evaluate(X, y)[1] == pytest.approx(20 / 21, rel=1e-15)


def test_accuracy_of_logits_has_its_threshold_at_zero():
    model = compiled(losses.BinaryCrossentropy(from_logits=True), ["accuracy"], outputs=1)
    assert model.evaluate(X, model.predict(X)[:, 0] > 0)[1] == 1


def test_accuracy_of_other_losses():
    rows = np.eye(3)
    model = compiled("mse", ["accuracy"])
    assert model.evaluate(X, rows[model.predict(X).argmax(axis=1)])[1] == 1
    model = compiled("mse", ["accuracy"], outputs=1, activation="sigmoid")
    assert model.evaluate(X, model.predict(X) > 0.5)[1] == 1


def test_errors_in_numbers():
    model = compiled("half_squared_error", ["mse", "mae", "mean_squared_error", "mean_absolute_error"])
    y = Stream(2, "y").uniform((7, 3))
    difference = model.predict(X).astype(float) - y
    _, mse, mae, mse_too, mae_too = model.evaluate(X, y)
    assert mse == mse_too == pytest.approx((difference**2).mean(), rel=1e-6)
    assert mae == mae_too == pytest.approx(np.abs(difference).mean(), rel=1e-6)


def largest_error(y_true, y_pred):
    return np.abs(y_true - y_pred).max(axis=1)


def constant(y_true, y_pred):
    return 2.5


def test_functions_of_ones_own():
    model = compiled("mse", [largest_error, constant])
    y = Stream(2, "y").uniform((7, 3))
    result = model.evaluate(X, y, batch_size=3, return_dict=True)
    assert result["constant"] == 2.5
    assert result["largest_error"] == pytest.approx(np.abs(model.predict(X) - y).max(axis=1).mean(), rel=1e-6)


def test_a_function_sees_labels_and_cannot_change_them():
    seen = []

    def look(y_true, y_pred):
        seen.append((y_true.copy(), y_pred.shape))
        with pytest.raises(ValueError, match="read-only"):
            y_true[0] = 1
        return 0

    model = compiled("sparse_categorical_crossentropy", look, activation="softmax")
    model.evaluate(X, [0, 1, 2, 0, 1, 2, 0])
    assert seen[0][0].tolist() == [0, 1, 2, 0, 1, 2, 0] and seen[0][1] == (7, 3)


def test_a_function_of_a_wrong_result_is_an_error():
    model = compiled("mse", [lambda y_true, y_pred: np.zeros(3)])
    with pytest.raises(ValueError, match="metric <lambda>: expected one value or one for each of 7"):
        model.evaluate(X, np.zeros((7, 3)))


@pytest.mark.parametrize("batch_size", [1, 2, 7])
def test_values_do_not_depend_on_the_batch_size(batch_size):
    model = compiled("mse", ["mse", "mae", largest_error])
    y = Stream(2, "y").uniform((7, 3))
    assert model.evaluate(X, y, batch_size=batch_size) == model.evaluate(X, y, batch_size=None)


@pytest.mark.parametrize(
    "metrics, error, message",
    [
        (["precise"], ValueError, "accuracy.*got 'precise'"),
        ([3], TypeError, "functions"),
        (["mse", "mse"], ValueError, "'mse' again"),
        (["sparse_categorical_accuracy"], ValueError, "expected class labels"),
    ],
)
def test_wrong_metrics_are_refused(metrics, error, message):
    with pytest.raises(error, match=message):
        compiled("mse", metrics)
