"""Rows of a table, chosen by number."""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from .arguments import check_shape, empty, float_array
from .backend import kernels
from .windows import normalize_integer

MOST_ROWS = 2**24
"""Of a table: float32 has every integer up to this one."""


@contract_state
def embedding(tokens: object, table: object) -> np.ndarray:
    """Return the row of ``table`` that each token names.

    Parameters
    ----------
    tokens : array of any shape
        Integers from 0 to before the number of rows, of any type of numbers.
    table : array, shape (rows, columns)

    Returns
    -------
    numpy.ndarray, float32, shape (shape of tokens…, columns)

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or rank, or a token names no row.
    MemoryError
        If there is not enough memory for the result.
    """
    tokens = float_array(tokens, "embedding: tokens")
    table = float_array(table, "embedding: table", 2)
    check_rows(len(table), "embedding: table")
    check_tokens(tokens, len(table), "embedding: tokens")
    y = empty((*tokens.shape, table.shape[1]), "embedding")
    kernels().embedding(tokens, table, y)
    return y


@contract_state
def embedding_backward(dy: object, tokens: object, rows: int) -> np.ndarray:
    """Return the gradient of the table, of so many ``rows``, of :func:`embedding`."""
    tokens = float_array(tokens, "embedding_backward: tokens")
    dy = float_array(dy, "embedding_backward: dy", tokens.ndim + 1)
    check_shape(dy, "embedding_backward: dy", (*tokens.shape, dy.shape[-1]))
    rows = normalize_integer(rows, "embedding_backward: rows")
    check_rows(rows, "embedding_backward: rows")
    check_tokens(tokens, rows, "embedding_backward: tokens")
    dtable = empty((rows, dy.shape[-1]), "embedding_backward")
    kernels().embedding_gradient(dy, tokens, dtable)
    return dtable


def check_rows(rows: int, name: str) -> None:
    """Raise ``ValueError`` unless a table may have so many rows."""
    if not 1 <= rows <= MOST_ROWS:
        raise ValueError(f"{name}: expected 1 to {MOST_ROWS} rows, got {rows}")


def check_tokens(tokens: np.ndarray, rows: int, name: str) -> None:
    """Raise ``ValueError`` unless all tokens are integers from 0 to before the number of rows."""
    wrong = ~((tokens >= 0) & (tokens < rows) & (tokens == np.floor(tokens)))
    if wrong.any():
        raise ValueError(f"{name}: expected integers from 0 to {rows - 1}, got {tokens[wrong].flat[0]}")
