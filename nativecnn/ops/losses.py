"""Losses with their gradients. Each returns the batch's loss and the gradient of the predictions.

Predictions and targets are arrays (samples, outputs); the loss is a Python float that holds a float32 value, the mean
over the samples (:func:`half_squared_error`: their sum). An empty batch has loss 0.

With ``sample_weight``, an array (samples,), the loss and the gradient of each sample are multiplied by its weight; the
mean still divides by the number of samples. With ``label_smoothing`` s, targets t of J classes (2 in the binary losses)
are replaced by t (1 - s) + s / J.
"""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import number_between
from .arguments import any_array, check_shape, empty, float_array
from .backend import kernels

# Of classes: targets are class labels (samples,) or target probabilities (samples, classes)


@contract_state
def softmax_crossentropy(
    logits: object, targets: object, *, label_smoothing: float = 0.0, sample_weight: object = None
) -> tuple[float, np.ndarray]:
    """Cross-entropy of ``softmax(logits)`` with class labels (samples,) or target probabilities (samples, classes)."""
    return _of_classes("softmax_crossentropy", logits, targets, label_smoothing, sample_weight)


@contract_state
def categorical_crossentropy(
    probabilities: object, targets: object, *, label_smoothing: float = 0.0, sample_weight: object = None
) -> tuple[float, np.ndarray]:
    """Cross-entropy of probabilities, clipped to [1e-7, 1 - 1e-7]; targets as in :func:`softmax_crossentropy`."""
    return _of_classes("categorical_crossentropy", probabilities, targets, label_smoothing, sample_weight)


@contract_state
def kl_divergence(probabilities: object, targets: object, *, sample_weight: object = None) -> tuple[float, np.ndarray]:
    """``Σ t log(t / p)``, targets and probabilities clipped to [1e-7, 1]."""
    return _of_outputs("kl_divergence", probabilities, targets, sample_weight)


@contract_state
def categorical_hinge(
    predictions: object, targets: object, *, sample_weight: object = None
) -> tuple[float, np.ndarray]:
    """``max(0, max((1 - t) p) - Σ t p + 1)``; targets as in :func:`softmax_crossentropy`."""
    return _of_classes("categorical_hinge", predictions, targets, 0.0, sample_weight)


# Of probabilities, one by one


@contract_state
def sigmoid_crossentropy(
    logits: object, targets: object, *, label_smoothing: float = 0.0, sample_weight: object = None
) -> tuple[float, np.ndarray]:
    """Log loss of ``sigmoid(logits)``, averaged over the outputs."""
    return _of_outputs("sigmoid_crossentropy", logits, targets, sample_weight, label_smoothing)


@contract_state
def binary_crossentropy(
    probabilities: object, targets: object, *, label_smoothing: float = 0.0, sample_weight: object = None
) -> tuple[float, np.ndarray]:
    """Log loss of probabilities, clipped to [1e-7, 1 - 1e-7], averaged over the outputs."""
    return _of_outputs("binary_crossentropy", probabilities, targets, sample_weight, label_smoothing)


# Of numbers


@contract_state
def mean_squared_error(
    predictions: object, targets: object, *, sample_weight: object = None
) -> tuple[float, np.ndarray]:
    """Squared error averaged over outputs and samples."""
    return _of_outputs("mean_squared_error", predictions, targets, sample_weight)


@contract_state
def half_squared_error(
    predictions: object, targets: object, *, sample_weight: object = None
) -> tuple[float, np.ndarray]:
    """``½ Σ (prediction - target)²`` over outputs and samples."""
    return _of_outputs("half_squared_error", predictions, targets, sample_weight)


@contract_state
def mean_absolute_error(
    predictions: object, targets: object, *, sample_weight: object = None
) -> tuple[float, np.ndarray]:
    """Absolute error averaged over outputs and samples; its gradient is 0 where the error is."""
    return _of_outputs("mean_absolute_error", predictions, targets, sample_weight)


@contract_state
def mean_squared_logarithmic_error(
    predictions: object, targets: object, *, sample_weight: object = None
) -> tuple[float, np.ndarray]:
    """``(log(p + 1) - log(t + 1))²`` averaged over outputs and samples, ``p`` and ``t`` being at least 1e-7."""
    return _of_outputs("mean_squared_logarithmic_error", predictions, targets, sample_weight)


