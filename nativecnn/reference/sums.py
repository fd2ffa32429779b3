"""Sums over samples and pixels: runs of consecutive terms in order, combined by a binary tree."""

from __future__ import annotations

import numpy as np

RUN_LENGTH = 256  # terms aimed at in a run


def image_runs(samples, rows, columns):
    """Return the boundaries ``[0, …, samples * rows * columns]`` of the runs over the pixels of a batch.

    Pixels are numbered by sample, row, column. A run is a whole number of samples or, where a sample has many
    pixels, one of the equal parts (whole rows; the last may be shorter) that it is cut into. It depends on the
    image alone, never on the number of samples.
    """
    pixels = rows * columns
    if pixels == 0 or samples == 0:
        return np.zeros(1, dtype=np.int64)
    if 2 * pixels <= RUN_LENGTH:
        starts = np.arange(0, samples * pixels, RUN_LENGTH // pixels * pixels)
    else:
        parts = min(rows, -(-pixels // RUN_LENGTH))
        rows_per_run = -(-rows // parts)
        first_rows = np.arange(0, rows, rows_per_run)
        starts = (np.arange(samples)[:, None] * rows + first_rows).reshape(-1) * columns
    return np.append(starts, samples * pixels)


def sum_in_runs(boundaries, shape, dtype, accumulate):
    """Sum terms numbered ``0 … boundaries[-1] - 1``: each run in order from +0, then the runs by the tree.

    ``accumulate(terms, total)`` adds one term to each of several runs at once: ``terms`` holds their numbers,
    ``total`` their sums so far, of shape ``(runs, *shape)``.
    """
    starts, lengths = boundaries[:-1], np.diff(boundaries)
    partial_sums = np.zeros((len(starts), *shape), dtype)
    for length in np.unique(lengths):
        runs = np.flatnonzero(lengths == length)
        total = np.zeros((len(runs), *shape), dtype)
        for position in range(length):
            total = accumulate(starts[runs] + position, total)
        partial_sums[runs] = total
    return tree_sum(partial_sums)


def tree_sum(values):
    """Sum over the first axis by a binary tree whose left part is the largest power of two below the count."""
    count = len(values)
    if count == 0:
        return np.zeros(values.shape[1:], values.dtype)
    if count == 1:
        return values[0]
    left = 1 << ((count - 1).bit_length() - 1)
    return tree_sum(values[:left]) + tree_sum(values[left:])
