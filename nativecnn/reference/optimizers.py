"""Optimizer steps, in place on the weights and the optimizer's state, and the sums that go with them.

An ``adjustment``, ``(l1, l2, scale, bound, decay)``, says what comes before a step: the gradient of penalties, scaling
and clipping of the gradient, decay of the weights.
"""

from __future__ import annotations

import math

import numpy as np

from .fma import fma
from .sums import RUN_LENGTH, sum_in_runs


def sgd(weights, gradient, velocity, learning_rate, momentum, nesterov, adjustment=None):
    """Gradient descent, with classical or Nesterov momentum where there is a velocity (Sutskever et al. 2013)."""
    gradient = _adjusted(weights, gradient, adjustment)
    rate = weights.dtype.type(learning_rate)
    if velocity is None:
        weights[...] = fma(-rate, gradient, weights)
        return
    momentum = weights.dtype.type(momentum)
    step = -(rate * gradient)
    velocity[...] = fma(momentum, velocity, step)
    weights[...] = weights + (fma(momentum, velocity, step) if nesterov else velocity)


def adam(weights, gradient, mean, variance, step_size, beta_1, beta_2, epsilon, largest=None, adjustment=None):
    """Adam (Kingma and Ba 2015), the bias corrections contained in ``step_size``.

    With an array for the largest variances so far, these take their place (AMSGrad, Reddi et al. 2018).
    """
    gradient = _adjusted(weights, gradient, adjustment)
    step_size, epsilon = _rounded(weights, step_size, epsilon)
    _take_moments(mean, variance, gradient, beta_1, beta_2)
    if largest is not None:
        largest[...] = _larger(largest, variance)
        variance = largest
    weights[...] = weights - (step_size * mean) / (np.sqrt(variance) + epsilon)


def nadam(weights, gradient, mean, variance, mean_step, gradient_step, beta_1, beta_2, epsilon, adjustment=None):
    """Adam with Nesterov's momentum (Dozat 2016): ``mean_step`` and ``gradient_step`` contain all corrections."""
    gradient = _adjusted(weights, gradient, adjustment)
    mean_step, gradient_step, epsilon = _rounded(weights, mean_step, gradient_step, epsilon)
    _take_moments(mean, variance, gradient, beta_1, beta_2)
    weights[...] = weights - fma(mean_step, mean, gradient_step * gradient) / (np.sqrt(variance) + epsilon)


def adamax(weights, gradient, mean, norm, step_size, beta_1, beta_2, epsilon, adjustment=None):
    """Adam with the largest gradient, fading, in place of the mean of squares (Kingma and Ba 2015, section 7.1)."""
    gradient = _adjusted(weights, gradient, adjustment)
    step_size, beta_1, beta_2, epsilon = _rounded(weights, step_size, beta_1, beta_2, epsilon)
    mean[...] = fma(beta_1, mean, (weights.dtype.type(1) - beta_1) * gradient)
    norm[...] = _larger(beta_2 * norm, np.abs(gradient))
    weights[...] = weights - (step_size * mean) / (norm + epsilon)


def adagrad(weights, gradient, accumulator, learning_rate, epsilon, adjustment=None):
    """Adagrad (Duchi, Hazan and Singer 2011)."""
    gradient = _adjusted(weights, gradient, adjustment)
    rate, epsilon = _rounded(weights, learning_rate, epsilon)
    accumulator[...] = fma(gradient, gradient, accumulator)
    weights[...] = weights - (rate * gradient) / np.sqrt(accumulator + epsilon)


def adadelta(weights, gradient, squares, moves, learning_rate, rho, epsilon, adjustment=None):
    """Adadelta (Zeiler 2012)."""
    gradient = _adjusted(weights, gradient, adjustment)
    rate, rho, epsilon = _rounded(weights, learning_rate, rho, epsilon)
    rest = weights.dtype.type(1) - rho
    squares[...] = fma(rho, squares, (rest * gradient) * gradient)
    move = (np.sqrt(moves + epsilon) * gradient) / np.sqrt(squares + epsilon)
    moves[...] = fma(rho, moves, (rest * move) * move)
    weights[...] = fma(-rate, move, weights)


def rmsprop(weights, gradient, squares, average, velocity, learning_rate, rho, momentum, epsilon, adjustment=None):
    """RMSprop (Tieleman and Hinton 2012), centered (Graves 2013) where there is an average; perhaps with momentum."""
    gradient = _adjusted(weights, gradient, adjustment)
    rate, rho, momentum, epsilon = _rounded(weights, learning_rate, rho, momentum, epsilon)
    zero, rest = weights.dtype.type(0), weights.dtype.type(1) - rho
    squares[...] = fma(rho, squares, (rest * gradient) * gradient)
    spread = squares
    if average is not None:
        average[...] = fma(rho, average, rest * gradient)
        difference = fma(-average, average, squares)
        spread = np.where(difference < 0, zero, difference)
    step = (rate * gradient) / np.sqrt(spread + epsilon)
    if velocity is not None:
        step = velocity[...] = fma(momentum, velocity, step)
    weights[...] = weights - step


def add_penalty_gradient(weights, gradient, l1, l2):
    """Add the gradient of ``l1 Σ |w| + l2 Σ w²`` to another."""
    gradient[...] = _with_penalty(weights, gradient, l1, l2)


def sum_of_squares(values):
    """Return the sum (float64): runs of consecutive values in row-major order, combined by the tree."""
    return _sum(values.reshape(-1).astype(np.float64) ** 2)


def sum_of_magnitudes(values):
    """Return the sum of the absolute values (float64), in the same order."""
    return _sum(np.abs(values.reshape(-1).astype(np.float64)))


def _sum(terms):
    boundaries = np.minimum(np.arange(0, len(terms) + RUN_LENGTH, RUN_LENGTH), len(terms))
    return float(sum_in_runs(boundaries, (), np.float64, lambda numbers, total: total + terms[numbers]))


def _adjusted(weights, gradient, adjustment):
    """Return the gradient to step with, and let the weights decay."""
    if adjustment is None:
        return gradient
    l1, l2, scale, bound, decay = adjustment
    scale, bound, decay = _rounded(weights, scale, bound, decay)
    gradient = _with_penalty(weights, gradient, l1, l2)
    if scale != 1:
        gradient = gradient * scale
    if bound < math.inf:
        gradient = np.where(gradient < -bound, -bound, np.where(gradient > bound, bound, gradient))
    if decay != 0:
        weights[...] = fma(-decay, weights, weights)
    return gradient


def _with_penalty(weights, gradient, l1, l2):
    l1, double_l2 = _rounded(weights, l1, 2.0 * l2)
    if double_l2 != 0:
        gradient = fma(double_l2, weights, gradient)
    if l1 != 0:
        gradient = gradient + np.where(weights > 0, l1, np.where(weights < 0, -l1, weights.dtype.type(0)))
    return gradient


def _rounded(weights, *settings):
    """Return numbers as those of the weights' type."""
    return [weights.dtype.type(value) for value in settings]


def _take_moments(mean, variance, gradient, beta_1, beta_2):
    """Let running means of the gradient and of its square take the gradient in."""
    beta_1, beta_2 = _rounded(mean, beta_1, beta_2)
    one = mean.dtype.type(1)
    mean[...] = fma(beta_1, mean, (one - beta_1) * gradient)
    variance[...] = fma(beta_2, variance, ((one - beta_2) * gradient) * gradient)


def _larger(a, b):
    """Return the larger of two, the first where they are equal; a NaN where either is one."""
    return np.where((a >= b) | np.isnan(a), a, b)
