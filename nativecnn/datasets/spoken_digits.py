"""Recordings of spoken digits: the Free Spoken Digit Dataset from its archive, or unpacked."""

from __future__ import annotations

import gzip
import io
import os
import re
import tarfile
import wave
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from nativecnn._kernels.floating_point import contract_state
from nativecnn.formats.errors import DataFileError

SAMPLE_RATE = 8000
"""Samples a second."""

_NAME = re.compile(r"([0-9])_([A-Za-z]{1,40})_([0-9]{1,6})\.wav")
_LARGEST_ARCHIVE = 1 << 28  # bytes unpacked, ten times the data set
_LARGEST_RECORDING = 1 << 20  # bytes: more than a minute
_MOST_FILES = 100_000
_ENDING = ".wav"


class SpokenDigit(NamedTuple):
    """A recording of a spoken digit."""

    samples: np.ndarray
    """float32, (samples,), from -1 to 1; 8,000 samples a second."""
    digit: int
    """What is said, from 0 to 9."""
    speaker: str
    """Who says it."""
    index: int
    """Tells recordings of the same digit by the same speaker apart, from 0."""


@contract_state
def load_spoken_digits(path: str | os.PathLike[str]) -> list[SpokenDigit]:
    """Read the recordings of the Free Spoken Digit Dataset, without unpacking its archive.

    Parameters
    ----------
    path : str or path-like
        A gzipped tar archive, or a folder, of which all files with names ending in ``.wav`` are taken. They are named
        ``{digit}_{speaker}_{index}.wav``.

    Returns
    -------
    list of SpokenDigit
        Of (samples, digit, speaker, index); sorted by digit, speaker and index whatever their order in the archive. The
        data set has 3,000: 50 of each digit by each of 6 speakers. Those of the indices 0 to 4 are its official test
        part.

    Raises
    ------
    DataFileError
        No recordings, a broken archive, one that holds far more than the data set or something other than a plain file
        under a recording's name, a name or content that is not as described, or the same recording twice.
    OSError
        The archive or a file cannot be opened.

    Notes
    -----
    Licence: CC BY-SA 4.0.

    References
    ----------
    Jackson and others: Free Spoken Digit Dataset, https://github.com/Jakobovski/free-spoken-digit-dataset.
    """
    source = os.fspath(path)
    files = _folder_files(source) if os.path.isdir(source) else _archive_files(source)
    found: dict[tuple[int, str, int], np.ndarray] = {}
    for name, content in files:
        place = f"{source}: {name}"
        key = _parsed(name, place)
        if key in found:
            raise DataFileError(f"{place}: expected each recording once, got it twice")
        found[key] = _samples(content, place)
    if not found:
        raise DataFileError(f"{source}: expected recordings named {{digit}}_{{speaker}}_{{index}}.wav, got none")
    return [SpokenDigit(found[key], *key) for key in sorted(found)]


def _folder_files(folder: str) -> Iterator[tuple[str, bytes]]:
    for name in sorted(os.listdir(folder)):
        if not name.endswith(_ENDING):
            continue
        path, place = os.path.join(folder, name), f"{folder}: {name}"
        if not os.path.isfile(path):  # opening a pipe would wait for a writer
            raise DataFileError(f"{place}: expected a plain file, got something else")
        _check_size(os.path.getsize(path), place)
        with open(path, "rb") as file:
            yield name, file.read(_LARGEST_RECORDING)


def _archive_files(source: str) -> Iterator[tuple[str, bytes]]:
    # Unpacked as a whole first, up to a bound: all that tarfile then reads exists, whatever headers claim.
    content = _unpacked(source)
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for count, member in enumerate(archive):
                if count == _MOST_FILES:
                    raise DataFileError(f"{source}: expected at most {_MOST_FILES} files, got more")
                if not member.name.endswith(_ENDING):
                    continue
                place = f"{source}: {member.name}"
                if not member.isreg() or member.issparse():
                    raise DataFileError(f"{place}: expected a plain file, got a link, a folder or the like")
                _check_size(member.size, place)
                yield member.name, archive.extractfile(member).read()  # type: ignore[union-attr]
            end = archive.offset
    except DataFileError:
        raise
    except Exception as error:  # tarfile raises half a dozen kinds for broken headers
        raise DataFileError(f"{source}: expected a whole tar archive, got a broken one ({error})") from error
    if content.count(0, end) != len(content) - end:  # tarfile takes a broken header for the end
        raise DataFileError(f"{source}: expected a whole tar archive, got one that is broken after {end} bytes")


def _unpacked(source: str) -> bytes:
    if os.path.exists(source) and not os.path.isfile(source):  # opening a pipe would wait for a writer
        raise DataFileError(f"{source}: expected an archive or a folder, got something else")
    try:
        with gzip.open(source) as file:
            content = file.read(_LARGEST_ARCHIVE + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataFileError(f"{source}: expected a whole gzip stream, got a broken one ({error})") from error
    if len(content) > _LARGEST_ARCHIVE:
        raise DataFileError(f"{source}: expected at most {_LARGEST_ARCHIVE} bytes unpacked, got more")
    return content


def _check_size(size: int, place: str) -> None:
    if size > _LARGEST_RECORDING:
        raise DataFileError(f"{place}: expected a recording of at most {_LARGEST_RECORDING} bytes, got {size}")


def _parsed(name: str, place: str) -> tuple[int, str, int]:
    """Return digit, speaker and index."""
    match = _NAME.fullmatch(name.rpartition("/")[2])
    if not match:
        raise DataFileError(f"{place}: expected the name {{digit}}_{{speaker}}_{{index}}.wav")
    digit, speaker, index = match.groups()
    return int(digit), speaker, int(index)


def _samples(content: bytes, place: str) -> np.ndarray:
    try:
        with wave.open(io.BytesIO(content)) as file:
            channels, width, rate, frames = file.getparams()[:4]
            data = file.readframes(frames)
    except Exception as error:  # wave raises half a dozen kinds for broken headers
        raise DataFileError(f"{place}: expected a WAV file, got a broken one ({error})") from error
    if (channels, width, rate) != (1, 2, SAMPLE_RATE):
        raise DataFileError(
            f"{place}: expected one channel of 16 bits at {SAMPLE_RATE} Hz, got {channels} of {8 * width} at {rate} Hz"
        )
    if frames == 0 or len(data) != 2 * frames:
        raise DataFileError(f"{place}: expected {max(frames, 1)} samples, got {len(data) // 2}")
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(1 << 15)
