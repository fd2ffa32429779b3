import gzip
import os
import struct
import tracemalloc

import numpy as np
import pytest

from nativecnn.formats import DataFileError, read_idx, write_idx

CODES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def idx_bytes(code=0x08, shape=(2, 3), data=bytes(6), zero=0):
    return struct.pack(f">HBB{len(shape)}I", zero, code, len(shape), *shape) + data


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("code", CODES)
def test_round_trip_of_every_dtype(tmp_path, code, ending):
    for shape in [(7,), (2, 3, 4), (0, 5), (1, 1, 1, 1)]:
        array = np.arange(np.prod(shape)).reshape(shape).astype(np.dtype(CODES[code]).newbyteorder("="))
        path = tmp_path / f"file{ending}"
        write_idx(path, array)
        content = path.read_bytes()
        unpacked = gzip.decompress(content) if ending else content
        assert unpacked == idx_bytes(code, shape, array.astype(CODES[code]).tobytes())
        result = read_idx(path)
        assert result.dtype == array.dtype and result.dtype.isnative and result.flags.writeable
        assert np.array_equal(result, array)


def test_gzip_is_told_by_content_not_by_name(tmp_path):
    (tmp_path / "a.gz").write_bytes(idx_bytes())
    (tmp_path / "b").write_bytes(gzip.compress(idx_bytes()))
    assert read_idx(tmp_path / "a.gz").shape == read_idx(tmp_path / "b").shape == (2, 3)


def test_same_array_gives_same_bytes(tmp_path):
    for name in ("a.gz", "b.gz"):
        write_idx(tmp_path / name, np.arange(9, dtype=np.uint8))
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


BROKEN = {
    "empty": (b"", "at least 4 bytes, got 0"),
    "three bytes": (b"\0\0\x08", "at least 4 bytes, got 3"),
    "magic not zero": (idx_bytes(zero=1), "idx magic number .*, got 00 01 08 02"),
    "unknown type": (idx_bytes(code=0x0A), "idx magic number .* 08, 09, 0b, 0c, 0d, 0e, .*, got 00 00 0a 02"),
    "no axes": (idx_bytes(shape=(), data=b"\0"), "idx magic number"),
    "too many axes": (idx_bytes(shape=(1,) * 33, data=b"\0"), "at most 32 axes, got 33"),
    "axes cut short": (idx_bytes()[:11], "lengths of 2 axes, got 7 bytes"),
    "data cut short": (
        idx_bytes(data=bytes(5)),
        r"expected 6 bytes for uint8 of shape \(2, 3\), got 5 \(cut short\)",
    ),
    "data missing": (idx_bytes(data=b""), "expected 6 bytes .*, got 0"),
    "data too long": (idx_bytes(data=bytes(7)), "expected 6 bytes .*, got more"),
    "one item less": (
        idx_bytes(0x0E, (2,), bytes(15)),
        r"expected 16 bytes for float64 of shape \(2,\), got 15",
    ),
    "lying axis": (idx_bytes(shape=(2**32 - 1, 100)), "got 6 .cut short"),
    "overflowing axes": (idx_bytes(shape=(2**32 - 1,) * 3), "expected an array of at most"),
    "empty and huge": (idx_bytes(shape=(0,) + (2**32 - 1,) * 3), "expected an array of at most"),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize("case", BROKEN)
def test_broken_file_is_refused_with_its_name_and_what_was_expected(tmp_path, case, packed):
    content, message = BROKEN[case]
    path = tmp_path / "broken-idx"
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DataFileError, match=message) as caught:
        read_idx(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_every_truncation_and_corruption_of_a_gzipped_file_is_refused_or_read(tmp_path):
    content, path = gzip.compress(idx_bytes(data=bytes(range(6))), mtime=0), tmp_path / "file.gz"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(DataFileError):
            read_idx(path)
    for position in range(len(content)):
        for bit in range(8):
            corrupted = bytearray(content)
            corrupted[position] ^= 1 << bit
            path.write_bytes(corrupted)
            try:
                assert np.array_equal(read_idx(path).ravel(), np.arange(6))  # a bit of the gzip header that says little
            except DataFileError:
                pass


def test_rubbish_behind_the_gzip_stream_is_refused(tmp_path):
    (tmp_path / "file.gz").write_bytes(gzip.compress(idx_bytes()) + b"rubbish")
    with pytest.raises(DataFileError, match="whole gzip stream"):
        read_idx(tmp_path / "file.gz")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
def test_reading_allocates_no_more_than_the_file_holds(tmp_path, packed):
    content = idx_bytes(shape=(2**31, 2**9))
    (tmp_path / "file").write_bytes(gzip.compress(content) if packed else content)
    tracemalloc.start()
    with pytest.raises(DataFileError):
        read_idx(tmp_path / "file")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_missing_file_keeps_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "none")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataFileError, match="got a pipe"):
        read_idx(tmp_path / "pipe")


def test_what_idx_cannot_hold_is_not_written(tmp_path):
    for dtype in (np.int64, np.uint16, np.float16, bool, object):
        with pytest.raises(TypeError, match="expected a dtype that idx has"):
            write_idx(tmp_path / "file", np.zeros(2, dtype))
    with pytest.raises(ValueError, match="1 to 32 axes"):
        write_idx(tmp_path / "file", np.uint8(3))
    assert os.listdir(tmp_path) == []
