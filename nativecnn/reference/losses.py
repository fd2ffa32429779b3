"""Losses of a batch, one value a sample, and their gradients.

Predictions and targets are ``(samples, outputs)``, to the losses of classes also ``(samples, places, classes)``;
``loss`` and ``weights`` are ``(samples,)``. The gradient ``dx`` is that of the batch's loss, which is the mean over the
samples (for :func:`half_squared_error` their sum); ``None`` leaves it out. Where there are weights, the loss and the
gradient of each sample are multiplied by its own.

Throughout, J is the number of outputs of a sample and N·J that of the batch.
"""

from __future__ import annotations

import math

import numpy as np

from .elementary import exp_of, log_of, sigmoid_of, tanh_of
from .fma import fma
from .rows import row_maximum, row_sum
from .sums import image_runs, sum_in_runs

CLIP = np.float32(1e-7)  # probabilities are kept this far from 0 and 1 (as Keras does)
_HIGHEST = np.float32(1) - CLIP

# Of classes


def softmax_crossentropy(logits, targets, loss, dx, weights=None):
    """``-Σ t log softmax(logits)``; terms whose target is 0 are left out. Gradient ``(softmax - t) / samples``."""
    shifted = logits - row_maximum(logits)
    exponentials = exp_of(shifted)
    total = row_sum(exponentials)
    losses = _targeted_sum(targets, log_of(total) - shifted)
    _store_of_places(loss, dx, weights, losses, exponentials / total - targets)


def categorical_crossentropy(probabilities, targets, loss, dx, weights=None):
    """``-Σ t log p`` with ``p`` clipped; terms whose target is 0 are left out.

    Gradient ``(-t / p) / samples``, +0 where ``p`` was clipped.
    """
    clipped, inside = _clipped(probabilities, _HIGHEST)
    slope = np.where(inside, -targets / clipped, _number(probabilities, 0))
    _store_of_places(loss, dx, weights, _targeted_sum(targets, -log_of(clipped)), slope)


def kl_divergence(probabilities, targets, loss, dx, weights=None):
    """``Σ t log(t / p)`` with ``t`` and ``p`` clipped to [1e-7, 1].

    Gradient ``(-t / p) / samples``, +0 where ``p`` was clipped.
    """
    clipped, inside = _clipped(probabilities, np.float32(1))
    wanted, _ = _clipped(targets, np.float32(1))
    terms = log_of(wanted / clipped)
    losses = np.zeros(targets.shape[:-1], targets.dtype)
    for index in range(targets.shape[-1]):
        losses = fma(wanted[..., index], terms[..., index], losses)
    _store_of_places(loss, dx, weights, losses, np.where(inside, -wanted / clipped, _number(probabilities, 0)))


def categorical_hinge(predictions, targets, loss, dx, weights=None):
    """``max(m, 0)`` with ``m = max((1 - t) p) - Σ t p + 1``; gradient ``((1 - t at the maximum) - t) / samples``."""
    others = (1 - targets) * predictions
    largest = row_maximum(others)
    own = np.zeros((*targets.shape[:-1], 1), targets.dtype)
    for index in range(targets.shape[-1]):
        own = fma(targets[..., index, None], predictions[..., index, None], own)
    margin = (largest - own) + 1
    is_largest = (others == largest) | np.isnan(others) & np.isnan(largest)
    is_first = is_largest & (np.cumsum(is_largest, axis=-1) == 1)
    slope = np.where(is_first, 1 - targets, _number(targets, 0)) - targets
    losses = _relu(margin)[..., 0]
    _store_of_places(loss, dx, weights, losses, np.where(margin <= 0, _number(targets, 0), slope))


# Of probabilities, one by one


def sigmoid_crossentropy(logits, targets, loss, dx, weights=None):
    """Mean over the outputs of ``max(x, 0) - x t + log(1 + exp(-|x|))``; gradient ``(sigmoid(x) - t) / N·J``."""
    terms = fma(-logits, targets, _relu(logits)) + log_of(1 + exp_of(-np.abs(logits)))
    _store_mean(loss, dx, weights, terms, sigmoid_of(logits) - targets)


def binary_crossentropy(probabilities, targets, loss, dx, weights=None):
    """Mean over the outputs of ``-(t log p + (1 - t) log(1 - p))`` with ``p`` clipped.

    Gradient ``((p - t) / (p (1 - p))) / N·J``, +0 where ``p`` was clipped.
    """
    clipped, inside = _clipped(probabilities, _HIGHEST)
    terms = fma(1 - targets, log_of(1 - clipped), targets * log_of(clipped))
    slope = (clipped - targets) / (clipped * (1 - clipped))
    _store_mean(loss, dx, weights, -terms, np.where(inside, slope, _number(probabilities, 0)))


# Of numbers


def mean_squared_error(predictions, targets, loss, dx, weights=None):
    """Mean over the outputs of ``(p - t)²``; gradient ``2 (p - t) / N·J``."""
    difference = predictions - targets
    losses = _sum_of_squares(difference) / _number(predictions, predictions.shape[1])
    _store(loss, dx, weights, losses, (2 * difference) / _number(predictions, predictions.size))


def half_squared_error(predictions, targets, loss, dx, weights=None):
    """``½ Σ (p - t)²`` over the outputs; gradient ``p - t``, not divided by anything."""
    difference = predictions - targets
    _store(loss, dx, weights, _number(predictions, 0.5) * _sum_of_squares(difference), difference)


def mean_absolute_error(predictions, targets, loss, dx, weights=None):
    """Mean over the outputs of ``|d|``, ``d = p - t``; gradient ``±1 / N·J`` with the sign of ``d``, +0 for 0."""
    difference = predictions - targets
    sign = np.where(difference > 0, 1, np.where(difference < 0, -1, difference + 0))
    _store_mean(loss, dx, weights, np.abs(difference), sign.astype(difference.dtype))


