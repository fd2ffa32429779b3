"""Small maps made as large as the picture that they are laid over."""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from ..ops.arguments import float_array
from ..ops.windows import normalize_pair


@contract_state
def enlarge(maps: object, size: object) -> np.ndarray:
    """Return maps with more places, in between by straight lines.

    The first and the last cell of a map end where the picture ends, and values belong to the middles of the cells.

    Parameters
    ----------
    maps : array, shape (samples, rows, columns)
        As :func:`~nativecnn.visualize.class_activation_map` and :func:`~nativecnn.visualize.occlusion` give them.
    size : int or (int, int)
        Rows and columns of the picture.

    Returns
    -------
    numpy.ndarray, float32, shape (samples, *size)

    Raises
    ------
    TypeError, ValueError
        If these are no maps, or maps without a place, or no sizes.
    """
    maps = float_array(maps, "enlarge: maps", 3)
    for axis, count in enumerate(normalize_pair(size, "enlarge: size"), 1):
        places = maps.shape[axis]
        if not places:
            raise ValueError(f"enlarge: expected maps with rows and columns, got shape {maps.shape}")
        middles = np.clip((np.arange(count) + 0.5) * (places / count) - 0.5, 0, places - 1)
        before = middles.astype(np.intp)
        part = (middles - before).astype(np.float32).reshape((-1, 1) if axis == 1 else -1)
        low, high = maps.take(before, axis), maps.take(np.minimum(before + 1, places - 1), axis)
        maps = low + (high - low) * part
    return maps
