"""Rows of a table, chosen by number."""

from __future__ import annotations

import numpy as np


def embedding(tokens, table, y):
    """Write the row of the table that each token names; NaN where there is none."""
    rows, named = _rows(tokens, table)
    result = np.full((rows.size, table.shape[1]), np.nan, y.dtype)
    result[named] = table[rows[named]]
    y[...] = result.reshape(y.shape)


def embedding_gradient(dy, tokens, dtable):
    """Write for each row the sum of the gradients of the positions that name it, from +0 in the order of positions."""
    dtable[...] = 0
    rows, named = _rows(tokens, dtable)
    gradients = dy.reshape(rows.size, dtable.shape[1])
    for position in np.flatnonzero(named):
        dtable[rows[position]] += gradients[position]


def _rows(tokens, table):
    """Return the number of each token's row, and which tokens name one: the integers from 0 to before their number."""
    tokens = tokens.reshape(-1)
    named = (tokens >= 0) & (tokens < len(table)) & (tokens == np.floor(tokens))
    return np.where(named, tokens, 0).astype(np.intp), named
