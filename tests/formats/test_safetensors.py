import json
import os
import struct
import sys

import numpy as np
import pytest

from nativecnn.formats import ModelFileError, read_safetensors, write_safetensors

DTYPES = ["bool", "u1", "i1", "i2", "u2", "f2", "i4", "u4", "f4", "c8", "f8", "i8", "u8"]
SHAPES = [(), (1,), (0,), (3, 0, 2), (5,), (2, 3), (3, 3, 4, 8)]


def library():
    return pytest.importorskip("safetensors.numpy", reason="compares with the safetensors library (extra test)")


def array_of(dtype, shape, seed=0):
    values = np.random.default_rng(seed).integers(0, 2 if dtype == "bool" else 100, shape)
    return np.asarray(values).astype(dtype)


def many_tensors():
    return {
        f"layer_{i}/{dtype}": array_of(dtype, shape, i)
        for i, (dtype, shape) in enumerate((dtype, shape) for dtype in DTYPES for shape in SHAPES)
    }


def file_bytes(header, data=b"", length=None):
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(encoded) if length is None else length) + encoded + data


def entry(dtype="F32", shape=(2,), offsets=(0, 8), **more):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets), **more}


def assert_same(result, expected):
    assert result.keys() == expected.keys()
    for name, array in expected.items():
        assert result[name].dtype == array.dtype, name
        assert result[name].shape == array.shape, name
        assert result[name].tobytes() == array.tobytes(), name
        assert result[name].flags.writeable and result[name].flags.c_contiguous and result[name].dtype.isnative


def test_round_trip_of_every_dtype_and_shape(tmp_path):
    tensors, metadata = many_tensors(), {"format": "1", "größe": 'Ünïcode 猫 \n \x00 " \\'}
    write_safetensors(tmp_path / "m.safetensors", tensors, metadata)
    result, result_metadata = read_safetensors(tmp_path / "m.safetensors")
    assert_same(result, tensors)
    assert result_metadata == metadata


def test_special_values_keep_their_bits(tmp_path):
    bits = np.array([0, 1 << 31, 1, 0x7F800000, 0xFF800000, 0x7FC00001, 0x7F800001, 0xFFFFFFFF], np.uint32)
    write_safetensors(tmp_path / "m", {"x": bits.view(np.float32)})
    assert np.array_equal(read_safetensors(tmp_path / "m")[0]["x"].view(np.uint32), bits)


def test_library_reads_what_we_write(tmp_path):
    tensors = many_tensors()
    write_safetensors(tmp_path / "m", tensors, {"a": "1", "b": "ä"})
    assert_same(library().load_file(tmp_path / "m"), tensors)
    from safetensors import safe_open

    with safe_open(tmp_path / "m", "numpy") as file:
        assert file.metadata() == {"a": "1", "b": "ä"}


def test_we_read_what_library_writes(tmp_path):
    tensors = many_tensors()
    library().save_file(tensors, tmp_path / "m", {"a": "1", "b": "ä"})
    result, metadata = read_safetensors(tmp_path / "m")
    assert_same(result, tensors)
    assert metadata == {"a": "1", "b": "ä"}


@pytest.mark.parametrize("metadata", [None, {"key": 'ä " \\ \n \x01 \x7f /'}])
def test_bytes_are_those_of_the_library(tmp_path, metadata):
    tensors = {**many_tensors(), 'é 猫 " \\ \t': np.ones(3, np.float32)}
    write_safetensors(tmp_path / "m", tensors, metadata)
    assert (tmp_path / "m").read_bytes() == library().save(tensors, metadata)


def test_bytes_do_not_depend_on_order_or_layout(tmp_path):
    x, y = array_of("f4", (4, 6)), array_of("i8", (5,))
    write_safetensors(tmp_path / "a", {"x": x, "y": y}, {"k": "1", "l": "2"})
    write_safetensors(tmp_path / "b", {"y": y.astype(">i8"), "x": np.asfortranarray(x)}, {"l": "2", "k": "1"})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_views_and_read_only_arrays_are_written(tmp_path):
    x = array_of("f4", (6, 8))
    x.flags.writeable = False
    views = {"step": x[::2, ::-1], "scalar": x[0, 0, ...], "empty": x[:0]}
    write_safetensors(tmp_path / "m", views)
    assert_same(read_safetensors(tmp_path / "m")[0], views)


