"""Handwritten digits: MNIST from its files, scikit-learn's bundled digits."""

import os

import numpy as np

from nativecnn._kernels.floating_point import contract_state
from nativecnn.extras import import_extra
from nativecnn.formats.errors import DataFileError
from nativecnn.formats.idx import read_idx
from nativecnn.random import permutation

from .files import find_file

Samples = tuple[np.ndarray, np.ndarray]
"""Images and their labels."""


@contract_state
def load_mnist(folder: str | os.PathLike[str], *, scaled: bool = False) -> tuple[Samples, Samples]:
    """Read the four idx files of MNIST, or of a data set in the same form.

    The files are looked for under their standard names, ``train-images-idx3-ubyte``,
    ``train-labels-idx1-ubyte``, ``t10k-images-idx3-ubyte``, ``t10k-labels-idx1-ubyte``, also in the spelling
    ``train-images.idx3-ubyte``, each with or without ``.gz``.

    Parameters
    ----------
    folder : str or path-like
    scaled : bool
        Whether to give images as networks take them: float32, (n, h, w, 1), from 0 to 1.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images uint8, (n, h, w), 0 the background, unless ``scaled``; labels int64, (n,). MNIST: 60,000 and 10,000 of
        28 × 28.

    Raises
    ------
    FileNotFoundError
        The folder or one of the files is missing; the message lists the names looked for.
    DataFileError
        A file is broken, or the files do not go together.

    References
    ----------
    LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998.
    """
    folder = os.fspath(folder)
    paths = [
        find_file(folder, _names(part, kind)) for part in ("train", "t10k") for kind in (("images", 3), ("labels", 1))
    ]
    train = _read_samples(paths[0], paths[1])
    test = _read_samples(paths[2], paths[3])
    if train[0].shape[1:] != test[0].shape[1:]:
        raise DataFileError(
            f"{paths[2]}: expected images of {train[0].shape[1:]} as in {paths[0]}, got {test[0].shape[1:]}"
        )
    if scaled:
        return (scaled_images(train[0]), train[1]), (scaled_images(test[0]), test[1])
    return train, test


def scaled_images(images: np.ndarray) -> np.ndarray:
    """Return bytes (n, h, w) as float32 (n, h, w, 1) from 0 to 1."""
    return (images / np.float32(255))[:, :, :, np.newaxis]


@contract_state
def load_digits(test_fraction: float = 0.2, seed: int = 0) -> tuple[Samples, Samples]:
    """Load scikit-learn's bundled handwritten digits (extra ``examples``) with a part held out for testing.

    Parameters
    ----------
    test_fraction : float
        Part of the 1,797 samples to hold out, between 0 and 1; rounded to whole samples.
    seed : int
        Chooses which; the same seed holds out the same samples everywhere.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images float32, (n, 8, 8, 1), values from 0 to 1 in sixteenths; labels int64, (n,).

    Raises
    ------
    ValueError
        A fraction that leaves either part empty, a negative seed.
    ImportError
        scikit-learn is not installed.

    References
    ----------
    Alpaydin, Kaynak: Optical recognition of handwritten digits, UCI Machine Learning Repository, 1998.
    """
    digits = import_extra("sklearn.datasets", "examples", "load_digits").load_digits()
    x = (digits.images / 16).astype(np.float32)[:, :, :, np.newaxis]
    y = digits.target.astype(np.int64)
    if not 0 < test_fraction < 1:
        raise ValueError(f"expected test_fraction between 0 and 1, got {test_fraction}")
    held_out = round(len(x) * test_fraction)
    if held_out in (0, len(x)):
        raise ValueError(f"expected test_fraction to leave both parts some of {len(x)} samples, got {test_fraction}")
    order = permutation(len(x), seed, "digits")
    train, test = order[held_out:], order[:held_out]
    return (x[train], y[train]), (x[test], y[test])


def _names(part: str, kind: tuple[str, int]) -> list[str]:
    content, axes = kind
    return [f"{part}-{content}{separator}idx{axes}-ubyte{ending}" for separator in "-." for ending in ("", ".gz")]


def _read_samples(images_path: str, labels_path: str) -> Samples:
    images, labels = read_idx(images_path), read_idx(labels_path)
    for path, array, axes, what in ((images_path, images, 3, "images"), (labels_path, labels, 1, "labels")):
        if array.dtype != np.uint8 or array.ndim != axes:
            raise DataFileError(
                f"{path}: expected {what} of dtype uint8 and {axes} axes, got {array.dtype} of shape {array.shape}"
            )
    if len(images) != len(labels):
        raise DataFileError(f"{labels_path}: expected {len(images)} labels as in {images_path}, got {len(labels)}")
    return images, labels.astype(np.int64)
