"""Which classes are taken for which."""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import positive_integer


@contract_state
def confusion_matrix(y_true: object, y_pred: object, classes: int | None = None) -> np.ndarray:
    """Count how often samples of each class are taken for each class.

    Parameters
    ----------
    y_true : array, shape (samples,) or (samples, classes)
        Class labels, or rows such as one-hot rows, whose first largest entry is the class.
    y_pred : array, shape (samples,) or (samples, classes)
        The same of the predictions, such as what ``predict`` returns.
    classes : int, optional
        Their number; by default the length of the rows or, where there are only labels, the largest one plus 1.

    Returns
    -------
    numpy.ndarray, int64, shape (classes, classes)
        Rows are the true classes, columns the predicted ones.

    Raises
    ------
    TypeError, ValueError
        If they are not whole numbers from 0 to ``classes`` - 1, or not equally many.

    Examples
    --------
    >>> confusion_matrix([0, 1, 1, 2], [0, 2, 1, 2])
    array([[1, 0, 0],
           [0, 1, 1],
           [0, 0, 1]])
    """
    true, true_classes = _labels(y_true, "y_true")
    predicted, predicted_classes = _labels(y_pred, "y_pred")
    if len(true) != len(predicted):
        raise ValueError(
            f"confusion_matrix: expected as many predictions as targets, {len(true)}, got {len(predicted)}"
        )
    if classes is None:
        classes = max(true_classes, predicted_classes)
    else:
        classes = positive_integer(classes, "confusion_matrix: classes")
    for name, labels in (("y_true", true), ("y_pred", predicted)):
        wrong = (labels < 0) | (labels >= classes)
        if wrong.any():
            raise ValueError(
                f"confusion_matrix: {name}: expected labels from 0 to {classes - 1}, got {labels[wrong][0]}"
            )
    counts = np.bincount(true * classes + predicted, minlength=classes * classes)
    return counts.astype(np.int64, copy=False).reshape(classes, classes)


def _labels(y: object, name: str) -> tuple[np.ndarray, int]:
    """Return the labels (int64), and how many classes there are at least."""
    array = np.asarray(y)
    if array.dtype.kind not in "buif":
        raise TypeError(f"confusion_matrix: {name}: expected numbers, got dtype {array.dtype}")
    if array.ndim == 2 and array.shape[1] > 1:
        return np.argmax(array, axis=1).astype(np.int64, copy=False), array.shape[1]
    if array.ndim == 2:
        array = array.reshape(len(array))
    if array.ndim != 1:
        raise ValueError(
            f"confusion_matrix: {name}: expected labels (samples,) or rows (samples, classes), got shape {array.shape}"
        )
    with np.errstate(invalid="ignore"):
        labels = array.astype(np.int64)
    if not np.array_equal(labels, array):
        raise ValueError(f"confusion_matrix: {name}: expected whole class labels, got other numbers")
    return labels, int(labels.max(initial=-1)) + 1
