"""A short training with every kind of layer, to be had on both backends."""

from __future__ import annotations

import nativecnn
from nativecnn import Sequential, layers
from nativecnn.datasets import make_x_or_o
from nativecnn.optimizers import SGD


def short_training(seed: int = 0, samples: int = 12) -> str:
    """Train a small network on pictures of X and O for one epoch and return the hash of its weights.

    Few samples, as the reference is slow; batches that make whole runs of a gradient's sum.
    """
    x, y = make_x_or_o(samples, seed)
    nativecnn.set_random_seed(seed)
    model = Sequential(
        [
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.Conv2D(8, 3, padding="same", groups=2, activation="tanh"),
            layers.MaxPooling2D(2, ceil_mode=True),
            layers.Conv2D(8, 3, padding="same", activation="relu"),  # by Winograd's algorithm
            layers.AveragePooling2D(2, ceil_mode=True),
            layers.Flatten(),
            layers.Dense(6, activation="sigmoid"),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(SGD(0.1, momentum=0.9, nesterov=True), loss="sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=6, verbose=0)
    return model.weights_sha256()
