"""Dropout, with random numbers that are the same everywhere."""

from __future__ import annotations

import math

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import number_between, positive_integer, shown
from ..random import Stream
from .arguments import empty, float_array
from .backend import kernels
from .windows import normalize_flag


@contract_state
def dropout(x: object, rate: float, *, seed: int = 0, step: int = 0, spatial: bool = False) -> np.ndarray:
    """Return ``x / (1 - rate)`` with each value replaced by +0 with probability ``rate``.

    The gradient of ``x`` is the same function of the output's gradient, with the same ``seed`` and ``step``.

    Parameters
    ----------
    x : array
        With ``spatial`` of shape (samples, …, channels).
    rate : float
        From 0 to 1.
    seed, step : int
        The random numbers are those of step ``step`` of the stream ``[seed, "dropout"]``.
    spatial : bool
        Whether to drop whole channels of a sample.

    Returns
    -------
    numpy.ndarray, float32, the shape of ``x``

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or size.
    MemoryError
        If there is not enough memory for the result.
    """
    x = float_array(x, "dropout: x")
    spatial = normalize_flag(spatial, "dropout: spatial")
    if spatial and x.ndim < 2:
        raise ValueError(f"dropout: x: expected at least 2 axes, samples and channels, got {x.ndim} (shape {x.shape})")
    rate = number_between(rate, "dropout: rate", high=1.0, high_included=True)
    stream = Stream(positive_integer(seed, "dropout: seed", minimum=0), "dropout")
    step = positive_integer(step, "dropout: step", minimum=0)
    if step >= 2**64:
        raise ValueError(f"dropout: step: expected an integer below 2**64, got {shown(step)}")
    y = empty(x.shape, "dropout")
    kernels().dropout(as_droppable(x, spatial), stream.philox_key, step, rate, as_droppable(y, spatial))
    return y


def as_droppable(x: np.ndarray, spatial: bool) -> np.ndarray:
    """Return an array as (samples, pixels, channels), a view, whose samples' channels are dropped as a whole."""
    return x.reshape(x.shape[0], math.prod(x.shape[1:-1]), x.shape[-1]) if spatial else x.reshape(1, 1, x.size)
