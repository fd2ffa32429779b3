"""Values that move and stay what they are: padding with zeros, cropping, permuting axes, repeating pixels.

Arrays of lines, images or volumes are (samples, [[planes,] rows,] columns, channels); numbers are one for each axis.
"""

from __future__ import annotations

import itertools

import numpy as np


def zero_pad(x, y, before):
    """Write ``x``, so many pixels from the beginning of each axis, and +0 around it."""
    y[...] = 0
    _within(y, x, before)[...] = x


def crop(x, y, before):
    """Write what remains of ``x`` after so many pixels, as much as ``y`` has."""
    y[...] = _within(x, y, before)


def permute(x, y, axes):
    """Write ``x`` with its axes in another order: axis k of ``y`` is axis ``axes[k]`` of ``x``."""
    y[...] = np.transpose(x, axes)


def upsample(x, y, factors):
    """Write each pixel ``factors`` times along each axis."""
    for axis, factor in enumerate(factors, 1):
        x = np.repeat(x, factor, axis)
    y[...] = x


def upsample_gradient(dy, dx, factors):
    """Write for each pixel the sum of its copies' gradients, added from +0 in row-major order."""
    total = np.zeros_like(dx)
    for place in itertools.product(*(range(factor) for factor in factors)):
        steps = tuple(slice(first, None, factor) for first, factor in zip(place, factors, strict=True))
        total = total + dy[(slice(None), *steps)]
    dx[...] = total


def _within(outer, inner, before):
    """Return the part of ``outer`` of the size of ``inner`` that begins after so many pixels."""
    sides = zip(before, inner.shape[1:-1], strict=True)
    return outer[(slice(None), *(slice(first, first + size) for first, size in sides))]