def mean_squared_logarithmic_error(predictions, targets, loss, dx, weights=None):
    """Mean over the outputs of ``d²``, ``d = log(p + 1) - log(t + 1)``, with ``p`` and ``t`` at least 1e-7.

    Gradient ``((2 d) / (p + 1)) / N·J``, +0 where ``p`` was less.
    """
    clip = _number(predictions, CLIP)
    low = predictions < clip
    shifted, wanted = np.where(low, clip, predictions) + 1, np.where(targets < clip, clip, targets) + 1
    difference = log_of(shifted) - log_of(wanted)
    slope = np.where(low, _number(predictions, 0), (2 * difference) / shifted)
    _store_mean(loss, dx, weights, difference * difference, slope)


def huber(predictions, targets, loss, dx, weights=None, delta=1.0):
    """Mean over the outputs of ``½ d²`` where ``|d| <= δ``, else ``δ (|d| - ½ δ)``, with ``d = p - t``.

    Gradient ``d / N·J`` with ``d`` kept within ``±δ``.
    """
    difference, delta = predictions - targets, _number(predictions, np.float32(delta))
    size, half = np.abs(difference), _number(predictions, 0.5)
    terms = np.where(size <= delta, (half * difference) * difference, delta * (size - half * delta))
    slope = np.where(difference > delta, delta, np.where(difference < -delta, -delta, difference))
    _store_mean(loss, dx, weights, terms, slope)


def log_cosh(predictions, targets, loss, dx, weights=None):
    """Mean over the outputs of ``(|d| + log(1 + exp(-2 |d|))) - log 2``, ``d = p - t``; gradient ``tanh(d) / N·J``."""
    difference = predictions - targets
    size = np.abs(difference)
    log_2 = _number(predictions, math.log(2) if size.dtype == np.float64 else np.float32(math.log(2)))
    terms = (size + log_of(1 + exp_of(-2 * size))) - log_2
    _store_mean(loss, dx, weights, terms, tanh_of(difference))


def poisson(predictions, targets, loss, dx, weights=None):
    """Mean over the outputs of ``p - t log(p + 1e-7)``; gradient ``(1 - t / (p + 1e-7)) / N·J``."""
    shifted = predictions + _number(predictions, CLIP)
    _store_mean(loss, dx, weights, fma(-targets, log_of(shifted), predictions), 1 - targets / shifted)


# Of margins; targets are -1 and 1


def hinge(predictions, targets, loss, dx, weights=None):
    """Mean over the outputs of ``max(m, 0)``, ``m = 1 - t p``; gradient ``-t / N·J``, +0 where ``m <= 0``."""
    margin = fma(-targets, predictions, np.ones_like(targets))
    _store_mean(loss, dx, weights, _relu(margin), np.where(margin <= 0, _number(targets, 0), -targets))


def squared_hinge(predictions, targets, loss, dx, weights=None):
    """Mean over the outputs of ``max(m, 0)²``, ``m = 1 - t p``; gradient ``(-2 t) m / N·J``, +0 where ``m <= 0``."""
    margin = fma(-targets, predictions, np.ones_like(targets))
    slope = np.where(margin <= 0, _number(targets, 0), (-2 * targets) * margin)
    _store_mean(loss, dx, weights, _relu(margin) * _relu(margin), slope)


# Of a batch


def sum_losses(loss, divisor=1):
    """Return the sum of the samples' losses, in runs as any sum over samples, divided by a count: a Python float."""
    total = sum_in_runs(image_runs(len(loss), 1, 1), (), loss.dtype, lambda terms, total: total + loss[terms])
    return float(total / loss.dtype.type(divisor))


def _store(loss, dx, weights, losses, gradient):
    """Write the samples' losses and the gradient, times the samples' weights if there are any."""
    if weights is not None:
        losses = losses * weights
        gradient = gradient * weights.reshape(-1, *[1] * (gradient.ndim - 1))
    loss[...] = losses
    if dx is not None:
        dx[...] = gradient


def _store_mean(loss, dx, weights, terms, slope):
    """Write losses that are the mean of one term an output."""
    losses = row_sum(terms)[:, 0] / _number(terms, terms.shape[1])
    _store(loss, dx, weights, losses, slope / _number(terms, terms.size))


def _store_of_places(loss, dx, weights, losses, slope):
    """Write losses of classes; a sample of several places has their mean, summed as that of as many samples is."""
    gradient = slope / _number(slope, losses.size)
    if losses.ndim > 1:
        losses = np.array([sum_losses(of_places, losses.shape[1]) for of_places in losses], losses.dtype)
    _store(loss, dx, weights, losses, gradient)


def _number(like, value):
    return like.dtype.type(value)


def _relu(x):
    return np.where(x <= 0, _number(x, 0), x)


def _clipped(values, highest):
    """Return values kept within [1e-7, highest] (a NaN stays), and where they were."""
    lowest, highest = _number(values, CLIP), _number(values, highest)
    below, above = values < lowest, values > highest
    return np.where(below, lowest, np.where(above, highest, values)), ~(below | above)


def _targeted_sum(targets, terms):
    """Return ``Σ target · term`` over each row in order by fused multiply-add, without terms of target 0."""
    total = np.zeros(targets.shape[:-1], targets.dtype)
    for index in range(targets.shape[-1]):
        target = targets[..., index]
        total = np.where(target == 0, total, fma(target, terms[..., index], total))
    return total


def _sum_of_squares(difference):
    total = np.zeros(len(difference), difference.dtype)
    for index in range(difference.shape[1]):
        total = fma(difference[:, index], difference[:, index], total)
    return total
