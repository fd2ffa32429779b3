"""Weights of samples from weights of their classes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..checks import number_between, positive_integer


def class_weights(labels: np.ndarray, class_weight: Mapping[int, float]) -> np.ndarray:
    """Return for each sample the weight of its class, 1 where the class has none.

    Parameters
    ----------
    labels : array, shape (samples,), (samples, 1) or (samples, classes)
        Class numbers, or rows such as one-hot rows, of which the first largest value counts.
    class_weight : dict of int to float
        Finite, at least 0.

    Returns
    -------
    numpy.ndarray, float32, shape (samples,)

    Raises
    ------
    TypeError, ValueError
        If it is no such dict, or the labels have another shape.
    """
    if not isinstance(class_weight, Mapping):
        raise TypeError(f"class_weight: expected a dict of class numbers and weights, got {class_weight!r}")
    if labels.ndim == 2 and labels.shape[1] > 1:
        classes = np.argmax(labels, axis=1)
    elif labels.ndim == 1 or labels.ndim == 2:
        classes = labels.reshape(len(labels))
    else:
        raise ValueError(f"class_weight: expected targets that are class numbers or rows, got shape {labels.shape}")
    weights = np.ones(len(labels), np.float32)
    for number, weight in class_weight.items():
        number = positive_integer(number, "class_weight: class number", minimum=0)
        weights[classes == number] = number_between(weight, f"class_weight: weight of class {number}")
    return weights
