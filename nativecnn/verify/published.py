"""The published hashes: trainings whose weights come out the same, bit for bit, on every machine.

docs/arithmetic.md tells of them; their one home is here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import nativecnn
from nativecnn.datasets import Samples, load_mnist, make_x_or_o
from nativecnn.datasets.handwritten import scaled_images
from nativecnn.formats import DataFileError
from nativecnn.model import Model
from nativecnn.networks import NETWORKS
from nativecnn.optimizers import Adam

# Of the bytes of the training images, then of their labels.
MNIST_SHA256 = "edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b"

CONTRACT_VERSION = 2  # of docs/arithmetic.md, whose bits these are


class Published(NamedTuple):
    """A training by Adam with cross-entropy, in shuffled batches, and what must come of it."""

    title: str
    network: str
    """In :data:`nativecnn.networks.NETWORKS`."""
    classes: int
    seed: int
    epochs: int
    batch_size: int
    learning_rate: float
    load: Callable[[str | os.PathLike[str] | None], Samples]
    """Returns the samples to train on; takes the folder of the data, where there is one."""
    sha256: str
    """Of :meth:`nativecnn.Model.weights_sha256`."""

    def model(self, image: tuple[int, int, int]) -> Model:
        """Return the model, compiled, to be trained on images of a shape."""
        nativecnn.set_random_seed(self.seed)
        model = NETWORKS[self.network].build(image, self.classes)
        model.compile(Adam(self.learning_rate), loss="sparse_categorical_crossentropy")
        return model

    def train(self, samples: Samples) -> str:
        """Train and return the hash of the weights."""
        x, y = samples
        model = self.model(x.shape[1:])
        model.fit(x, y, epochs=self.epochs, batch_size=self.batch_size, verbose=0)
        return model.weights_sha256()


def mnist_to_train_on(folder: str | os.PathLike[str]) -> Samples:
    """Return MNIST's training images, float32 from 0 to 1, (60,000, 28, 28, 1), and labels.

    Raises
    ------
    FileNotFoundError, DataFileError
        If the files are not there or broken, or hold something else.
    """
    (images, labels), _ = load_mnist(folder)
    found = hashlib.sha256(images.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest()
    if found != MNIST_SHA256:
        raise DataFileError(
            f"{os.fspath(folder)}: expected MNIST's 60,000 training images and labels (SHA-256 {MNIST_SHA256}), "
            f"got {len(images)} others ({found})"
        )
    return scaled_images(images), labels


X_OR_O = Published(
    title="the X-and-O net on 1,000 pictures",
    network="x_or_o",
    classes=2,
    seed=0,
    epochs=3,
    batch_size=32,
    learning_rate=0.01,
    load=lambda _: make_x_or_o(1000, seed=0),
    sha256="9e0368384652f5e8ccd0ad0500ea977f7563fdbf19e1e90416ba1eb0c2429f96",
)

LENET5 = Published(
    title="LeNet-5 on MNIST, one epoch",
    network="lenet5",
    classes=10,
    seed=0,
    epochs=1,
    batch_size=64,
    learning_rate=0.001,
    load=mnist_to_train_on,
    sha256="2429e0b8cc8fe45ab7d2905bc70a12c28cf3ee2a95d2f3c558250b84d2b67f3c",
)
