"""Sequences of different lengths as one array."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import choose, positive_integer, shown

_SIDES = {"pre": "pre", "post": "post"}


@contract_state
def pad_sequences(
    sequences: Iterable[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float = 0.0,
) -> np.ndarray:
    """Make one array of sequences of different lengths, such as the words of sentences or the samples of sounds.

    Parameters
    ----------
    sequences : iterable of array_like
        Each of shape (steps,), or (steps, …) with the other axes the same in all of them.
    maxlen : int, optional
        The length that all get; by default that of the longest.
    dtype : numpy.dtype or str
        Of the result; whole numbers have to fit it, and others are not cut to whole ones.
    padding : {"pre", "post"}
        Whether ``value`` fills up what is shorter before its first step or after its last.
    truncating : {"pre", "post"}
        Whether what is longer loses its first steps or its last.
    value : float

    Returns
    -------
    numpy.ndarray
        (sequences, maxlen, …), new.

    Raises
    ------
    TypeError
        Values that are no numbers, or not whole where ``dtype`` is.
    ValueError
        A number that ``dtype`` cannot hold, sequences that differ in more than their length, an unknown side.

    Examples
    --------
    >>> pad_sequences([[7, 8], [1, 2, 3, 4]], maxlen=3, padding="post", truncating="post")
    array([[7, 8, 0],
           [1, 2, 3]], dtype=int32)
    """
    dtype = np.dtype(dtype)
    if dtype.kind not in "iuf":
        raise TypeError(f"pad_sequences: expected a dtype of whole or floating-point numbers, got {dtype}")
    before = choose(padding, _SIDES, "pad_sequences: padding") == "pre"
    keeps_end = choose(truncating, _SIDES, "pad_sequences: truncating") == "pre"
    arrays = [_numbers(sequence, dtype, f"sequences[{place}]") for place, sequence in enumerate(sequences)]
    lengths = [len(array) for array in arrays]
    length = max(lengths, default=0) if maxlen is None else positive_integer(maxlen, "pad_sequences: maxlen", 0)
    step_shape = next((array.shape[1:] for array in arrays if array.size), ())
    if np.ndim(value):
        raise TypeError(f"pad_sequences: value: expected one number, got {shown(value)}")
    filling = _converted(np.asarray(value), dtype, "value")
    result = np.full((len(arrays), length, *step_shape), filling, dtype)
    for place, array in enumerate(arrays):
        if not len(array):
            continue
        if array.shape[1:] != step_shape:
            raise ValueError(
                f"pad_sequences: sequences[{place}]: expected steps of shape {step_shape}, got {array.shape[1:]}"
            )
        kept = array[max(len(array) - length, 0) :] if keeps_end else array[:length]
        first = length - len(kept) if before else 0
        result[place, first : first + len(kept)] = kept
    return result


def _numbers(sequence: Any, dtype: np.dtype[Any], name: str) -> np.ndarray:
    try:
        array = np.asarray(sequence)
    except ValueError as error:  # lists of different lengths
        raise ValueError(f"pad_sequences: {name}: expected an array of numbers, got {error}") from None
    if array.ndim == 0:
        raise TypeError(f"pad_sequences: {name}: expected a sequence of numbers, got {shown(sequence)}")
    if array.size == 0:
        return array.astype(dtype)
    return _converted(array, dtype, name)


def _converted(array: np.ndarray, dtype: np.dtype[Any], name: str) -> np.ndarray:
    """Return numbers in ``dtype``: rounded perhaps, but not made whole or taken around its ends."""
    if array.dtype.kind not in "biuf":
        raise TypeError(f"pad_sequences: {name}: expected numbers, got {array.dtype}")
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return array.astype(dtype)
    if array.dtype.kind == "f" and not np.all(np.isfinite(array) & (array == np.floor(array))):
        raise TypeError(f"pad_sequences: {name}: expected whole numbers for dtype {dtype}, got others")
    low, high = array.min(), array.max()
    limits = np.iinfo(dtype)
    if int(low) < limits.min or int(high) > limits.max:
        raise ValueError(
            f"pad_sequences: {name}: expected numbers from {limits.min} to {limits.max}, got {low} to {high}"
        )
    return array.astype(dtype)
