"""Known networks on real data: what one epoch of MNIST comes to, and what transfer learning does."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Model, applications, layers, optimizers
from nativecnn.datasets import load_mnist
from support.data import real_data

SIDE = 32


def samples(folder):
    """Return MNIST padded to 32 × 32, with values from 0 to 1."""

    def padded(images):
        x = np.zeros((len(images), SIDE, SIDE, 1), np.float32)
        x[:, 2:30, 2:30, 0] = images / np.float32(255)
        return x

    (x, y), (x_test, y_test) = load_mnist(folder)
    return (padded(x), y), (padded(x_test), y_test)


@pytest.mark.long
def test_resnet20_learns_mnist_in_an_epoch_with_the_same_bits_for_one_and_three_threads():
    (x, y), (x_test, y_test) = samples(real_data("mnist"))
    hashes, accuracies = set(), set()
    for threads in (1, 3):
        nativecnn.set_random_seed(0)
        with nativecnn.threads(threads):
            model = applications.ResNet20(input_shape=(SIDE, SIDE, 1))
            schedule = optimizers.schedules.CosineDecay(0.003, 938)  # as many steps as the epoch has
            model.compile(optimizers.Adam(schedule), "sparse_categorical_crossentropy", ["accuracy"])
            model.fit(x, y, batch_size=64, verbose=0)
            accuracies.add(model.evaluate(x_test, y_test, batch_size=100)[1])
        hashes.add(model.weights_sha256())
        print(threads, accuracies, hashes)
    assert len(hashes) == len(accuracies) == 1
    assert min(accuracies) >= 0.985


def test_features_of_some_digits_serve_for_others():
    # The full sizes, and the time of a step, are those of bench/run_transfer.py.
    (x, y), (x_test, y_test) = samples(real_data("mnist"))
    low, high = np.flatnonzero(y < 5)[:4000], np.flatnonzero(y >= 5)[:4000]

    def with_head(base):
        hidden = layers.Dense(48, activation="relu")(base.output)
        model = Model(base.input, layers.Dense(5, activation="softmax")(hidden))
        model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
        return model

    nativecnn.set_random_seed(0)
    base = nativecnn.Sequential(
        [
            layers.Conv2D(8, 5, activation="relu", input_shape=(SIDE, SIDE, 1)),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
        ]
    )
    with_head(base).fit(x[low], y[low], batch_size=32, verbose=0)
    before = base.weights_sha256()
    base.trainable = False
    model = with_head(base)
    model.fit(x[high], y[high] - 5, batch_size=32, epochs=2, verbose=0)
    assert base.weights_sha256() == before
    unseen = y_test >= 5
    assert model.evaluate(x_test[unseen], y_test[unseen] - 5, batch_size=100)[1] >= 0.93
