"""Images that are changed at random on their way to a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import positive_integer
from ..ops.backend import kernels
from ..random import Stream, random_seed
from .augmentation import Transform
from .sequence import Sequence


class Augmented(Sequence):
    """Images and their targets, in batches; ``fit`` gets the images changed at random, in every epoch otherwise.

    Without transforms a training is the same, bit for bit, as with the arrays themselves and this ``batch_size``. With
    them it does not depend on workers and threads either, and can be gone on with. Taken by number (``augmented[0]``),
    and by ``evaluate`` and ``predict``, the samples come in the order of the data, changed as in epoch 0.

    Parameters
    ----------
    x : array, shape (samples, rows, columns, channels)
        Images, also in a memory map; of uint8, or converted to float32 batch by batch.
    y : array, or list or dict of arrays, optional
        Targets; for several outputs as ``fit`` takes them.
    transforms : Transform or list of Transform
        Applied one after the other.
    batch_size : int
    sample_weight : array, shape (samples,), optional
    shuffle : bool
        Whether each epoch of a training has an order of its own (whatever ``fit`` is told about shuffling).
    seed : int, optional
        For orders and changes; by default the training's.
    workers, max_queue_size : int
        As for :class:`~nativecnn.data.Sequence`.

    Raises
    ------
    TypeError, ValueError
        If the arrays are not images and as many targets and weights, or a transform does not take them.

    Examples
    --------
    >>> transforms = [RandomFlip("horizontal"), RandomTranslation(0.1, 0.1), RandomRotation(0.02)]
    >>> model.fit(Augmented(x, y, transforms, batch_size=64, workers=2), epochs=10)
    """

    keeps_order = True

    @contract_state
    def __init__(
        self,
        x: Any,
        y: Any = None,
        transforms: Transform | list[Transform] | tuple[Transform, ...] = (),
        batch_size: int = 32,
        *,
        sample_weight: Any = None,
        shuffle: bool = True,
        seed: int | None = None,
        workers: int = 0,
        max_queue_size: int = 10,
    ) -> None:
        super().__init__(workers, max_queue_size)
        self._x = np.asarray(x)
        if self._x.dtype.kind not in "buif":
            raise TypeError(f"Augmented: x: expected an array of real numbers, got dtype {self._x.dtype}")
        if self._x.ndim != 4:
            raise ValueError(f"Augmented: x: expected images (samples, rows, columns, channels), got {self._x.shape}")
        self._y = None if y is None else _checked(y, len(self._x), "y")
        self._weights = None if sample_weight is None else _checked(sample_weight, len(self._x), "sample_weight")
        if self._weights is not None and self._y is None:
            raise ValueError("Augmented: sample_weight: expected none without targets, got some")
        self._transforms = tuple(transforms) if isinstance(transforms, (list, tuple)) else (transforms,)
        shape = self._x.shape[1:]
        for transform in self._transforms:
            if not isinstance(transform, Transform):
                raise TypeError(f"Augmented: expected transforms of nativecnn.data, got {transform!r}")
            shape = transform.output_shape(shape)
        self._batch_size = positive_integer(batch_size, "Augmented: batch_size")
        self._shuffle = bool(shuffle)
        self._seed = None if seed is None else positive_integer(seed, "Augmented: seed", minimum=0)
        self._first_epoch: tuple[int, Sequence] | None = None

    def __len__(self) -> int:
        return -(-len(self._x) // self._batch_size)

    @contract_state
    def __getitem__(self, index: int) -> Any:
        seed = random_seed() if self._seed is None else self._seed
        known = self._first_epoch
        if known is None or known[0] != seed:
            known = self._first_epoch = seed, _Epoch(self, 0, seed, shuffle=False)
        return known[1][index]

    @contract_state
    def in_epoch(self, epoch: int, seed: int) -> Sequence:
        return _Epoch(self, epoch, seed if self._seed is None else self._seed, self._shuffle)


class _Epoch(Sequence):
    """The batches of one epoch."""

    keeps_order = True

    def __init__(self, data: Augmented, epoch: int, seed: int, shuffle: bool) -> None:
        super().__init__(data.workers, data.max_queue_size)
        samples = len(data._x)
        self._data = data
        self._order = Stream(seed, "shuffle").permutation(samples, step=epoch) if shuffle else np.arange(samples)
        self._words = [
            _words(Stream(seed, "augmentation", place, type(transform).__name__), samples, epoch, transform.words)
            for place, transform in enumerate(data._transforms)
        ]

    def __len__(self) -> int:
        return len(self._data)

    @contract_state
    def __getitem__(self, index: int) -> Any:
        data = self._data
        index = range(len(self))[index]
        numbers = self._order[index * data._batch_size : (index + 1) * data._batch_size]
        images = np.ascontiguousarray(data._x[numbers])
        if images.dtype != np.uint8:
            with np.errstate(over="ignore"):
                images = images.astype(np.float32, copy=False)
        for transform, words in zip(data._transforms, self._words, strict=True):
            images = _applied(transform, images, words[numbers])
        if data._y is None:
            return images
        parts = (data._y,) if data._weights is None else (data._y, data._weights)
        return (images, *(_of_samples(part, numbers) for part in parts))


def _applied(transform: Transform, images: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Return the transform's images, once it is sure that they are what kernels can take."""
    changed = np.ascontiguousarray(transform.apply(images, words, kernels()))
    expected = len(images), *transform.output_shape(images.shape[1:])
    if changed.shape != expected or changed.dtype not in (np.uint8, np.float32):
        raise ValueError(
            f"{type(transform).__name__}: expected images of uint8 or float32, shape {expected}, got {changed.dtype}, "
            f"{changed.shape}"
        )
    return changed


def _words(stream: Stream, samples: int, epoch: int, count: int) -> np.ndarray:
    """Return the first of the four words that each sample has (samples, count)."""
    return stream.bits(4 * samples, step=epoch).reshape(samples, 4)[:, :count].copy()


def _checked(value: Any, samples: int, name: str) -> Any:
    """Return an array, or a list or dict of arrays, each with one entry for each sample."""
    if isinstance(value, Mapping):
        return {key: _checked(part, samples, f"{name}[{key!r}]") for key, part in value.items()}
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], np.ndarray):
        return [_checked(part, samples, f"{name}[{place}]") for place, part in enumerate(value)]
    array = np.asarray(value)
    if array.ndim == 0 or len(array) != samples:
        raise ValueError(f"Augmented: {name}: expected one entry for each of {samples} samples, got {array.shape}")
    return array


def _of_samples(value: Any, numbers: np.ndarray) -> Any:
    if isinstance(value, dict):
        return {key: _of_samples(part, numbers) for key, part in value.items()}
    if isinstance(value, list):
        return [_of_samples(part, numbers) for part in value]
    return value[numbers]
