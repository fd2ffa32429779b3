"""Reading and writing safetensors files: named arrays and a few strings, and never any code.

The format (https://huggingface.co/docs/safetensors)::

    8 bytes     length of the header, unsigned, little-endian
    header      JSON, UTF-8, begins with "{", may end with spaces:
                {"__metadata__": {"key": "text", …},
                 "name": {"dtype": "F32", "shape": [3, 4], "data_offsets": [begin, end]}, …}
    data        the arrays, little-endian, row-major; offsets count from the first byte of the data,
                every byte belongs to exactly one array

Reading is strict: whatever the header claims is checked against the file before memory is taken for it.
"""

import json
import os
import stat
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple, NoReturn

import numpy as np

from nativecnn.formats.errors import ModelFileError
from nativecnn.formats.replacing import open_replacing
from nativecnn.formats.shapes import abbreviated, byte_count, shape_problem

MAXIMUM_HEADER_LENGTH = 100_000_000
"""The bound that the safetensors library sets, in bytes."""

# In the order in which the safetensors library ranks its types; arrays are written from the last type to the
# first, so the wide ones come first and every array is aligned to its items.
_DTYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype(np.bool_),
    "U8": np.dtype(np.uint8),
    "I8": np.dtype(np.int8),
    "I16": np.dtype("<i2"),
    "U16": np.dtype("<u2"),
    "F16": np.dtype("<f2"),
    "I32": np.dtype("<i4"),
    "U32": np.dtype("<u4"),
    "F32": np.dtype("<f4"),
    "C64": np.dtype("<c8"),
    "F64": np.dtype("<f8"),
    "I64": np.dtype("<i8"),
    "U64": np.dtype("<u8"),
}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}
_RANKS = {code: rank for rank, code in enumerate(_DTYPES)}
_METADATA_KEY = "__metadata__"
_LENGTH_FIELD = struct.Struct("<Q")
_ALIGNMENT = 8


class _Entry(NamedTuple):
    """What the header says about one array."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    end: int


def write_safetensors(
    path: str | os.PathLike[str],
    tensors: Mapping[str, np.ndarray],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write arrays to a safetensors file, whole or not at all.

    The same arrays and metadata give the same bytes, whatever the order of the mappings. An older file at
    ``path`` stays as it is until the new one is complete.

    Parameters
    ----------
    path : str or path-like
    tensors : mapping of str to numpy.ndarray
        Any shape and memory order; bool, integers, float16/32/64 and complex64.
    metadata : mapping of str to str, optional
        Strings kept in the header.

    Raises
    ------
    TypeError
        A name or metadata that is no string, a value that is no array or has a dtype the format lacks.
    ValueError
        A name that the format reserves, text that is not Unicode, a header beyond 100 MB.
    OSError
        The file cannot be written.
    """
    arrays = _storable_arrays(tensors)
    order = sorted(arrays, key=lambda name: (-_RANKS[_CODES[arrays[name].dtype]], name.encode()))
    header = _encoded_header({name: arrays[name] for name in order}, _checked_metadata(metadata))
    with open_replacing(path) as file:
        file.write(_LENGTH_FIELD.pack(len(header)))
        file.write(header)
        for name in order:
            file.write(_bytes_of(np.ascontiguousarray(arrays[name])))


