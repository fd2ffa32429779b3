"""Dropout: which values stay is decided by counter-based random numbers."""

from __future__ import annotations

import math

import numpy as np


def dropout(x, key, step, rate, y):
    """Write ``x / (1 - rate)`` where it stays, +0 elsewhere, into ``y``, which may be ``x``.

    ``x`` (samples, pixels, channels): all pixels of a sample's channel share one random number. ``key`` (128 bits) and
    ``step`` are those of the stream.
    """
    samples, _, channels = x.shape
    kept = _random_parts(samples * channels, key, step) >= math.ceil(rate * 2.0**32)
    with np.errstate(all="ignore"):
        scale = x.dtype.type(np.float64(1) / (np.float64(1) - rate))
        y[...] = np.where(kept.reshape(samples, 1, channels), x * scale, x.dtype.type(0))


def _random_parts(count, key, step):
    """Return the first ``count`` halves, lower ones first, of the words of a step of a stream, as int64."""
    words = np.random.Philox(key=key, counter=step << 128).random_raw((count + 1) // 2)
    halves = np.stack([words & np.uint64(0xFFFFFFFF), words >> np.uint64(32)], axis=-1)
    return halves.reshape(-1)[:count].astype(np.int64)