def test_arrays_are_aligned_in_the_file(tmp_path):
    write_safetensors(tmp_path / "m", {"a": np.ones(3, np.int8), "b": np.ones(3), "c": np.ones(3, np.float32)})
    content = (tmp_path / "m").read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    assert length % 8 == 0
    header = json.loads(content[8 : 8 + length])
    assert [header[name]["data_offsets"][0] for name in "abc"] == [36, 0, 24]


def test_empty_file_of_no_tensors(tmp_path):
    write_safetensors(tmp_path / "m", {})
    assert read_safetensors(tmp_path / "m") == ({}, {})


@pytest.mark.parametrize(
    ("tensors", "metadata", "error", "message"),
    [
        ({"x": [1.0]}, None, TypeError, "x: expected a numpy.ndarray, got list"),
        ({3: np.ones(1)}, None, TypeError, "names to be str, got 3"),
        ({"x": np.ones(1, object)}, None, TypeError, "got object"),
        ({"x": np.ones(1, np.complex128)}, None, TypeError, "got complex128"),
        ({"x": np.array(["a"])}, None, TypeError, "got <U1"),
        ({"x": np.zeros(1, [("a", "f4")])}, None, TypeError, "expected a dtype that safetensors has"),
        ({"__metadata__": np.ones(1)}, None, ValueError, "reserves"),
        ({"\ud800": np.ones(1)}, None, ValueError, "valid Unicode"),
        ({}, {"a": 1}, TypeError, "metadata to be str to str, got 'a': 1"),
        ({}, {1: "a"}, TypeError, "metadata to be str to str"),
        ({}, {"a": "\udfff"}, ValueError, "valid Unicode"),
    ],
)
def test_what_cannot_be_stored_is_refused_before_the_file_is_touched(tmp_path, tensors, metadata, error, message):
    (tmp_path / "m").write_bytes(b"old")
    with pytest.raises(error, match=message):
        write_safetensors(tmp_path / "m", tensors, metadata)
    assert (tmp_path / "m").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["m"]


