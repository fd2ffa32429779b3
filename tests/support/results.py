"""Prints the instruction set in use and hashes of what it computes: a program to run on different processors."""

import hashlib

import numpy as np

import nativecnn
from nativecnn import Sequential, layers
from nativecnn._kernels import runtime

from .operations import OPERATIONS


def hash_of_operations():
    """The SHA-256 of all operations' results, any NaN like any other."""
    digest = hashlib.sha256()
    with np.errstate(all="ignore"):
        for name, operation in OPERATIONS.items():
            for result in operation():
                result = np.where(np.isnan(result), np.float32(np.nan), result)
                digest.update(f"{name} {result.shape} {result.dtype.str}".encode() + result.tobytes())
    return digest.hexdigest()


def hash_of_training():
    """The SHA-256 of a small network's weights after two epochs."""
    nativecnn.set_random_seed(3)
    x = nativecnn.random.Stream(5, "x").uniform((21, 10, 9, 2))
    y = np.arange(21) % 3
    model = Sequential([layers.Conv2D(6, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten()])
    model.add(layers.Dense(5, activation="tanh"))
    model.add(layers.Dense(3, activation="softmax"))
    model.compile("adam", loss="sparse_categorical_crossentropy")
    model.fit(x, y, epochs=2, batch_size=8, verbose=0)
    return model.weights_sha256()


if __name__ == "__main__":
    print(runtime.instruction_set(), hash_of_operations(), hash_of_training())