@contract_state
def huber(
    predictions: object, targets: object, *, delta: float = 1.0, sample_weight: object = None
) -> tuple[float, np.ndarray]:
    """Half the squared error, continued straight where the error exceeds ``delta``, averaged over outputs and samples.

    Source: Huber, "Robust estimation of a location parameter", 1964.
    """
    delta = positive_delta(delta, "huber: delta")
    return _of_outputs("huber", predictions, targets, sample_weight, 0.0, delta)


@contract_state
def log_cosh(predictions: object, targets: object, *, sample_weight: object = None) -> tuple[float, np.ndarray]:
    """Logarithm of the hyperbolic cosine of the error, averaged over outputs and samples."""
    return _of_outputs("log_cosh", predictions, targets, sample_weight)


@contract_state
def poisson(predictions: object, targets: object, *, sample_weight: object = None) -> tuple[float, np.ndarray]:
    """``p - t log(p + 1e-7)`` averaged over outputs and samples: of counts t whose expectation is p."""
    return _of_outputs("poisson", predictions, targets, sample_weight)


# Of margins


@contract_state
def hinge(predictions: object, targets: object, *, sample_weight: object = None) -> tuple[float, np.ndarray]:
    """``max(0, 1 - t p)`` averaged over outputs and samples; targets are -1 and 1."""
    return _of_outputs("hinge", predictions, targets, sample_weight)


@contract_state
def squared_hinge(predictions: object, targets: object, *, sample_weight: object = None) -> tuple[float, np.ndarray]:
    """``max(0, 1 - t p)²`` averaged over outputs and samples; targets are -1 and 1."""
    return _of_outputs("squared_hinge", predictions, targets, sample_weight)


# Shared with nativecnn/losses


def positive_delta(value: object, name: str) -> float:
    """Return a ``delta`` as a positive finite number; it is still one as float32.

    Raises
    ------
    TypeError, ValueError
        If it is none.
    """
    delta = number_between(value, name, low_included=False)
    if not 0 < np.float32(delta) < np.inf:
        raise ValueError(f"{name}: expected a number that is positive and finite as float32, got {delta}")
    return delta


def smooth_targets(targets: np.ndarray, label_smoothing: float, classes: int, out: np.ndarray) -> None:
    """Write ``t (1 - s) + s / classes`` into ``out``, the two constants rounded to float32 first, then · and +."""
    kept, share = (targets.dtype.type(np.float32(part)) for part in (1 - label_smoothing, label_smoothing / classes))
    with np.errstate(all="ignore"):
        np.multiply(targets, kept, out=out)
        np.add(out, share, out=out)


def _of_classes(
    name: str, predictions: object, targets: object, label_smoothing: float, sample_weight: object
) -> tuple[float, np.ndarray]:
    predictions = _predictions(name, predictions)
    targets = _one_hot(targets, predictions.shape, name)
    return _loss(name, predictions, targets, sample_weight, label_smoothing, predictions.shape[1])


def _of_outputs(
    name: str,
    predictions: object,
    targets: object,
    sample_weight: object,
    label_smoothing: float = 0.0,
    *settings: float,
) -> tuple[float, np.ndarray]:
    return _loss(name, _predictions(name, predictions), targets, sample_weight, label_smoothing, 2, *settings)


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


def _loss(
    name: str,
    predictions: np.ndarray,
    targets: object,
    sample_weight: object,
    label_smoothing: float,
    classes: int,
    *settings: float,
) -> tuple[float, np.ndarray]:
    targets = float_array(targets, f"{name}: targets", 2)
    check_shape(targets, f"{name}: targets", predictions.shape)
    samples = len(predictions)
    label_smoothing = number_between(label_smoothing, f"{name}: label_smoothing", high=1, high_included=True)
    if label_smoothing:
        smoothed = empty(targets.shape, name)
        smooth_targets(targets, label_smoothing, classes, smoothed)
        targets = smoothed
    weights = None
    if sample_weight is not None:
        weights = float_array(sample_weight, f"{name}: sample_weight", 1)
        check_shape(weights, f"{name}: sample_weight", (samples,))
    loss, gradient = empty((samples,), name), empty(predictions.shape, name)
    getattr(kernels(), name)(predictions, targets, loss, gradient, weights, *settings)
    divisor = 1 if name == "half_squared_error" else max(samples, 1)
    return kernels().sum_losses(loss, divisor), gradient