BROKEN = {
    "empty file": (b"", "at least 8 bytes, got 0"),
    "seven bytes": (b"\0" * 7, "at least 8 bytes, got 7"),
    "no header": (b"\0" * 8, "begins with '{'"),
    "length beyond the file": (
        file_bytes({}, length=3),
        "expected a header of 3 bytes, got a file that ends 2 bytes",
    ),
    "length beyond the bound": (file_bytes({}, length=100_000_001), "at most 100000000 bytes, got 100000001"),
    "greatest length": (file_bytes({}, length=2**64 - 1), "at most 100000000 bytes"),
    "text before the brace": (file_bytes(b" {}"), "begins with '{'"),
    "a list": (file_bytes(b"[]"), "begins with '{'"),
    "no JSON": (file_bytes(b"{]"), "header in JSON"),
    "JSON cut short": (file_bytes(b'{"a":'), "header in JSON"),
    "text behind the brace": (file_bytes(b"{}{}"), "header in JSON"),
    "not UTF-8": (file_bytes(b'{"\xff":1}'), "header in JSON"),
    "lone surrogate": (file_bytes(b'{"\\ud800":1}'), "valid Unicode"),
    "nested deeply": (file_bytes(b'{"a":' + b"[" * 200_000), "header in JSON"),
    "NaN": (file_bytes(b'{"a":NaN}'), "NaN, which JSON does not have"),
    "an integer of many digits": (file_bytes(b'{"a":' + b"9" * 5000 + b"}"), "expected"),
    "duplicate name": (
        file_bytes(b'{"a":%s,"a":%s}' % ((json.dumps(entry()).encode(),) * 2), bytes(8)),
        "the name 'a' twice",
    ),
    "duplicate field": (file_bytes(b'{"a":{"dtype":"F32","dtype":"F32"}}'), "the name 'dtype' twice"),
    "metadata no object": (file_bytes({"__metadata__": []}), r"__metadata__ to be an object, got \[\]"),
    "metadata no text": (file_bytes({"__metadata__": {"a": 1}}), "'a' to be text, got 1"),
    "entry no object": (file_bytes({"a": 1}), "tensor 'a': expected dtype, shape and data_offsets, got 1"),
    "field missing": (
        file_bytes({"a": {"dtype": "F32", "shape": []}}),
        "expected dtype, shape and data_offsets",
    ),
    "field unknown": (file_bytes({"a": entry(extra=1)}, bytes(8)), "expected dtype, shape and data_offsets"),
    "dtype unknown": (
        file_bytes({"a": entry("F31")}, bytes(8)),
        "expected a dtype among BOOL, .*, got 'F31'",
    ),
    "dtype NumPy lacks": (file_bytes({"a": entry("BF16", (4,))}, bytes(8)), "got 'BF16'"),
    "dtype no text": (file_bytes({"a": entry(["F32"])}, bytes(8)), "expected a dtype among"),
    "shape no list": (file_bytes({"a": {**entry(), "shape": 2}}, bytes(8)), "a shape of integers, got 2"),
    "shape of floats": (
        file_bytes({"a": entry(shape=(2.0,))}, bytes(8)),
        r"a shape of integers, got \[2.0\]",
    ),
    "shape of bools": (file_bytes({"a": entry(shape=(True, 2))}, bytes(8)), "a shape of integers"),
    "negative axis": (file_bytes({"a": entry(shape=(-2,))}, bytes(8)), "axes between 0 and .*, got -2"),
    "two negative axes": (file_bytes({"a": entry(shape=(-2, -1))}, bytes(8)), "axes between 0 and"),
    "huge axis": (file_bytes({"a": entry(shape=(2**63,))}, bytes(8)), "axes between 0 and"),
    "product that overflows 64 bits": (
        file_bytes({"a": entry(shape=(2**32, 2**32, 1), offsets=(0, 0))}),
        "expected an array of at most",
    ),
    "empty and huge": (
        file_bytes({"a": entry(shape=(0, 2**62, 2**62), offsets=(0, 0))}),
        "an array of at most",
    ),
    "too many axes": (
        file_bytes({"a": entry(shape=(1,) * 33, offsets=(0, 4))}, bytes(4)),
        "at most 32 axes, got 33",
    ),
    "one offset": (file_bytes({"a": entry(offsets=(0,))}, bytes(8)), "data_offsets of two integers"),
    "offset no integer": (
        file_bytes({"a": entry(offsets=(0, 8.0))}, bytes(8)),
        "data_offsets of two integers",
    ),
    "offsets reversed": (file_bytes({"a": entry(offsets=(8, 0))}, bytes(8)), "expected 8 bytes for F32"),
    "offsets too close": (
        file_bytes({"a": entry(offsets=(0, 4))}, bytes(4)),
        "expected 8 bytes for F32 of shape",
    ),
    "offsets negative": (
        file_bytes({"a": entry(offsets=(-8, 0))}, bytes(8)),
        r"begin at 0, got -8 \(an overlap\)",
    ),
    "hole at the start": (
        file_bytes({"a": entry(offsets=(8, 16))}, bytes(16)),
        r"begin at 0, got 8 \(a hole\)",
    ),
    "hole between": (
        file_bytes({"a": entry(), "b": entry(offsets=(12, 20))}, bytes(20)),
        r"tensor 'b': .* begin at 8, got 12 \(a hole\)",
    ),
    "overlap": (file_bytes({"a": entry(), "b": entry(offsets=(4, 12))}, bytes(12)), r"got 4 \(an overlap\)"),
    "same bytes twice": (file_bytes({"a": entry(), "b": entry()}, bytes(8)), "an overlap"),
    "data cut short": (
        file_bytes({"a": entry()}, bytes(7)),
        r"expected 8 bytes of data, got 7 \(cut short\)",
    ),
    "data missing": (file_bytes({"a": entry()}), "expected 8 bytes of data, got 0"),
    "data too long": (file_bytes({"a": entry()}, bytes(9)), "got 9 .bytes that belong to no tensor"),
    "huge claim": (file_bytes({"a": entry(shape=(2**40,), offsets=(0, 2**42))}, bytes(8)), "cut short"),
    "bool of another value": (
        file_bytes({"a": entry("BOOL", (2,), (0, 2))}, b"\x01\x02"),
        "bytes 0 and 1 for BOOL",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_file_is_refused_with_its_name_and_what_was_expected(tmp_path, case):
    content, message = BROKEN[case]
    path = tmp_path / "broken.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=message) as caught:
        read_safetensors(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert len(str(caught.value)) < 600 + len(str(path))


def test_empty_tensors_may_share_an_offset(tmp_path):
    header = {"a": entry(shape=(0,), offsets=(0, 0)), "b": entry(), "c": entry(shape=(0, 3), offsets=(8, 8))}
    (tmp_path / "m").write_bytes(file_bytes(header, bytes(8)))
    assert {name: x.shape for name, x in read_safetensors(tmp_path / "m")[0].items()} == {
        "a": (0,), "b": (2,), "c": (0, 3),
    }  # fmt: skip


def small_file():
    header = {
        "__metadata__": {"k": "ä"},
        "w": entry("F32", (2, 1), (0, 8)),
        "b": entry("BOOL", (3,), (8, 11)),
        "e": entry("I16", (0, 4), (11, 11)),
    }
    return file_bytes(json.dumps(header, ensure_ascii=False).encode() + b"  ", bytes(range(8)) + b"\0\1\1")


def test_every_truncation_is_refused(tmp_path):
    content, path = small_file(), tmp_path / "m"
    path.write_bytes(content)
    read_safetensors(path)
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ModelFileError):
            read_safetensors(path)


def test_every_corrupted_byte_is_refused_or_read(tmp_path):
    content, path = small_file(), tmp_path / "m"
    header_end = 8 + struct.unpack("<Q", content[:8])[0]
    refused = 0
    with open(path, "wb+") as file:
        for position in range(header_end):
            for value in range(256):
                corrupted = bytearray(content)
                corrupted[position] = value
                file.seek(0)
                file.write(corrupted)
                file.flush()
                try:
                    tensors, metadata = read_safetensors(path)
                except ModelFileError:
                    refused += 1
                else:
                    assert sum(x.nbytes for x in tensors.values()) == len(content) - header_end
                    assert all(isinstance(text, str) for pair in metadata.items() for text in pair)
    assert refused > header_end * 200


def test_reading_allocates_no_more_than_the_file_holds(tmp_path):
    import tracemalloc

    header = {"a": entry("U8", (2**36,), (0, 2**36))}
    (tmp_path / "m").write_bytes(file_bytes(header, bytes(100)))
    tracemalloc.start()
    with pytest.raises(ModelFileError):
        read_safetensors(tmp_path / "m")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_safetensors(tmp_path / "none")
    with pytest.raises(IsADirectoryError if os.name == "posix" else PermissionError):
        read_safetensors(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelFileError, match="got a pipe"):
        read_safetensors(tmp_path / "pipe")


def test_header_at_the_bound_is_the_writers_limit(tmp_path, monkeypatch):
    module = sys.modules["nativecnn.formats.safetensors"]
    monkeypatch.setattr(module, "MAXIMUM_HEADER_LENGTH", 64)
    with pytest.raises(ValueError, match="expected a header of at most 64 bytes, got 80"):
        write_safetensors(tmp_path / "m", {"x": np.ones(2, np.float32)}, {"k": "v"})
    assert os.listdir(tmp_path) == []