def read_safetensors(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read every array and the metadata of a safetensors file.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    tensors : dict of str to numpy.ndarray
        New, writable, C-contiguous arrays in the machine's byte order, in the order of the data.
    metadata : dict of str to str

    Raises
    ------
    ModelFileError
        The file is not a valid safetensors file, or holds a dtype that NumPy lacks.
    OSError
        The file cannot be opened or read.
    """
    name = os.fspath(path)
    if stat.S_ISFIFO(os.stat(path).st_mode):  # opening one would wait for a writer
        raise ModelFileError(f"{name}: expected a safetensors file, got a pipe")
    with open(path, "rb") as file:
        file_size = os.fstat(file.fileno()).st_size
        header, data_size = _read_header(file, file_size, name)
        entries, metadata = _parsed_header(header, name)
        _check_layout(entries, data_size, name)
        return {entry.name: _read_array(file, entry, name) for entry in entries}, metadata


# Writing


def _storable_arrays(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    arrays = {}
    for name, value in tensors.items():
        if not isinstance(name, str):
            raise TypeError(f"expected tensor names to be str, got {abbreviated(name)}")
        if name == _METADATA_KEY:
            raise ValueError(f"expected tensor names other than {_METADATA_KEY!r}, which the format reserves")
        _check_encodable(name, "tensor names")
        if not isinstance(value, np.ndarray):
            raise TypeError(f"{name}: expected a numpy.ndarray, got {type(value).__name__}")
        little_endian = value.dtype.newbyteorder("<")
        if little_endian not in _CODES:
            raise TypeError(f"{name}: expected a dtype that safetensors has, got {value.dtype}")
        problem = shape_problem(value.shape, value.dtype.itemsize)
        if problem:
            raise ValueError(f"{name}: {problem}")
        arrays[name] = value.astype(little_endian, copy=False)
    return arrays


def _checked_metadata(metadata: Mapping[str, str] | None) -> dict[str, str]:
    if metadata is None:
        return {}
    for key, value in metadata.items():
        for text in (key, value):
            if not isinstance(text, str):
                raise TypeError(f"expected metadata to be str to str, got {abbreviated(key)}: {abbreviated(value)}")
            _check_encodable(text, "metadata")
    return {key: metadata[key] for key in sorted(metadata)}


def _check_encodable(text: str, what: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"expected {what} to be valid Unicode, got {abbreviated(text)}") from error


def _encoded_header(arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    header: dict[str, object] = {}
    if metadata:
        header[_METADATA_KEY] = metadata
    offset = 0
    for name, array in arrays.items():
        end = offset + array.nbytes
        header[name] = {
            "dtype": _CODES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    encoded = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % _ALIGNMENT)
    if len(encoded) > MAXIMUM_HEADER_LENGTH:
        raise ValueError(f"expected a header of at most {MAXIMUM_HEADER_LENGTH} bytes, got {len(encoded)}")
    return encoded


def _bytes_of(array: np.ndarray) -> memoryview:
    """Return the bytes of a C-contiguous array without copying them."""
    return array.reshape(-1).view(np.uint8).data


# Reading


def _read_header(file: BinaryIO, file_size: int, name: str) -> tuple[bytes, int]:
    """Return the header's bytes and the number of bytes that follow it."""
    if file_size < _LENGTH_FIELD.size:
        raise ModelFileError(f"{name}: expected a safetensors file of at least 8 bytes, got {file_size} bytes")
    (length,) = _LENGTH_FIELD.unpack(_read_exactly(file, _LENGTH_FIELD.size, name))
    if length > MAXIMUM_HEADER_LENGTH:
        raise ModelFileError(f"{name}: expected a header of at most {MAXIMUM_HEADER_LENGTH} bytes, got {length}")
    data_size = file_size - _LENGTH_FIELD.size - length
    if data_size < 0:
        raise ModelFileError(
            f"{name}: expected a header of {length} bytes, got a file that ends "
            f"{file_size - _LENGTH_FIELD.size} bytes after the length (not a safetensors file, or cut short)"
        )
    return _read_exactly(file, length, name), data_size


def _read_exactly(file: BinaryIO, count: int, name: str) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise ModelFileError(f"{name}: expected {count} more bytes, got {len(data)} (the file shrank while read)")
    return data


def _parsed_header(header: bytes, name: str) -> tuple[list[_Entry], dict[str, str]]:
    """Return the arrays in the order of their data, and the metadata."""
    if not header.startswith(b"{"):
        raise ModelFileError(f"{name}: expected a header that begins with '{{', got {abbreviated(header[:8])}")
    try:
        fields = json.loads(
            header.decode("utf-8"),
            object_pairs_hook=_object_without_duplicates,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise ModelFileError(f"{name}: expected a header in JSON, got {error}") from error
    metadata = fields.pop(_METADATA_KEY, {})
    _check_read_metadata(metadata, name)
    entries = [_parsed_entry(key, value, name) for key, value in fields.items()]
    entries.sort(key=lambda entry: (entry.begin, entry.end))
    return entries, metadata


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"the name {abbreviated(key)} twice")
        _check_encodable(key, "names")
        result[key] = value
    return result


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant}, which JSON does not have")


