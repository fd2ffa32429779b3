"""``python -m nativecnn train``."""

from __future__ import annotations

import argparse
import os
import time
from typing import Any, NamedTuple

import nativecnn
from nativecnn.datasets import Samples, load_digits, load_mnist
from nativecnn.networks import NETWORKS

from .messages import EXIT_OK, CommandError, InterruptionError, by, interruptible
from .options import natural_number, positive_integer, positive_number


class _Settings(NamedTuple):
    """How to train on a data set unless told otherwise."""

    epochs: int
    batch_size: int
    learning_rate: float


# Chosen by the test accuracy of `convnet` over several seeds (and, for the digits, several held-out parts).
_SETTINGS = {
    "digits": _Settings(epochs=20, batch_size=32, learning_rate=0.002),
    "mnist": _Settings(epochs=5, batch_size=64, learning_rate=0.001),
}
_MODEL, _SEED = "convnet", 0


def add_command(commands: Any) -> None:
    """Add the command to a parser's."""
    train = commands.add_parser(
        "train",
        help="train a network on handwritten digits and write it to a file",
        description="Train a network on scikit-learn's bundled digits, or on MNIST's files, test it on images "
        "it has not seen, and write it to a file.",
    )
    train.set_defaults(run=_train)
    train.add_argument("--data", metavar="DIR", help="folder with MNIST's four idx files, gzipped or not")
    train.add_argument(
        "--model",
        choices=NETWORKS,
        help="; ".join(f"{name}: {network.description}" for name, network in NETWORKS.items()) + f" ({_MODEL})",
    )
    train.add_argument("--epochs", type=positive_integer, metavar="N", help=_default_help("epochs"))
    train.add_argument("--batch-size", type=positive_integer, metavar="N", help=_default_help("batch_size"))
    train.add_argument("--learning-rate", type=positive_number, metavar="X", help=_default_help("learning_rate"))
    train.add_argument("--seed", type=natural_number, metavar="N", help=f"random numbers ({_SEED})")
    train.add_argument("--threads", type=positive_integer, metavar="N", help="threads (as many as may be used)")
    train.add_argument(
        "--limit", type=positive_integer, metavar="N", help="train and test on the first N images alone, for a trial"
    )
    train.add_argument(
        "--backend",
        choices=("native", "reference"),
        default="native",
        help="reference: the definition in NumPy, the same bits, slowly (%(default)s)",
    )
    train.add_argument("--save", metavar="FILE", help="the model file to write (nativecnn-<data>.safetensors)")
    train.add_argument(
        "--resume",
        metavar="FILE",
        help="go on with an interrupted training: network, batch size, learning rate and seed are those in the file; "
        "--data, --limit and --epochs are to be given as before",
    )


def _train(options: argparse.Namespace) -> int:
    data_name = "digits" if options.data is None else "mnist"
    defaults = _SETTINGS[data_name]
    epochs = options.epochs or defaults.epochs
    path = options.save or f"nativecnn-{data_name}.safetensors"
    _check_writable(path)

    resumed = None if options.resume is None else _interrupted_model(options)
    nativecnn.set_random_seed(options.seed or _SEED)
    nativecnn.use_backend(options.backend)
    if options.threads is not None:
        nativecnn.set_num_threads(options.threads)

    with interruptible("while reading the data; nothing was written"):
        (x_train, y_train), (x_test, y_test) = _data(options.data)
    classes = int(max(y_train.max(), y_test.max())) + 1
    x_train, y_train, x_test, y_test = (array[: options.limit] for array in (x_train, y_train, x_test, y_test))
    shape = x_train.shape[1:]
    batch_size = options.batch_size or defaults.batch_size
    if resumed is None:
        model = _new_model(options.model or _MODEL, shape, classes, options.learning_rate or defaults.learning_rate)
    else:
        model, batch_size = resumed, resumed.compilation.position.run.batch_size
    print(f"{data_name}: {len(x_train)} images to train on, {len(x_test)} to test on, {by(shape)}, {classes} classes")
    model.summary()

    begun = time.perf_counter()
    try:
        history = model.fit(x_train, y_train, epochs=epochs, batch_size=batch_size, resume=resumed is not None)
    except ValueError as error:
        if resumed is None:
            raise
        raise CommandError(f"--resume {options.resume}: {error}") from error
    seconds = time.perf_counter() - begun
    if history.interrupted:
        epoch = min(model.compilation.position.epoch + 1, epochs)
        path = _interrupted_path(path)
        model.save(path)
        raise InterruptionError(
            f"in epoch {epoch} of {epochs}, after {seconds:.1f} s; the training so far is in {path}, "
            "and --resume goes on with it"
        )

    with interruptible("while testing; nothing was written"):
        accuracy = model.evaluate(x_test, y_test, return_dict=True)["accuracy"]
    correct = round(accuracy * len(x_test))
    print(f"test accuracy {100 * accuracy:.2f} % ({correct} of {len(x_test)})")
    print(f"weights sha256 {model.weights_sha256()}")
    print(f"training took {seconds:.1f} s")
    model.save(path)
    print(f"model written to {path}")
    return EXIT_OK


def _data(folder: str | None) -> tuple[Samples, Samples]:
    """Return training and test samples, images float32 (n, h, w, 1) from 0 to 1."""
    if folder is None:
        return load_digits()
    (x_train, y_train), (x_test, y_test) = load_mnist(folder, scaled=True)
    for part, images in (("train", x_train), ("t10k", x_test)):
        if images.size == 0:
            raise CommandError(f"{folder}: expected images in the {part} files, got shape {images.shape}")
    return (x_train, y_train), (x_test, y_test)


def _new_model(name: str, shape: tuple[int, int, int], classes: int, learning_rate: float) -> Any:
    network = NETWORKS[name]
    if min(shape[:2]) < network.smallest_image:
        least = network.smallest_image
        raise CommandError(f"--model {name}: expected images of at least {least} x {least}, got {by(shape)}")
    model = network.build(shape, classes)
    optimizer = nativecnn.optimizers.Adam(learning_rate=learning_rate)
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _interrupted_model(options: argparse.Namespace) -> Any:
    """Load the model of a training to go on with."""
    for name in ("model", "batch_size", "learning_rate", "seed"):
        if getattr(options, name) is not None:
            raise CommandError(f"--resume: expected no --{name.replace('_', '-')} with it, as the file tells it")
    model = nativecnn.load_model(options.resume)
    compilation = model.compilation
    position = None if compilation is None else compilation.position
    if position is None or position.run is None or "accuracy" not in compilation.watched_metrics(model.graph):
        raise CommandError(f"--resume {options.resume}: expected a file of an interrupted training, got another model")
    return model


def _check_writable(path: str) -> None:
    """Refuse now what saving would refuse after the training."""
    folder = os.path.dirname(os.path.realpath(path))
    if os.path.isdir(path):
        raise CommandError(f"--save {path}: expected a file to write, got a folder")
    if not os.path.isdir(folder):
        raise CommandError(f"--save {path}: expected an existing folder, got {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CommandError(f"--save {path}: expected a folder that can be written into, got {folder}")


def _interrupted_path(path: str) -> str:
    """Name a file beside ``path``: half-trained weights must not replace those of a whole training."""
    stem, ending = os.path.splitext(path)
    return f"{stem}.interrupted{ending}"


def _default_help(setting: str) -> str:
    values = ", ".join(f"{getattr(settings, setting)} for {name}" for name, settings in _SETTINGS.items())
    return f"{setting.replace('_', ' ')} ({values})"
