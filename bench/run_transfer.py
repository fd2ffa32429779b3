"""Transfer learning on MNIST: a net trained on the digits 0 to 4, its convolutions frozen, learns 5 to 9 by a new head.

    python bench/run_transfer.py --data DIR
    python bench/run_transfer.py --data DIR --samples 6000 --repetitions 20

It prints the accuracy on the test set's digits 5 to 9, whether the frozen weights are the same bits as before, and how
much faster a step of training is than one of all weights: median of pairs of steps in turn.
"""

import argparse
import statistics
import time

import numpy as np

import nativecnn
from nativecnn import Model, Sequential, layers
from nativecnn.datasets import load_mnist

BATCH_SIZE = 64
_FIRST_OF_NEW = 5


def features() -> Sequential:
    """Return the convolutional part."""
    return Sequential(
        [
            layers.Conv2D(16, 5, activation="relu", input_shape=(28, 28, 1)),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
        ],
        name="features",
    )


def with_head(base: Sequential) -> Model:
    """Return a model that classifies five digits by what a convolutional part gives."""
    x = layers.Dense(64, activation="relu")(base.output)
    model = Model(base.input, layers.Dense(5, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    return model


def digits(samples: tuple[np.ndarray, np.ndarray], new: bool, most: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the images of the digits 0 to 4, or of 5 to 9, with labels from 0 to 4."""
    images, labels = samples
    chosen = np.flatnonzero((labels >= _FIRST_OF_NEW) == new)[:most]
    return images[chosen], labels[chosen] - _FIRST_OF_NEW * new


def paired_ratio(frozen: Model, whole: Model, x: np.ndarray, y: np.ndarray, repetitions: int) -> float:
    """Return how many times as long a step of the whole model takes, the median of pairs."""

    def seconds(model: Model) -> float:
        begin = time.perf_counter()
        model.train_on_batch(x, y)
        return time.perf_counter() - begin

    for model in (frozen, whole):
        seconds(model)
    return statistics.median(seconds(whole) / seconds(frozen) for _ in range(repetitions))


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder of MNIST's four files")
    parser.add_argument("--samples", type=int, help="of the training set, at most (default: all)")
    parser.add_argument("--repetitions", type=int, default=200, help="pairs of steps")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    nativecnn.set_num_threads(options.threads)
    train, test = load_mnist(options.data, scaled=True)

    base = features()
    first = with_head(base)
    first.fit(*digits(train, False, options.samples), batch_size=BATCH_SIZE, verbose=0)
    print(f"digits 0 to 4: accuracy {first.evaluate(*digits(test, False, None))[1]:.4f}")

    before = base.weights_sha256()
    base.trainable = False
    transferred = with_head(base)
    x, y = digits(train, True, options.samples)
    transferred.fit(x, y, batch_size=BATCH_SIZE, verbose=0)
    unchanged = base.weights_sha256() == before
    print(f"digits 5 to 9: accuracy {transferred.evaluate(*digits(test, True, None))[1]:.4f}")
    print(f"frozen weights: {'the same bits' if unchanged else 'CHANGED'}")

    ratio = paired_ratio(transferred, with_head(features()), x[:BATCH_SIZE], y[:BATCH_SIZE], options.repetitions)
    print(f"a step of training everything takes {ratio:.2f} times as long")


if __name__ == "__main__":
    main()
