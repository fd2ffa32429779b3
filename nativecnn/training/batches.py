"""Data sets: checked once, then copied into a plan's buffers batch by batch, whatever their dtype and memory order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..checks import integer
from ..layers.steps import Shape

if TYPE_CHECKING:
    from ..execution.plan import PreparedBatch
    from .arguments import Checked


def check_samples(x: object, name: str = "x") -> np.ndarray:
    """Return the samples as an array of real numbers, not copied if it is one already.

    Raises
    ------
    TypeError
        If its elements are not real numbers.
    ValueError
        If it has no axis of samples.
    """
    array = np.asarray(x)
    if array.dtype.kind not in "buif":
        raise TypeError(f"{name}: expected an array of real numbers, got dtype {array.dtype}")
    if array.ndim == 0:
        raise ValueError(f"{name}: expected an array of samples, got a single number")
    return array


def check_sample_shape(x: np.ndarray, expected: Shape, name: str = "x", taken_by: str = "the model") -> None:
    """Raise ``ValueError`` unless the samples have the shape that the model is built for."""
    if x.shape[1:] == expected:
        return
    hint = ""
    if (*x.shape[1:], 1) == expected:
        hint = "; a channel axis is added by x[..., numpy.newaxis]"
    elif x.shape == expected:
        hint = "; an axis for the samples is added by x[numpy.newaxis]"
    expected_text = ", ".join(["samples", *map(str, expected)])
    raise ValueError(f"{taken_by}: expected {name} of shape ({expected_text}), got {x.shape}{hint}")


def check_batch_size(batch_size: object, samples: int) -> int:
    """Return the size of a batch: ``None`` and ``"all"`` mean all samples, more than there are as well."""
    if type(batch_size) is int and batch_size >= 1:  # at once for single samples
        return batch_size if batch_size < samples else samples or 1
    if batch_size is None or isinstance(batch_size, str) and batch_size == "all":
        return max(1, samples)
    size = integer(batch_size, "batch_size", 'an integer, None or "all"')
    if size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {size}")
    return min(size, max(1, samples))


class Feed:
    """Copies samples of an array into buffers, converting their dtype on the way.

    Nothing of the size of the data set is allocated, nor, after the first batch, anything of the size of a batch.
    """

    def __init__(self, array: np.ndarray) -> None:
        self._array = np.asarray(array)  # of a memory map the plain view
        self._staged: np.ndarray | None = None
        # np.take copies the whole of an array that is not contiguous.
        self._takes = self._array.flags.c_contiguous and self._array.flags.aligned

    def __len__(self) -> int:
        return len(self._array)

    def rows(self, first: int, last: int, buffer: np.ndarray) -> None:
        """Copy the samples from ``first`` to before ``last``."""
        copy_samples(self._array[first:last], buffer)

    def gather(self, indices: np.ndarray, buffer: np.ndarray) -> None:
        """Copy the samples of the given numbers."""
        if not self._takes:
            for place, number in enumerate(indices.tolist()):  # by slices, as labels have no axis but the samples'
                copy_samples(self._array[number : number + 1], buffer[place : place + 1])
        elif self._array.dtype == buffer.dtype:
            # Unlike "raise", mode "clip" writes into the buffer directly; the numbers are in range.
            np.take(self._array, indices, axis=0, out=buffer, mode="clip")
        else:
            staged = self._staging(len(buffer))
            np.take(self._array, indices, axis=0, out=staged, mode="clip")
            copy_samples(staged, buffer)

    def _staging(self, samples: int) -> np.ndarray:
        if self._staged is None or len(self._staged) < samples:
            self._staged = np.empty((samples, *self._array.shape[1:]), self._array.dtype)
        return self._staged[:samples]


def copy_samples(values: np.ndarray, buffer: np.ndarray) -> None:
    """Copy samples into a buffer of their shape, converting their dtype."""
    if values.dtype == buffer.dtype:
        buffer[...] = values
        return
    with np.errstate(over="ignore"):  # beyond float32's range is infinite, as in any conversion
        np.copyto(buffer, values, casting="unsafe")


class DataSet:
    """Checked samples with their targets and weights, each read on the way into a prepared batch."""

    def __init__(self, data: Checked) -> None:
        self._samples = len(data.inputs[0])
        self.weighted = any(array is not None for array in data.weights)
        """Whether samples have weights; where only those of some outputs have, the others' are 1."""
        weights = data.weights if self.weighted else []
        weights = [np.ones(len(self), np.float32) if array is None else array for array in weights]
        self._feeds = [Feed(array) for array in [*data.inputs, *data.targets, *weights]]
        self._has_targets = bool(data.targets)

    def __len__(self) -> int:
        return self._samples

    def rows(self, first: int, last: int, batch: PreparedBatch) -> None:
        """Copy the samples from ``first`` to before ``last`` into a batch."""
        for feed, buffer in zip(self._feeds, self._buffers(batch), strict=True):
            feed.rows(first, last, buffer)

    def gather(self, indices: np.ndarray, batch: PreparedBatch) -> None:
        """Copy the samples of the given numbers into a batch."""
        for feed, buffer in zip(self._feeds, self._buffers(batch), strict=True):
            feed.gather(indices, buffer)

    def _buffers(self, batch: PreparedBatch) -> list[np.ndarray]:
        buffers = [*batch.inputs]
        if self._has_targets:  # to predict there are none
            buffers += [head.target_rows.rows for head in batch.heads]
        if self.weighted:
            buffers += [head.sample_weights for head in batch.heads]
        return buffers


def split_validation(samples: int, fraction: float) -> int:
    """Return how many samples are left for training when the last ``fraction`` of them validates.

    Raises
    ------
    ValueError
        If that leaves either part empty.
    """
    kept = math.floor(samples * (1 - fraction))
    if not 0 < kept < samples:
        raise ValueError(
            f"validation_split: expected to leave samples for training and for validation, "
            f"got {fraction} of {samples} samples"
        )
    return kept
