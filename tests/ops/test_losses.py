"""Labels, shapes and errors of the functional losses."""

import numpy as np
import pytest

from nativecnn import ops
from support import assert_same_bits, random_array

PREDICTIONS = random_array(1, (4, 3))
LABELS = [2, 0, 1, 2]
WITH_LABELS = ("softmax_crossentropy", "categorical_crossentropy")
WITHOUT_LABELS = ("sigmoid_crossentropy", "binary_crossentropy", "mean_squared_error", "half_squared_error")


def probabilities(loss):
    return ops.softmax(PREDICTIONS) if loss.startswith("categorical") else PREDICTIONS


@pytest.mark.parametrize("dtype", ["i1", "u1", "i4", "u8", ">i8"])
@pytest.mark.parametrize("loss", WITH_LABELS)
def test_labels_are_rows_of_zeros_with_a_one(loss, dtype):
    function = getattr(ops, loss)
    value, gradient = function(probabilities(loss), np.array(LABELS, dtype))
    expected_value, expected_gradient = function(probabilities(loss), np.eye(3)[LABELS])
    assert value == expected_value
    assert_same_bits(gradient, expected_gradient)


@pytest.mark.parametrize("loss", WITH_LABELS)
@pytest.mark.parametrize("wrong", [-1, 3, 100, -(2**31), 2**62])
def test_labels_out_of_range_are_refused(loss, wrong):
    with pytest.raises(ValueError, match=f"^{loss}: expected labels from 0 to 2, got {wrong}$"):
        getattr(ops, loss)(PREDICTIONS, [0, 1, wrong, 0])


@pytest.mark.parametrize("loss", WITH_LABELS)
@pytest.mark.parametrize("dtype", [complex, object, str, bool])
def test_no_labels_of_another_type_are_refused_too(loss, dtype):
    with pytest.raises(TypeError, match=f"^{loss}: expected integer class labels, got dtype"):
        getattr(ops, loss)(PREDICTIONS[:0], np.empty(0, dtype))


@pytest.mark.parametrize("loss", WITH_LABELS)
@pytest.mark.parametrize("labels", [[0.0, 1, 2, 0], [True, False, True, True], ["0", "1", "2", "0"], [None] * 4])
def test_labels_of_another_type_are_refused(loss, labels):
    with pytest.raises(TypeError, match=f"^{loss}: expected integer class labels, got dtype"):
        getattr(ops, loss)(PREDICTIONS, labels)


@pytest.mark.parametrize("loss", WITH_LABELS)
@pytest.mark.parametrize("count", [0, 1, 3, 5])
def test_there_is_a_label_for_each_sample(loss, count):
    with pytest.raises(ValueError, match=rf"^{loss}: labels: expected shape \(4,\), got \({count},\)"):
        getattr(ops, loss)(PREDICTIONS, np.zeros(count, int))


@pytest.mark.parametrize("loss", WITHOUT_LABELS)
def test_losses_without_classes_take_no_labels(loss):
    with pytest.raises(ValueError, match=rf"^{loss}: targets: expected 2 axes, got 1 \(shape \(4,\)\)"):
        getattr(ops, loss)(PREDICTIONS, LABELS)


@pytest.mark.parametrize("loss", WITH_LABELS + WITHOUT_LABELS)
def test_predictions_need_an_output(loss):
    with pytest.raises(ValueError, match=rf"^{loss}: expected predictions of at least one output, got shape \(4, 0\)"):
        getattr(ops, loss)(np.zeros((4, 0)), np.zeros((4, 0)))


@pytest.mark.parametrize("loss", WITH_LABELS)
def test_no_samples_and_no_labels(loss):
    value, gradient = getattr(ops, loss)(np.zeros((0, 3)), np.zeros(0, int))
    assert value == 0 and type(value) is float
    assert gradient.shape == (0, 3)


@pytest.mark.parametrize("loss", WITH_LABELS + WITHOUT_LABELS)
def test_value_is_a_float_that_float32_holds(loss):
    value, _ = getattr(ops, loss)(probabilities(loss), abs(random_array(2, (4, 3))))
    assert type(value) is float
    assert float(np.float32(value)) == value


def test_value_is_the_mean_over_samples_and_half_squared_error_the_sum():
    targets = np.zeros((4, 3))
    difference = np.ones((4, 3))
    assert ops.mean_squared_error(difference, targets)[0] == 1
    assert ops.half_squared_error(difference, targets)[0] == 6  # the lecture's C = sum of halves of squares
    assert ops.softmax_crossentropy(targets, LABELS)[0] == pytest.approx(np.log(3), rel=1e-6)
