"""``python -m nativecnn predict``."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

import nativecnn
from nativecnn.formats import DataFileError, read_image
from nativecnn.formats.images import resize, to_channels

from .messages import EXIT_ERROR, EXIT_OK, CommandError, by, one_line, tell, told


def add_command(commands: Any) -> None:
    """Add the command to a parser's."""
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
            exit_code = told(f"error: {one_line(error)}", EXIT_ERROR)
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
        given = by(image.shape)
        try:
            image = to_channels(image, channels)
        except ValueError as error:
            raise CommandError(f"{path}: {error}") from error
        if image.shape != shape:
            image = resize(image, height, width)
        tell(f"{path}: converted from {given} (height, width, channels) to the model's {by(shape)}")
    return 1 - image if invert else image
