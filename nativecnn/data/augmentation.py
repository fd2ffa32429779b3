"""Changes of images at random, on their way to a model.

What happens to a sample depends on the seed, the transform's place among the others, the epoch, and the sample's number
in the data set: not on the batch it is in, on workers or threads. docs/arithmetic-data.md states every operation.
"""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import choose, number_between, positive_integer
from ..layers.steps import Shape
from ..reference.image import mirrored
from .rotation import rotation_matrices

FILL_MODES = ("reflect", "constant", "nearest", "wrap")


class Transform:
    """Base of all changes of images.

    A subclass of yours gives :meth:`apply`, and where they change, :meth:`output_shape`; what is random is to come of
    the words alone.
    """

    words = 0
    """How many random words a sample takes, at most 4."""

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape (rows, columns, channels) of images that had this one.

        Raises
        ------
        ValueError
            If it does not take images of this shape.
        """
        return shape

    def apply(self, images: np.ndarray, words: np.ndarray, kernels: ModuleType) -> np.ndarray:
        """Return images, changed.

        Parameters
        ----------
        images : numpy.ndarray, uint8 or float32, shape (samples, rows, columns, channels)
            Not to be written to.
        words : numpy.ndarray, uint64, shape (samples, words)
            Random numbers for each sample.
        kernels : module
            The backend.
        """
        raise NotImplementedError(f"{type(self).__name__}: expected a method apply, got none")


class RandomFlip(Transform):
    """Mirrors half of the images, by each axis on its own.

    Parameters
    ----------
    mode : {"horizontal_and_vertical", "horizontal", "vertical"}
        Horizontal exchanges left and right, vertical top and bottom.
    """

    words = 2
    _AXES = {"horizontal_and_vertical": (True, True), "horizontal": (False, True), "vertical": (True, False)}

    def __init__(self, mode: str = "horizontal_and_vertical") -> None:
        self._rows, self._columns = choose(mode, self._AXES, "RandomFlip: mode")

    def apply(self, images: np.ndarray, words: np.ndarray, kernels: ModuleType) -> np.ndarray:
        flipped = words >> np.uint64(63) != 0
        rows = _numbers(images.shape[1], flipped[:, 1] & self._rows)
        columns = _numbers(images.shape[2], flipped[:, 0] & self._columns)
        return _taken(images, rows, columns, 0.0, kernels)


def _numbers(size: int, backwards: np.ndarray) -> np.ndarray:
    """Return 0 … size - 1 for each sample, or the other way around."""
    forwards = np.arange(size)
    return np.where(backwards[:, np.newaxis], forwards[::-1], forwards)


class RandomTranslation(Transform):
    """Shifts each image by a whole number of rows and of columns.

    Parameters
    ----------
    height_factor, width_factor : float or (float, float)
        By how much at most, as a part of the image's height or width; or from where to where, positive downwards and
        to the right. A single number stands for both directions.
    fill_mode : {"reflect", "constant", "nearest", "wrap"}
        What comes in at the edges: the image in a mirror that stands at its edge (``d c b a | a b c d | d c b a``);
        ``fill_value``; its outermost pixels; the image again.
    fill_value : float
    """

    words = 2

    @contract_state
    def __init__(
        self,
        height_factor: float | tuple[float, float],
        width_factor: float | tuple[float, float],
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
    ) -> None:
        self._height = _interval(height_factor, "RandomTranslation: height_factor")
        self._width = _interval(width_factor, "RandomTranslation: width_factor")
        self._fill_mode = _checked_fill_mode(fill_mode, "RandomTranslation")
        self._fill_value = number_between(fill_value, "RandomTranslation: fill_value", -math.inf)

    def output_shape(self, shape: Shape) -> Shape:
        for factors, size in ((self._height, shape[0]), (self._width, shape[1])):
            low, high = _whole_shifts(factors, size)
            if low > high:
                raise ValueError(
                    f"RandomTranslation: expected factors with a whole number of pixels between them, got {factors} "
                    f"of {size} pixels"
                )
        return shape

    def apply(self, images: np.ndarray, words: np.ndarray, kernels: ModuleType) -> np.ndarray:
        places = []
        for factors, size, word in zip((self._height, self._width), images.shape[1:3], words.T, strict=True):
            low, high = _whole_shifts(factors, size)
            shifts = low + _below(high - low + 1, word)
            places.append(mirrored(np.arange(size) - shifts[:, np.newaxis], size, self._fill_mode))
        return _taken(images, *places, self._fill_value, kernels)


class RandomCrop(Transform):
    """Cuts a part of a size out of each image.

    Parameters
    ----------
    height, width : int
        In pixels.
    """

    words = 2

    def __init__(self, height: int, width: int) -> None:
        self._size = positive_integer(height, "RandomCrop: height"), positive_integer(width, "RandomCrop: width")

    def output_shape(self, shape: Shape) -> Shape:
        if shape[0] < self._size[0] or shape[1] < self._size[1]:
            raise ValueError(f"RandomCrop: expected images of at least {self._size}, got {shape[:2]}")
        return (*self._size, *shape[2:])

    def apply(self, images: np.ndarray, words: np.ndarray, kernels: ModuleType) -> np.ndarray:
        places = []
        for part, size, word in zip(self._size, images.shape[1:3], words.T, strict=True):
            first = _below(size - part + 1, word)
            places.append(np.arange(part) + first[:, np.newaxis])
        return _taken(images, *places, 0.0, kernels)


class RandomRotation(Transform):
    """Turns each image about its middle, interpolating between pixels; images become float32.

    Parameters
    ----------
    factor : float or (float, float)
        By how much at most, in turns: 0.1 is 36°; or from where to where, positive counterclockwise.
    fill_mode : {"reflect", "constant", "nearest", "wrap"}
        What lies beyond the edges, as in :class:`RandomTranslation`.
    fill_value : float
    """

    words = 1

    @contract_state
    def __init__(
        self, factor: float | tuple[float, float], fill_mode: str = "reflect", fill_value: float = 0.0
    ) -> None:
        self._turns = _interval(factor, "RandomRotation: factor")
        self._fill_mode = _checked_fill_mode(fill_mode, "RandomRotation")
        self._fill_value = number_between(fill_value, "RandomRotation: fill_value", -math.inf)

    def apply(self, images: np.ndarray, words: np.ndarray, kernels: ModuleType) -> np.ndarray:
        low, high = self._turns
        uniform = (words[:, 0] >> np.uint64(11)).astype(np.float64) * 2.0**-53
        matrices = rotation_matrices(low + (high - low) * uniform, images.shape[1:3])
        y = np.empty(images.shape, np.float32)
        x = np.ascontiguousarray(images, np.float32)
        kernels.affine_bilinear(x, matrices, self._fill_mode, np.float32(self._fill_value), y)
        return y


def _taken(
    images: np.ndarray, rows: np.ndarray, columns: np.ndarray, fill_value: float, kernels: ModuleType
) -> np.ndarray:
    y = np.empty((len(images), rows.shape[1], columns.shape[1], images.shape[3]), images.dtype)
    if images.dtype == np.uint8 and not (0 <= fill_value <= 255 and fill_value == int(fill_value)):
        raise ValueError(f"expected for images of uint8 a fill_value that is a whole number to 255, got {fill_value}")
    with np.errstate(over="ignore"):
        fill = np.full(images.shape[3], fill_value).astype(images.dtype)
    kernels.take_pixels(
        np.ascontiguousarray(images),
        np.ascontiguousarray(rows, np.int64),
        np.ascontiguousarray(columns, np.int64),
        fill,
        y,
    )
    return y


def _checked_fill_mode(fill_mode: object, name: str) -> str:
    return choose(fill_mode, {mode: mode for mode in FILL_MODES}, f"{name}: fill_mode")


def _below(count: int, words: np.ndarray) -> np.ndarray:
    """Return for each word a number (int64) from 0 to before ``count``: the upper half of word times count."""
    return ((words >> np.uint64(32)) * np.uint64(count) >> np.uint64(32)).astype(np.int64)


def _interval(value: object, name: str) -> tuple[float, float]:
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(f"{name}: expected a number or a pair of them, got {value!r}")
        low, high = (number_between(part, name, low=-1.0, high=1.0, high_included=True) for part in value)
        if low > high:
            raise ValueError(f"{name}: expected the smaller number first, got {value!r}")
        return low, high
    size = number_between(value, name, high=1.0, high_included=True)
    return -size, size


def _whole_shifts(factors: tuple[float, float], size: int) -> tuple[int, int]:
    """Return the smallest and largest whole numbers of pixels between two parts of a size."""
    return math.ceil(factors[0] * size), math.floor(factors[1] * size)
