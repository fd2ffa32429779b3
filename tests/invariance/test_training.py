"""Whole training runs end with the same weights."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Sequential, layers
from nativecnn._kernels import runtime
from nativecnn.networks import NETWORKS
from nativecnn.optimizers import SGD
from nativecnn.random import Stream
from support.data import real_data

X = Stream(5, "x").uniform((37, 12, 11, 3))
Y = np.argsort(np.argsort(X.mean(axis=(1, 2, 3)))) % 4


def train(x=X, optimizer=None):
    """Train a network with every kind of layer and return the hash of its weights."""
    nativecnn.set_random_seed(1)
    model = Sequential(
        [
            layers.Conv2D(6, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(3, strides=2, padding="same"),
            layers.Conv2D(8, (2, 3), strides=2, groups=2, activation="tanh"),
            layers.Conv2D(8, 2, dilation_rate=(1, 2), padding="same", groups=8),
            layers.AveragePooling2D(2, ceil_mode=True),
            layers.Flatten(),
            layers.Dense(9, activation="sigmoid"),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(optimizer or SGD(0.1, momentum=0.9), loss="sparse_categorical_crossentropy")
    model.fit(x, Y, epochs=2, batch_size=16, verbose=0)
    return model.weights_sha256()


@pytest.fixture(scope="module")
def expected():
    with nativecnn.threads(1):
        return train()


@pytest.mark.parametrize("count", [1, 2, 3, 5, 16])
def test_weights_do_not_depend_on_number_of_threads(expected, count, threads_for_any_work):
    with nativecnn.threads(count):
        assert train() == expected


def test_weights_do_not_depend_on_instruction_set(expected, instruction_set):
    assert train() == expected


def test_weights_do_not_depend_on_backend(expected):
    with nativecnn.use_backend("reference"):
        assert train() == expected


@pytest.mark.parametrize(
    "layout",
    [np.asfortranarray, lambda x: x[::-1].copy()[::-1], lambda x: x.astype(np.float64), lambda x: x.tolist()],
    ids=["fortran_order", "negative_strides", "float64", "lists"],
)
def test_weights_do_not_depend_on_layout_of_the_data(expected, layout):
    assert train(layout(X)) == expected


def test_other_data_give_other_weights(expected):
    assert train(X * 2) != expected
    assert train(optimizer=SGD(0.05, momentum=0.9)) != expected


def train_on_mnist(images, batch_size):
    (x, y), _ = nativecnn.datasets.load_mnist(real_data("mnist"))
    nativecnn.set_random_seed(0)
    model = NETWORKS["convnet"].build((28, 28, 1), 10)
    model.compile("adam", loss="sparse_categorical_crossentropy")
    model.fit(x[:images, ..., np.newaxis] / np.float32(255), y[:images], batch_size=batch_size, verbose=0)
    return model.weights_sha256()


def test_weights_on_mnist_do_not_depend_on_threads_or_instruction_set():
    hashes = set()
    for name in runtime.supported_instruction_sets():
        before = runtime.set_instruction_set(name)
        try:
            for count in (1, 2, 5):
                with nativecnn.threads(count):
                    hashes.add(train_on_mnist(256, 64))
        finally:
            runtime.set_instruction_set(before)
    assert len(hashes) == 1


def test_weights_on_mnist_are_those_of_the_reference():
    native = train_on_mnist(24, 8)
    with nativecnn.use_backend("reference"):
        assert train_on_mnist(24, 8) == native
