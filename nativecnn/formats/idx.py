"""Reading and writing idx files, the format of MNIST (http://yann.lecun.com/exdb/mnist), gzipped or not::

2 bytes       0
1 byte        type of the values: 08 uint8, 09 int8, 0B int16, 0C int32, 0D float32, 0E float64
1 byte        number of axes
4 bytes each  lengths of the axes, unsigned, big-endian
data          the values, row-major, big-endian
"""

import gzip
import os
import stat
import struct
import zlib
from typing import Any, BinaryIO

import numpy as np

from nativecnn.formats.errors import DataFileError
from nativecnn.formats.replacing import open_replacing
from nativecnn.formats.shapes import byte_count, shape_problem

_DTYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(np.uint8),
    0x09: np.dtype(np.int8),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """Read the array of an idx file; whether it is gzipped is told by its content, not its name.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    numpy.ndarray
        New, writable, in the machine's byte order; shape and dtype as the file says.

    Raises
    ------
    DataFileError
        Not an idx file, more or fewer bytes than its header says, or a broken gzip stream.
    OSError
        The file cannot be opened or read.
    """
    name = os.fspath(path)
    if stat.S_ISFIFO(os.stat(path).st_mode):  # opening one would wait for a writer
        raise DataFileError(f"{name}: expected an idx file, got a pipe")
    with open(path, "rb") as file:
        gzipped = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        file.seek(0)
        if not gzipped:
            return _read_array(file, name)
        try:
            with gzip.open(file) as unpacked:
                return _read_array(unpacked, name)  # type: ignore[arg-type]
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataFileError(f"{name}: expected a whole gzip stream, got a broken one ({error})") from error


def write_idx(path: str | os.PathLike[str], array: np.ndarray) -> None:
    """Write an array as an idx file, gzipped if the name ends in ``.gz``; whole or not at all.

    Parameters
    ----------
    path : str or path-like
    array : numpy.ndarray
        At least one axis; uint8, int8, int16, int32, float32 or float64.

    Raises
    ------
    TypeError
        A dtype that idx lacks.
    ValueError
        No axes, or an axis beyond 32 bits.
    OSError
        The file cannot be written.
    """
    array = np.asarray(array)
    big_endian = array.dtype.newbyteorder(">")
    if big_endian not in _CODES:
        expected = ", ".join(dtype.newbyteorder("=").name for dtype in _CODES)
        raise TypeError(f"expected a dtype that idx has ({expected}), got {array.dtype}")
    if array.ndim == 0 or shape_problem(array.shape, array.itemsize) or max(array.shape) >= 1 << 32:
        raise ValueError(f"expected 1 to 32 axes of at most {(1 << 32) - 1}, got shape {array.shape}")
    header = struct.pack(f">HBB{array.ndim}I", 0, _CODES[big_endian], array.ndim, *array.shape)
    content = header + array.astype(big_endian, copy=False).tobytes()
    with open_replacing(path) as file:
        file.write(gzip.compress(content, mtime=0) if os.fspath(path).endswith(".gz") else content)


def _read_array(file: BinaryIO, name: str) -> np.ndarray:
    magic = _read_at_most(file, 4)
    if len(magic) < 4:
        raise DataFileError(f"{name}: expected an idx file of at least 4 bytes, got {len(magic)}")
    zero, code, rank = struct.unpack(">HBB", magic)
    if zero != 0 or code not in _DTYPES or rank == 0:
        known = ", ".join(f"{known_code:02x}" for known_code in _DTYPES)
        raise DataFileError(
            f"{name}: expected an idx magic number (00 00, a type among {known}, a number of axes), "
            f"got {magic.hex(' ')}"
        )
    dtype = _DTYPES[code]
    lengths = _read_at_most(file, 4 * rank)
    if len(lengths) < 4 * rank:
        raise DataFileError(f"{name}: expected the lengths of {rank} axes, got {len(lengths)} bytes (cut short)")
    shape = struct.unpack(f">{rank}I", lengths)
    problem = shape_problem(shape, dtype.itemsize)
    if problem:
        raise DataFileError(f"{name}: {problem}")
    expected = byte_count(shape, dtype.itemsize)
    data = _read_at_most(file, expected)
    if len(data) < expected:
        raise DataFileError(
            f"{name}: expected {expected} bytes for {dtype.newbyteorder('=')} of shape {shape}, "
            f"got {len(data)} (cut short)"
        )
    if file.read(1):
        raise DataFileError(f"{name}: expected {expected} bytes for shape {shape}, got more")
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _read_at_most(file: BinaryIO, count: int) -> bytearray:
    """Read up to ``count`` bytes; memory grows with the bytes that come, not with those that are claimed."""
    data = bytearray()
    while len(data) < count:
        chunk = file.read(min(_CHUNK, count - len(data)))
        if not chunk:
            break
        data += chunk
    return data
