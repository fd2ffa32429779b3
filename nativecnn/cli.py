"""The command line: ``python -m nativecnn train``, ``predict``, ``info``.

Whatever a user can get wrong (an option, a path, a broken file, a missing extra) is told in one line on standard
error and ends with exit code 2; Ctrl-C ends with 130.
"""

import argparse
import contextlib
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np

import nativecnn
from nativecnn._kernels.floating_point import contract_state
from nativecnn.datasets import Samples, load_digits, load_mnist
from nativecnn.formats import DataFileError, ModelFileError, read_image
from nativecnn.formats.images import resize, to_channels
from nativecnn.networks import NETWORKS

EXIT_OK, EXIT_ERROR, EXIT_INTERRUPTED = 0, 2, 130
_PROGRAM = "python -m nativecnn"


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


class CommandError(Exception):
    """What the user asked for cannot be done; the message is the line that says why."""


class _InterruptionError(Exception):
    """Ctrl-C; the message says where it came."""


class _Parser(argparse.ArgumentParser):
    """Tells bad usage in one line."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_ERROR, f"{self.prog}: error: {message} (--help lists the options)\n")


@contract_state
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``python -m nativecnn``; the process's own by default.

    Returns
    -------
    int
        The exit code: 0 done, 2 a told error, 130 interrupted.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except _InterruptionError as interruption:
        return _told(f"interrupted {interruption}", EXIT_INTERRUPTED)
    except KeyboardInterrupt:
        return _told("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except (CommandError, DataFileError, ModelFileError, OSError, ImportError, MemoryError) as error:
        return _told(f"error: {_one_line(error)}", EXIT_ERROR)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=_PROGRAM, description="Train and use convolutional networks on CPUs.")
    commands = parser.add_subparsers(metavar="command", required=True)

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
    train.add_argument("--epochs", type=_positive_integer, metavar="N", help=_default_help("epochs"))
    train.add_argument("--batch-size", type=_positive_integer, metavar="N", help=_default_help("batch_size"))
    train.add_argument("--learning-rate", type=_positive_number, metavar="X", help=_default_help("learning_rate"))
    train.add_argument("--seed", type=_natural_number, metavar="N", help=f"random numbers ({_SEED})")
    train.add_argument("--threads", type=_positive_integer, metavar="N", help="threads (as many as may be used)")
    train.add_argument(
        "--limit", type=_positive_integer, metavar="N", help="train and test on the first N images alone, for a trial"
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

    predict = commands.add_parser(
        "predict",
        help="classify images with a trained network",
        description="Print the classes of each image with the scores that a trained network gives them, best first.",
    )
    predict.set_defaults(run=_predict)
    predict.add_argument("model", metavar="MODEL", help="a model file that train wrote")
    predict.add_argument("images", metavar="IMAGE", nargs="+", help="PNG (or what else Pillow reads), or .npy")
    predict.add_argument(
        "--invert", action="store_true", help="for dark writing on light ground; digits are trained light on dark"
    )

    info = commands.add_parser(
        "info",
        help="print how nativecnn was built and what it uses on this machine",
        description="Print how nativecnn was built and what it uses on this machine.",
    )
    info.set_defaults(run=_info)
    return parser


# Training


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

    with _interruptible("while reading the data; nothing was written"):
        (x_train, y_train), (x_test, y_test) = _data(options.data)
    classes = int(max(y_train.max(), y_test.max())) + 1
    x_train, y_train, x_test, y_test = (array[: options.limit] for array in (x_train, y_train, x_test, y_test))
    shape = x_train.shape[1:]
    batch_size = options.batch_size or defaults.batch_size
    if resumed is None:
        model = _new_model(options.model or _MODEL, shape, classes, options.learning_rate or defaults.learning_rate)
    else:
        model, batch_size = resumed, resumed.compilation.position.run.batch_size
    print(f"{data_name}: {len(x_train)} images to train on, {len(x_test)} to test on, {_by(shape)}, {classes} classes")
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
        raise _InterruptionError(
            f"in epoch {epoch} of {epochs}, after {seconds:.1f} s; the training so far is in {path}, "
            "and --resume goes on with it"
        )

    with _interruptible("while testing; nothing was written"):
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
    (x_train, y_train), (x_test, y_test) = load_mnist(folder)
    for part, images in (("train", x_train), ("t10k", x_test)):
        if images.size == 0:
            raise CommandError(f"{folder}: expected images in the {part} files, got shape {images.shape}")
    return (_from_bytes(x_train), y_train), (_from_bytes(x_test), y_test)


def _from_bytes(images: np.ndarray) -> np.ndarray:
    return (images / np.float32(255))[:, :, :, np.newaxis]


def _new_model(name: str, shape: tuple[int, int, int], classes: int, learning_rate: float) -> Any:
    network = NETWORKS[name]
    if min(shape[:2]) < network.smallest_image:
        least = network.smallest_image
        raise CommandError(f"--model {name}: expected images of at least {least} x {least}, got {_by(shape)}")
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
    if position is None or position.run is None or "accuracy" not in compilation.metrics:
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


# Prediction


def _predict(options: argparse.Namespace) -> int:
    model = nativecnn.load_model(options.model)
    shape = model.input_shape
    if len(shape) != 3:
        raise CommandError(f"{options.model}: expected a model of images (height, width, channels), got {shape}")
    exit_code = EXIT_OK
    for path in options.images:
        try:
            image = _fitted(path, shape, options.invert)
        except (CommandError, DataFileError, OSError, ImportError) as error:
            exit_code = _told(f"error: {_one_line(error)}", EXIT_ERROR)
            continue
        scores = model.predict(image[np.newaxis]).ravel()
        print(path)
        for label in np.argsort(-scores, kind="stable"):
            print(f"{label:6d}  {scores[label]:.6f}")
    return exit_code


def _fitted(path: str, shape: tuple[int, int, int], invert: bool) -> np.ndarray:
    """Read an image and convert it to the model's shape; arrays are taken as they are or not at all."""
    image = read_image(path)
    if image.shape != shape:
        if path.lower().endswith(".npy"):
            raise CommandError(f"{path}: expected an array of shape {shape}, got {image.shape}")
        height, width, channels = shape
        given = _by(image.shape)
        try:
            image = to_channels(image, channels)
        except ValueError as error:
            raise CommandError(f"{path}: {error}") from error
        if image.shape != shape:
            image = resize(image, height, width)
        _tell(f"{path}: converted from {given} (height, width, channels) to the model's {_by(shape)}")
    return 1 - image if invert else image


