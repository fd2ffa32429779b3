"""Accuracies by hand: among the k most probable classes, ties, and outputs with inner axes."""

import numpy as np
import pytest

from nativecnn import metrics
from nativecnn.random import Stream

LABELS = (Stream(1, "labels").permutation(40) % 5).astype(np.int64)
SCORES = Stream(1, "scores").uniform((40, 5))


def values(metric, y_true, y_pred):
    metric.check_shapes(y_true.shape[1:], y_pred.shape[1:])
    return metric.prepare(None, y_true, y_pred)().tolist()


@pytest.mark.parametrize("k", [1, 2, 4, 5, 9])
def test_top_k_is_scikit_learn_s_without_ties(k):
    sparse = values(metrics.SparseTopKCategoricalAccuracy(k), LABELS, SCORES)
    assert values(metrics.TopKCategoricalAccuracy(k), np.eye(5)[LABELS], SCORES) == sparse
    top_k_accuracy_score = pytest.importorskip("sklearn.metrics").top_k_accuracy_score
    expected = top_k_accuracy_score(LABELS, SCORES, k=k, labels=range(5)) if k < 5 else 1.0
    assert np.mean(sparse) == pytest.approx(expected, rel=1e-15)


def test_all_outputs_that_tie_with_the_last_place_are_among_the_top():
    y_pred = np.float32([[0.5, 0.5, 0.2, 0.5]] * 4)
    assert values(metrics.SparseTopKCategoricalAccuracy(1), np.arange(4), y_pred) == [1, 1, 0, 1]
    assert values(metrics.SparseTopKCategoricalAccuracy(3), np.arange(4), y_pred) == [1, 1, 0, 1]
    assert values(metrics.SparseTopKCategoricalAccuracy(4), np.arange(4), y_pred) == [1, 1, 1, 1]


def test_what_is_no_number_is_larger_than_any():
    y_pred = np.float32([[np.nan, 0.5, 0.2]] * 3)
    assert values(metrics.SparseTopKCategoricalAccuracy(1), np.arange(3), y_pred) == [0, 0, 0]
    assert values(metrics.SparseTopKCategoricalAccuracy(2), np.arange(3), y_pred) == [0, 1, 0]


def test_of_inner_axes_the_value_is_the_mean_over_the_places():
    labels, scores = LABELS.reshape(5, 2, 4), SCORES.reshape(5, 2, 4, 5)
    right = (scores.argmax(axis=-1) == labels).mean(axis=(1, 2)).tolist()
    assert values(metrics.SparseCategoricalAccuracy(), labels, scores) == right
    assert values(metrics.CategoricalAccuracy(), np.eye(5)[labels], scores) == right
    top = values(metrics.SparseTopKCategoricalAccuracy(1), labels, scores)
    assert top == right
    assert values(metrics.TopKCategoricalAccuracy(1), np.eye(5)[labels], scores) == right


def test_wrong_settings_and_shapes_are_refused():
    with pytest.raises(ValueError, match="top_k_categorical_accuracy: k: expected an integer of at least 1, got 0"):
        metrics.TopKCategoricalAccuracy(0)
    with pytest.raises(TypeError, match="MeanSquaredError: expected a text as name, got 3"):
        metrics.MeanSquaredError(3)
    with pytest.raises(ValueError, match=r"expected class labels .* targets of shape \(2,\) and predictions \(3,\)"):
        metrics.SparseTopKCategoricalAccuracy().check_shapes((2,), (3,))


@pytest.mark.parametrize("config", [{"class": "auc", "bins": 3}, {"class": "Auc"}, {"name": "auc"}])
def test_wrong_configurations_are_refused(config):
    with pytest.raises((ValueError, TypeError), match="got"):
        metrics.check_names([config])
