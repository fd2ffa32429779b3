"""Losses of a batch, one value a sample, and their gradients.

Predictions and targets are ``(samples, outputs)``; ``loss`` is ``(samples,)``. The gradient ``dx`` is that of the
batch's loss, which is the mean over the samples (for :func:`half_squared_error` their sum); ``None`` leaves it out.
"""

from __future__ import annotations

import numpy as np

from .elementary import exp_of, log_of, sigmoid_of
from .fma import fma
from .rows import row_maximum, row_sum
from .sums import image_runs, sum_in_runs

CLIP = np.float32(1e-7)  # probabilities are kept this far from 0 and 1 (as Keras does)


def softmax_crossentropy(logits, targets, loss, dx):
    """``-Σ t log softmax(logits)``; terms whose target is 0 are left out. Gradient ``(softmax - t) / samples``."""
    shifted = logits - row_maximum(logits)
    exponentials = exp_of(shifted)
    total = row_sum(exponentials)
    loss[...] = _targeted_sum(targets, log_of(total) - shifted)
    if dx is not None:
        dx[...] = (exponentials / total - targets) / _count(logits, len(logits))


def sigmoid_crossentropy(logits, targets, loss, dx):
    """Mean over the outputs of ``max(x, 0) - x t + log(1 + exp(-|x|))``; gradient ``(sigmoid(x) - t) / count``."""
    one = logits.dtype.type(1)
    positive_part = np.where(logits <= 0, logits.dtype.type(0), logits)
    terms = fma(-logits, targets, positive_part) + log_of(one + exp_of(-np.abs(logits)))
    loss[...] = row_sum(terms)[:, 0] / _count(logits, logits.shape[1])
    if dx is not None:
        dx[...] = (sigmoid_of(logits) - targets) / _count(logits, logits.size)


def categorical_crossentropy(probabilities, targets, loss, dx):
    """``-Σ t log p`` with ``p`` clipped; terms whose target is 0 are left out.

    Gradient ``(-t / p) / samples``, +0 where ``p`` was clipped.
    """
    clipped, inside = _clipped(probabilities)
    loss[...] = _targeted_sum(targets, -log_of(clipped))
    if dx is not None:
        gradient = (-targets / clipped) / _count(probabilities, len(probabilities))
        dx[...] = np.where(inside, gradient, probabilities.dtype.type(0))


def binary_crossentropy(probabilities, targets, loss, dx):
    """Mean over the outputs of ``-(t log p + (1 - t) log(1 - p))`` with ``p`` clipped.

    Gradient ``((p - t) / (p (1 - p))) / count``, +0 where ``p`` was clipped.
    """
    clipped, inside = _clipped(probabilities)
    one = probabilities.dtype.type(1)
    terms = fma(one - targets, log_of(one - clipped), targets * log_of(clipped))
    loss[...] = row_sum(-terms)[:, 0] / _count(probabilities, probabilities.shape[1])
    if dx is not None:
        slope = (clipped - targets) / (clipped * (one - clipped))
        gradient = slope / _count(probabilities, probabilities.size)
        dx[...] = np.where(inside, gradient, probabilities.dtype.type(0))


def mean_squared_error(predictions, targets, loss, dx):
    """Mean over the outputs of ``(p - t)²``; gradient ``2 (p - t) / count``."""
    difference = predictions - targets
    loss[...] = _sum_of_squares(difference) / _count(predictions, predictions.shape[1])
    if dx is not None:
        dx[...] = (2 * difference) / _count(predictions, predictions.size)


def half_squared_error(predictions, targets, loss, dx):
    """``½ Σ (p - t)²`` over the outputs; gradient ``p - t``, not divided by anything."""
    difference = predictions - targets
    loss[...] = predictions.dtype.type(0.5) * _sum_of_squares(difference)
    if dx is not None:
        dx[...] = difference


def sum_losses(loss, divisor=1):
    """Return the sum of the samples' losses, in runs as any sum over samples, divided by a count: a Python float."""
    total = sum_in_runs(image_runs(len(loss), 1, 1), (), loss.dtype, lambda terms, total: total + loss[terms])
    return float(total / loss.dtype.type(divisor))


def _count(like, count):
    return like.dtype.type(count)


def _clipped(probabilities):
    lowest = probabilities.dtype.type(CLIP)
    highest = probabilities.dtype.type(np.float32(1) - CLIP)
    below, above = probabilities < lowest, probabilities > highest
    return np.where(below, lowest, np.where(above, highest, probabilities)), ~(below | above)


def _targeted_sum(targets, terms):
    """Return ``Σ target · term`` over each row in order by fused multiply-add, without terms of target 0."""
    total = np.zeros(len(targets), targets.dtype)
    for index in range(targets.shape[1]):
        target = targets[:, index]
        total = np.where(target == 0, total, fma(target, terms[:, index], total))
    return total


def _sum_of_squares(difference):
    total = np.zeros(len(difference), difference.dtype)
    for index in range(difference.shape[1]):
        total = fma(difference[:, index], difference[:, index], total)
    return total