def _info(options: argparse.Namespace) -> int:
    nativecnn.show_config()
    return EXIT_OK


# Options and messages


def _positive_integer(text: str) -> int:
    value = _integer(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text}")
    return value


def _natural_number(text: str) -> int:
    value = _integer(text)
    if not 0 <= value < 1 << 64:
        raise argparse.ArgumentTypeError(f"expected 0 to 2^64 - 1, got {text}")
    return value


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}") from None


def _positive_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def _default_help(setting: str) -> str:
    values = ", ".join(f"{getattr(settings, setting)} for {name}" for name, settings in _SETTINGS.items())
    return f"{setting.replace('_', ' ')} ({values})"


def _by(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


@contextlib.contextmanager
def _interruptible(where: str) -> Iterator[None]:
    """Say where Ctrl-C came."""
    try:
        yield
    except KeyboardInterrupt:
        raise _InterruptionError(where) from None


def _one_line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        text = f"{os.fsdecode(error.filename)}: {error.strerror}"
    else:
        text = str(error) or type(error).__name__
    return " ".join(text.split())


def _tell(message: str) -> None:
    print(f"{_PROGRAM}: {message}", file=sys.stderr, flush=True)


def _told(message: str, exit_code: int) -> int:
    _tell(message)
    return exit_code
