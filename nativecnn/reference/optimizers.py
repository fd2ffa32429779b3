"""Optimizer steps, in place on the weights and the optimizer's state."""

from __future__ import annotations

import numpy as np

from .fma import fma


def sgd(weights, gradient, velocity, learning_rate, momentum, nesterov):
    """Gradient descent, with classical or Nesterov momentum where there is a velocity (Sutskever et al. 2013)."""
    rate = weights.dtype.type(learning_rate)
    if velocity is None:
        weights[...] = fma(-rate, gradient, weights)
        return
    momentum = weights.dtype.type(momentum)
    step = -(rate * gradient)
    velocity[...] = fma(momentum, velocity, step)
    weights[...] = weights + (fma(momentum, velocity, step) if nesterov else velocity)


def adam(weights, gradient, mean, variance, step_size, beta_1, beta_2, epsilon):
    """Adam (Kingma and Ba 2015), the bias corrections contained in ``step_size``."""
    step_size, beta_1, beta_2, epsilon = (weights.dtype.type(v) for v in (step_size, beta_1, beta_2, epsilon))
    one = weights.dtype.type(1)
    mean[...] = fma(beta_1, mean, (one - beta_1) * gradient)
    variance[...] = fma(beta_2, variance, ((one - beta_2) * gradient) * gradient)
    weights[...] = weights - (step_size * mean) / (np.sqrt(variance) + epsilon)
