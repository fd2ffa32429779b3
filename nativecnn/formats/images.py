"""Reading images as arrays of values from 0 to 1, and fitting them to a size."""

import os
from typing import Any

import numpy as np

from nativecnn._kernels.floating_point import contract_state
from nativecnn.extras import import_extra
from nativecnn.formats.errors import DataFileError

# ITU-R BT.601: the weights of red, green and blue in brightness
_RED, _GREEN, _BLUE = 0.299, 0.587, 0.114
_WHITES: dict[np.dtype[Any], float] = {
    np.dtype(np.bool_): 1.0,
    np.dtype(np.uint8): 255.0,
    np.dtype(np.uint16): 65535.0,
}


@contract_state
def read_image(path: str | os.PathLike[str]) -> np.ndarray:
    """Read an image file.

    Parameters
    ----------
    path : str or path-like
        ``.npy`` (shape (h, w) or (h, w, c); bool, uint8, uint16, or floating point from 0 to 1; never
        pickled objects), or any picture that Pillow reads (extra ``examples``).

    Returns
    -------
    numpy.ndarray
        float32, (h, w, c), values from 0 (black) to 1. Channels as in the file: 1 grey, 2 grey and opacity,
        3 red, green, blue, 4 the same and opacity.

    Raises
    ------
    DataFileError
        The file is no image, or broken, or holds values that are not from 0 to 1.
    ImportError
        The file is a picture and Pillow is not installed.
    OSError
        The file cannot be opened.
    """
    name = os.fspath(path)
    if os.path.isdir(path):
        raise DataFileError(f"{name}: expected an image file, got a folder")
    pixels = np.asarray(_read_array(name) if name.lower().endswith(".npy") else _read_picture(name))
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
    if pixels.ndim != 3 or pixels.size == 0:
        raise DataFileError(
            f"{name}: expected an image of shape (h, w) or (h, w, c) without empty axes, got {pixels.shape}"
        )
    return _from_zero_to_one(pixels, name)


@contract_state
def to_channels(image: np.ndarray, channels: int) -> np.ndarray:
    """Convert an image between grey and colour.

    Transparent pixels show white. Colour becomes grey by the weights of ITU-R BT.601; grey becomes colour
    by repetition.

    Parameters
    ----------
    image : numpy.ndarray
        float32, (h, w, c) with c from 1 to 4 as `read_image` returns it.
    channels : int
        1 or 3.

    Returns
    -------
    numpy.ndarray
        float32, (h, w, channels).

    Raises
    ------
    ValueError
        No conversion between these numbers of channels is known.
    """
    given = image.shape[2]
    if given == channels:
        return image
    if given not in (1, 2, 3, 4) or channels not in (1, 3):
        raise ValueError(f"expected an image of {channels} channels, got {given}")
    if given in (2, 4):
        opacity = image[:, :, -1:]
        image = image[:, :, :-1] * opacity + (1 - opacity)
    if image.shape[2] == 3 and channels == 1:
        # written out: a matrix product would change bits with BLAS
        image = _RED * image[:, :, 0:1] + _GREEN * image[:, :, 1:2] + _BLUE * image[:, :, 2:3]
    elif image.shape[2] == 1 and channels == 3:
        image = np.repeat(image, 3, axis=2)
    return np.clip(image, 0, 1).astype(np.float32)


@contract_state
def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize an image by Pillow's bilinear resampling, which averages when it shrinks (extra ``examples``).

    Parameters
    ----------
    image : numpy.ndarray
        float32, (h, w, c), values from 0 to 1.
    height, width : int
        The size wanted, in pixels.

    Returns
    -------
    numpy.ndarray
        float32, (height, width, c), values from 0 to 1.

    Raises
    ------
    ImportError
        Pillow is not installed.
    """
    pillow = import_extra("PIL.Image", "examples", "resizing an image")
    planes = [
        np.asarray(pillow.fromarray(np.ascontiguousarray(plane)).resize((width, height), pillow.Resampling.BILINEAR))
        for plane in np.moveaxis(image, 2, 0)
    ]
    return np.clip(np.stack(planes, axis=2), 0, 1).astype(np.float32)


def _read_array(name: str) -> np.ndarray:
    with open(name, "rb") as file:
        file.read(1)  # what cannot be opened or read keeps the system's own error
    try:
        # Mapped, not loaded: the size a broken header claims is then checked against the file, not allocated.
        pixels = np.load(name, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # NumPy raises half a dozen kinds for broken headers
        raise DataFileError(f"{name}: expected a .npy file with an array of numbers, got {error}") from error
    if not isinstance(pixels, np.ndarray):
        pixels.close()
        raise DataFileError(f"{name}: expected a .npy file with one array, got an archive of several")
    return pixels


def _read_picture(name: str) -> np.ndarray:
    with open(name, "rb") as file:
        pillow = import_extra("PIL.Image", "examples", f"{name}: reading a picture")
        operations = import_extra("PIL.ImageOps", "examples", f"{name}: reading a picture")
        try:
            with pillow.open(file) as picture:
                picture.load()
                return _pixels_of(operations.exif_transpose(picture))
        except Exception as error:  # Pillow raises a dozen kinds for broken pictures, SyntaxError among them
            raise DataFileError(f"{name}: expected a picture that Pillow can read, got {error}") from error


def _pixels_of(picture: Any) -> np.ndarray:
    if picture.mode.startswith("I"):  # sixteen bits of grey; "I" has them in 32
        return np.asarray(picture).astype(np.uint16)
    if picture.mode == "F":
        return np.asarray(picture)
    if picture.mode in ("1", "L") and "transparency" not in picture.info:
        return np.asarray(picture.convert("L"))
    if picture.mode in ("LA", "La"):
        return np.asarray(picture.convert("LA"))
    has_opacity = picture.mode in ("RGBA", "RGBa", "PA") or "transparency" in picture.info
    return np.asarray(picture.convert("RGBA" if has_opacity else "RGB"))


def _from_zero_to_one(pixels: np.ndarray, name: str) -> np.ndarray:
    white = _WHITES.get(pixels.dtype.newbyteorder("="))
    if white is not None:
        return (pixels / np.float32(white)).astype(np.float32)
    if pixels.dtype.kind != "f":
        raise DataFileError(
            f"{name}: expected pixels of dtype bool, uint8, uint16 or floating point, got {pixels.dtype}"
        )
    lowest, highest = pixels.min(), pixels.max()
    if not (lowest >= 0 and highest <= 1):  # a NaN is neither
        raise DataFileError(f"{name}: expected values from 0 to 1, got {lowest:g} to {highest:g}")
    return pixels.astype(np.float32)