def _check_read_metadata(metadata: object, name: str) -> None:
    if not isinstance(metadata, dict):
        raise ModelFileError(f"{name}: expected {_METADATA_KEY} to be an object, got {abbreviated(metadata)}")
    for key, value in metadata.items():
        if not isinstance(value, str):
            raise ModelFileError(
                f"{name}: expected {_METADATA_KEY} {abbreviated(key)} to be text, got {abbreviated(value)}"
            )
        try:
            _check_encodable(value, f"{_METADATA_KEY} {abbreviated(key)}")
        except ValueError as error:
            raise ModelFileError(f"{name}: {error}") from error


def _parsed_entry(key: str, value: object, name: str) -> _Entry:
    where = f"{name}: tensor {abbreviated(key)}"
    if not isinstance(value, dict) or value.keys() != {"dtype", "shape", "data_offsets"}:
        raise ModelFileError(f"{where}: expected dtype, shape and data_offsets, got {abbreviated(value)}")
    code, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(code, str) or code not in _DTYPES:
        raise ModelFileError(f"{where}: expected a dtype among {', '.join(_DTYPES)}, got {abbreviated(code)}")
    dtype = _DTYPES[code]
    if not _are_integers(shape):
        raise ModelFileError(f"{where}: expected a shape of integers, got {abbreviated(shape)}")
    problem = shape_problem(shape, dtype.itemsize)
    if problem:
        raise ModelFileError(f"{where}: {problem}")
    if not _are_integers(offsets) or len(offsets) != 2:
        raise ModelFileError(f"{where}: expected data_offsets of two integers, got {abbreviated(offsets)}")
    begin, end = offsets
    expected = byte_count(shape, dtype.itemsize)
    if end - begin != expected:
        raise ModelFileError(
            f"{where}: expected {expected} bytes for {code} of shape {tuple(shape)}, "
            f"got data_offsets {abbreviated(offsets)}"
        )
    return _Entry(key, dtype, tuple(shape), begin, end)


def _are_integers(value: object) -> bool:
    # bool is an int to Python, not to JSON
    return isinstance(value, list) and all(isinstance(item, int) and not isinstance(item, bool) for item in value)


def _check_layout(entries: list[_Entry], data_size: int, name: str) -> None:
    """Check that the arrays lie end to end and fill the data exactly."""
    position = 0
    for entry in entries:
        if entry.begin != position:
            problem = "a hole" if entry.begin > position else "an overlap"
            raise ModelFileError(
                f"{name}: tensor {abbreviated(entry.name)}: expected its data to begin at {position}, "
                f"got {abbreviated(entry.begin)} ({problem})"
            )
        position = entry.end
    if position != data_size:
        problem = "cut short" if position > data_size else "bytes that belong to no tensor"
        raise ModelFileError(f"{name}: expected {position} bytes of data, got {data_size} ({problem})")


def _read_array(file: BinaryIO, entry: _Entry, name: str) -> np.ndarray:
    array = np.empty(entry.shape, entry.dtype)
    if array.size:
        received = file.readinto(_bytes_of(array))  # type: ignore[attr-defined]
        if received != array.nbytes:
            raise ModelFileError(
                f"{name}: tensor {abbreviated(entry.name)}: expected {array.nbytes} bytes, "
                f"got {received} (the file shrank while read)"
            )
    if entry.dtype == np.bool_ and array.size and array.view(np.uint8).max() > 1:
        raise ModelFileError(f"{name}: tensor {abbreviated(entry.name)}: expected bytes 0 and 1 for BOOL, got others")
    return array.astype(entry.dtype.newbyteorder("="), copy=False)
