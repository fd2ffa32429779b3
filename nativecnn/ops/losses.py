"""Losses with their gradients. Each returns the batch's loss and the gradient of the predictions.

Predictions and targets are arrays (samples, outputs); the loss is a Python float that holds a float32 value, the mean
over the samples (:func:`half_squared_error`: their sum). An empty batch has loss 0.
"""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from .arguments import any_array, check_shape, empty, float_array
from .backend import kernels


@contract_state
def softmax_crossentropy(logits: object, targets: object) -> tuple[float, np.ndarray]:
    """Cross-entropy of ``softmax(logits)`` with class labels (samples,) or target probabilities (samples, classes)."""
    logits = _predictions("softmax_crossentropy", logits)
    return _loss("softmax_crossentropy", logits, _one_hot(targets, logits.shape, "softmax_crossentropy"))


@contract_state
def categorical_crossentropy(probabilities: object, targets: object) -> tuple[float, np.ndarray]:
    """Cross-entropy of probabilities, clipped to [1e-7, 1 - 1e-7]; targets as in :func:`softmax_crossentropy`."""
    probabilities = _predictions("categorical_crossentropy", probabilities)
    targets = _one_hot(targets, probabilities.shape, "categorical_crossentropy")
    return _loss("categorical_crossentropy", probabilities, targets)


@contract_state
def sigmoid_crossentropy(logits: object, targets: object) -> tuple[float, np.ndarray]:
    """Log loss of ``sigmoid(logits)``, averaged over the outputs."""
    return _loss("sigmoid_crossentropy", _predictions("sigmoid_crossentropy", logits), targets)


@contract_state
def binary_crossentropy(probabilities: object, targets: object) -> tuple[float, np.ndarray]:
    """Log loss of probabilities, clipped to [1e-7, 1 - 1e-7], averaged over the outputs."""
    return _loss("binary_crossentropy", _predictions("binary_crossentropy", probabilities), targets)


@contract_state
def mean_squared_error(predictions: object, targets: object) -> tuple[float, np.ndarray]:
    """Squared error averaged over outputs and samples."""
    return _loss("mean_squared_error", _predictions("mean_squared_error", predictions), targets)


@contract_state
def half_squared_error(predictions: object, targets: object) -> tuple[float, np.ndarray]:
    """``½ Σ (prediction - target)²`` over outputs and samples."""
    return _loss("half_squared_error", _predictions("half_squared_error", predictions), targets)


def _predictions(name: str, value: object) -> np.ndarray:
    predictions = float_array(value, f"{name}: predictions", 2)
    if predictions.shape[1] == 0:
        raise ValueError(f"{name}: expected predictions of at least one output, got shape {predictions.shape}")
    return predictions


def _one_hot(targets: object, shape: tuple[int, ...], name: str) -> np.ndarray:
    """Return class labels as rows of zeros with a one; other targets as they are."""
    labels = any_array(targets, f"{name}: targets")
    if labels.ndim != 1:
        return labels
    if labels.dtype.kind not in "ui" and (labels.size or labels.dtype.kind != "f"):  # an empty list is one of floats
        raise TypeError(f"{name}: expected integer class labels, got dtype {labels.dtype}")
    check_shape(labels, f"{name}: labels", shape[:1])
    wrong = (labels < 0) | (labels >= shape[1])
    if wrong.any():
        raise ValueError(f"{name}: expected labels from 0 to {shape[1] - 1}, got {labels[wrong][0]}")
    rows = empty(shape, name)
    rows[...] = 0
    rows[np.arange(len(labels)), labels.astype(np.intp)] = 1
    return rows


def _loss(name: str, predictions: np.ndarray, targets: object) -> tuple[float, np.ndarray]:
    targets = float_array(targets, f"{name}: targets", 2)
    check_shape(targets, f"{name}: targets", predictions.shape)
    samples = len(predictions)
    loss, gradient = empty((samples,), name), empty(predictions.shape, name)
    getattr(kernels(), name)(predictions, targets, loss, gradient)
    divisor = 1 if name == "half_squared_error" else max(samples, 1)
    return kernels().sum_losses(loss, divisor), gradient
