"""Precision, recall, F1, area under a curve, confusion matrix: against scikit-learn and by hand."""

import numpy as np
import pytest

from nativecnn import metrics
from nativecnn.random import Stream

sklearn_metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn computes what is expected")

LABELS = (Stream(1, "labels").permutation(60) % 3).astype(np.int64)
SCORES = Stream(1, "scores").uniform((60, 3)) + 0.3 * np.eye(3, dtype=np.float32)[LABELS]
PROBABILITIES = SCORES / SCORES.sum(axis=1, keepdims=True)
ROWS = np.eye(3, dtype=np.float32)[LABELS]


def value(metric, y_true, y_pred):
    metric.check_shapes(y_true.shape[1:], y_pred.shape[1:])
    sums = []
    for part in (slice(0, 17), slice(17, None)):
        metric.accumulate(sums, metric.prepare(None, y_true[part], y_pred[part])())
    metric.check_sums(sums)
    return metric.result(sums, len(y_true))


@pytest.mark.parametrize("y_true", [LABELS, ROWS], ids=["labels", "rows"])
@pytest.mark.parametrize("threshold", [None, 0.2, 0.4])
@pytest.mark.parametrize("class_id", [None, 0, 2])
def test_precision_and_recall(y_true, threshold, class_id):
    columns = slice(None) if class_id is None else [class_id]
    expected, called = ROWS[:, columns].ravel(), PROBABILITIES[:, columns].ravel() > (threshold or 0.5)
    assert called.any()
    actual = value(metrics.Precision(threshold, class_id), y_true, PROBABILITIES)
    assert actual == pytest.approx(sklearn_metrics.precision_score(expected, called), rel=1e-15)
    actual = value(metrics.Recall(threshold, class_id), y_true, PROBABILITIES)
    assert actual == pytest.approx(sklearn_metrics.recall_score(expected, called), rel=1e-15)


def test_precision_and_recall_of_nothing_are_zero():
    nothing = np.zeros((20, 1), np.float32)
    for metric in (metrics.Precision(), metrics.Recall(), metrics.AUC(), metrics.F1Score()):
        assert value(metric, nothing, nothing) == 0
    assert value(metrics.F1Score(average="weighted", threshold=0.5), nothing, nothing) == 0


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("y_true", [LABELS, ROWS], ids=["labels", "rows"])
@pytest.mark.parametrize("threshold", [None, 0.3])
def test_f1_score(average, y_true, threshold):
    called = PROBABILITIES > threshold if threshold else np.eye(3)[PROBABILITIES.argmax(axis=1)]
    expected = sklearn_metrics.f1_score(ROWS, called, average=average)
    assert value(metrics.F1Score(average, threshold), y_true, PROBABILITIES) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("class_id", [None, 1])
def test_area_under_the_curve_of_scores_on_a_grid_is_the_exact_one(class_id):
    """Between two thresholds lies one score at most, so no two scores count as equal that are not."""
    scores = ((np.arange(60 * 3).reshape(60, 3) * 77 % 180) + 0.5) / 199
    scores = (0.4 * ROWS + 0.6 * scores).astype(np.float32)
    ranks = np.argsort(np.argsort(scores.ravel(), kind="stable")).reshape(60, 3)
    grid = ((ranks + 0.5) / 199).astype(np.float32)
    columns = slice(None) if class_id is None else class_id
    expected = sklearn_metrics.roc_auc_score(ROWS[:, columns].ravel(), grid[:, columns].ravel())
    assert 0.6 < expected < 1
    for y_true in (LABELS, ROWS):
        assert value(metrics.AUC(class_id=class_id), y_true, grid) == pytest.approx(expected, rel=1e-14)


def test_area_under_the_curve_with_few_thresholds_by_hand():
    # thresholds 1 + 1e-7, 0.5, -1e-7: points (0, 0), (1/4, 2/3), (3/4, 1), as a NaN is above none
    y_pred = np.float32([[0.5], [0.6], [0.1], [np.nan], [0.9], [0.8], [0.2]])
    y_true = np.float32([[0], [0], [0], [0], [1], [1], [1]])
    metric = metrics.AUC(num_thresholds=3)
    sums = []
    metric.accumulate(sums, metric.prepare(None, y_true, y_pred)())
    assert sums == [1, 2, 1, 0, 0, 1, 2, 0]
    assert metric.result(sums, 7) == pytest.approx(1 / 4 * (2 / 3) / 2 + (3 / 4 - 1 / 4) * (2 / 3 + 1) / 2, rel=1e-15)


def test_inner_axes_count_as_samples_do():
    labels, scores = LABELS.reshape(5, 3, 4), PROBABILITIES.reshape(5, 3, 4, 3)
    for metric in (metrics.Precision(0.3, 1), metrics.F1Score(), metrics.AUC(50)):
        whole, sums = value(metric, LABELS, PROBABILITIES), []
        metric.check_shapes((3, 4), (3, 4, 3))
        metric.accumulate(sums, metric.prepare(None, labels, scores)())
        assert metric.result(sums, 5) == whole


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: metrics.Precision(np.nan), "precision: thresholds: expected a number"),
        (lambda: metrics.Recall(class_id=-1), "recall: class_id: expected an integer of at least 0, got -1"),
        (lambda: metrics.AUC(num_thresholds=1), "auc: num_thresholds: expected an integer of at least 2"),
        (lambda: metrics.F1Score("mean"), "expected as f1_score: average one of macro, micro, weighted, got 'mean'"),
        (lambda: metrics.Precision(class_id=3).check_shapes((), (3,)), "precision: expected a class_id below 3, got 3"),
        (lambda: metrics.AUC().check_shapes((2,), (3,)), r"auc: expected targets of the predictions' shape \(3,\)"),
        (lambda: metrics.F1Score().check_shapes((), ()), "f1_score: expected predictions"),
    ],
)
def test_wrong_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# The confusion matrix


def test_confusion_matrix_is_scikit_learn_s():
    expected = sklearn_metrics.confusion_matrix(LABELS, PROBABILITIES.argmax(axis=1))
    for y_true in (LABELS, ROWS, LABELS[:, None], LABELS.astype(float)):
        actual = metrics.confusion_matrix(y_true, PROBABILITIES)
        assert actual.dtype == np.int64
        assert actual.tolist() == expected.tolist()
    assert metrics.confusion_matrix([0], [1], classes=3).tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert metrics.confusion_matrix([], []).shape == (0, 0)


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (([0, 1], [0]), ValueError, "expected as many predictions as targets, 2, got 1"),
        (([0, 3], [0, 1], 3), ValueError, "y_true: expected labels from 0 to 2, got 3"),
        (([0, 1], [0, -1]), ValueError, "y_pred: expected labels from 0 to 1, got -1"),
        (([0, 1.5], [0, 1]), ValueError, "y_true: expected whole class labels"),
        (([0, np.nan], [0, 1]), ValueError, "y_true: expected whole class labels"),
        ((["a"], [0]), TypeError, "y_true: expected numbers"),
        ((np.zeros((2, 2, 2)), [0, 0]), ValueError, r"got shape \(2, 2, 2\)"),
        (([0], [0], 0), ValueError, "classes: expected an integer of at least 1"),
    ],
)
def test_what_is_no_pair_of_labels_is_refused(arguments, error, message):
    with pytest.raises(error, match=f"confusion_matrix: .*{message}"):
        metrics.confusion_matrix(*arguments)
