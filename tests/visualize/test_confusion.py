import numpy as np
import pytest

from nativecnn import visualize


def test_rows_are_the_true_classes():
    matrix = visualize.confusion_matrix([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0])
    np.testing.assert_array_equal(matrix, [[1, 1, 0], [0, 1, 0], [1, 0, 2]])
    assert matrix.dtype == np.int64


def test_outputs_of_a_model_count_by_their_first_largest():
    outputs = [[0.2, 0.8, 0.0], [0.4, 0.4, 0.2]]
    np.testing.assert_array_equal(visualize.confusion_matrix([[1], [1]], outputs), [[0, 0, 0], [1, 1, 0], [0, 0, 0]])


def test_classes_that_do_not_occur_can_be_asked_for():
    assert visualize.confusion_matrix([0], [0], classes=4).shape == (4, 4)
    assert visualize.confusion_matrix([], []).shape == (0, 0)


@pytest.mark.parametrize(
    "true, predicted, classes, error, message",
    [
        ([0, 1], [0], None, ValueError, "expected predictions of 2 samples, got 1"),
        ([0, 3], [0, 1], 3, ValueError, "true: expected classes from 0 to 2, got 3"),
        ([0, 1], [0, -1], 3, ValueError, "predicted: expected classes from 0 to 2, got -1"),
        ([0.0], [0], None, TypeError, "true: expected integers, got float64"),
        (np.zeros((1, 2, 3), int), [0], None, ValueError, r"true: expected classes of shape \(samples,\), got shape"),
    ],
)
def test_what_are_no_classes_is_refused(true, predicted, classes, error, message):
    with pytest.raises(error, match=message):
        visualize.confusion_matrix(true, predicted, classes)


def test_the_picture_shows_counts_and_parts_of_rows():
    pytest.importorskip("matplotlib", reason="figures need it (extra: plots)")
    figure = visualize.plot_confusion_matrix(np.array([[3, 1], [0, 0]]), ["cat", "dog"], title="pets")
    (axes,) = figure.get_axes()
    np.testing.assert_array_equal(axes.images[0].get_array(), [[0.75, 0.25], [0, 0]])
    assert [text.get_text() for text in axes.texts] == ["3", "1"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["cat", "dog"]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("predicted", "true", "pets")


@pytest.mark.parametrize(
    "matrix, names, message",
    [
        (np.zeros((2, 3)), None, r"expected a square matrix of counts, got shape \(2, 3\)"),
        (np.zeros((0, 0)), None, "square matrix"),
        (-np.ones((1, 1)), None, "square matrix"),
        (np.ones((2, 2)), ["a"], "expected 2 names, got 1"),
    ],
)
def test_what_is_no_confusion_matrix_is_refused(matrix, names, message):
    with pytest.raises(ValueError, match=message):
        visualize.plot_confusion_matrix(matrix, names)
