"""Numerical gradients in float64."""

import numpy as np


def central_differences(function, array, step=1e-5):
    """Return the gradient of a scalar function of a float64 array, each element moved up and down a bit."""
    gradient = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        value = array[place]
        array[place] = value + step
        above = function()
        array[place] = value - step
        below = function()
        array[place] = value
        gradient[place] = (above - below) / (2 * step)
    return gradient
