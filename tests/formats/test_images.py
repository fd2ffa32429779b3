import struct
import sys

import numpy as np
import pytest

from nativecnn.formats import DataFileError, read_image
from nativecnn.formats.images import resize, to_channels


def pillow():
    return pytest.importorskip("PIL.Image", reason="writes pictures with Pillow (extra examples)")


def random_bytes(*shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


@pytest.mark.parametrize(
    ("array", "white"),
    [
        (random_bytes(5, 4), 255),
        (random_bytes(5, 4, 3), 255),
        (random_bytes(5, 4) > 99, 1),
        (random_bytes(5, 4).astype(np.uint16) * 257, 65535),
        (random_bytes(5, 4).astype(">u2"), 65535),
        (random_bytes(5, 4, 1) / 255, 1),
        ((random_bytes(5, 4) / 255).astype(np.float16), 1),
        (np.asfortranarray(random_bytes(5, 4)), 255),
    ],
)
def test_array_files_come_as_values_from_zero_to_one(tmp_path, array, white):
    np.save(tmp_path / "image.npy", array)
    result = read_image(tmp_path / "image.npy")
    expected = array if array.ndim == 3 else array[:, :, np.newaxis]
    assert result.dtype == np.float32 and result.shape == expected.shape
    assert type(result) is np.ndarray  # no map that keeps the file open
    assert np.array_equal(result, (expected.astype(np.float32) / np.float32(white)))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 3), np.int64), "got int64"),
        (np.zeros((2, 3), complex), "got complex128"),
        (np.zeros((2, 3), "U2"), "got <U2"),
        (np.full((2, 3), 255.0), "from 0 to 1, got 255 to 255"),
        (np.array([[-0.5, 1]]), "from 0 to 1, got -0.5 to 1"),
        (np.array([[np.nan, 1]]), "from 0 to 1, got nan"),
        (np.array([[0, np.inf]]), "from 0 to 1, got 0 to inf"),
        (np.zeros(3), r"shape \(h, w\) or \(h, w, c\) .*, got \(3,\)"),
        (np.zeros((1, 2, 3, 1)), r"got \(1, 2, 3, 1\)"),
        (np.array(0.5), r"got \(\)"),
        (np.array([[{}]], dtype=object), "expected a .npy file with an array of numbers"),
    ],
)
def test_array_files_that_are_no_images_are_refused(tmp_path, array, message):
    path = tmp_path / "image.npy"
    np.save(path, array, allow_pickle=True)
    with pytest.raises(DataFileError, match=message) as caught:
        read_image(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_empty_image_is_refused(tmp_path):
    np.save(tmp_path / "image.npy", np.zeros((0, 3)))
    with pytest.raises(DataFileError):
        read_image(tmp_path / "image.npy")


def test_lying_array_header_is_refused_without_allocating(tmp_path):
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (9999999999, 9999999), }\n"
    (tmp_path / "image.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(9))
    with pytest.raises(DataFileError):
        read_image(tmp_path / "image.npy")


def test_archive_of_arrays_is_refused(tmp_path):
    with open(tmp_path / "image.npy", "wb") as file:
        np.savez(file, a=np.zeros(3), b=np.zeros(3))
    with pytest.raises(DataFileError, match="archive of several"):
        read_image(tmp_path / "image.npy")


@pytest.mark.filterwarnings("ignore:Reading `.npy`")
def test_every_truncation_and_corruption_of_an_array_file_is_refused_or_read(tmp_path):
    path = tmp_path / "image.npy"
    np.save(path, random_bytes(3, 4))
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(DataFileError):
            read_image(path)
    for position in [*range(75), 126, 127]:
        for value in range(position % 31, 256, 31):
            path.write_bytes(content[:position] + bytes([value]) + content[position + 1 :])
            try:
                assert read_image(path).ndim == 3
            except DataFileError:
                pass


@pytest.mark.parametrize(
    ("mode", "channels"),
    [("1", 1), ("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4), ("P", 3), ("I;16", 1)],
)
def test_pictures_keep_their_channels(tmp_path, mode, channels):
    array = {
        "1": random_bytes(5, 4) > 99,
        "L": random_bytes(5, 4),
        "I;16": random_bytes(5, 4).astype(np.uint16) * 257,
    }.get(mode, random_bytes(5, 4, max(channels, 2)))
    picture = pillow().fromarray(array) if mode != "P" else pillow().fromarray(array).convert("P")
    assert picture.mode == mode
    picture.save(tmp_path / "image.png")
    result = read_image(tmp_path / "image.png")
    assert result.dtype == np.float32 and result.shape == (5, 4, channels)
    if mode != "P":
        white = {"1": 1, "I;16": 65535}.get(mode, 255)
        assert np.array_equal(result, array.reshape(5, 4, channels).astype(np.float32) / np.float32(white))


def test_transparent_palette_has_opacity(tmp_path):
    picture = pillow().new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 255, 0])
    picture.putpixel((1, 0), 1)
    picture.save(tmp_path / "image.png", transparency=0)
    assert np.array_equal(read_image(tmp_path / "image.png"), [[[1, 0, 0, 0], [0, 1, 0, 1]]])


def test_broken_pictures_are_refused(tmp_path):
    path = tmp_path / "image.png"
    pillow().fromarray(random_bytes(40, 40)).save(path)
    content = path.read_bytes()
    for length in [0, 1, 8, 20, 40, 60, len(content) // 2]:
        path.write_bytes(content[:length])
        with pytest.raises(DataFileError, match="expected a picture that Pillow can read") as caught:
            read_image(path)
        assert str(caught.value).startswith(f"{path}: ")
    path.write_text("no picture at all")
    with pytest.raises(DataFileError):
        read_image(path)


def test_picture_of_too_many_pixels_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "image.png"
    pillow().fromarray(random_bytes(40, 40)).save(path)
    monkeypatch.setattr(pillow(), "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(DataFileError, match="decompression bomb"):
        read_image(path)


@pytest.mark.parametrize("name", ["none.npy", "none.png"])
def test_missing_file_keeps_the_systems_error(tmp_path, name):
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / name)


def test_folder_is_refused(tmp_path):
    with pytest.raises(DataFileError, match="got a folder"):
        read_image(tmp_path)


def test_without_pillow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    (tmp_path / "image.png").write_bytes(b"")
    with pytest.raises(ImportError, match=r'pip install "nativecnn\[examples\]"'):
        read_image(tmp_path / "image.png")


def test_channels():
    colour = (random_bytes(3, 2, 3) / 255).astype(np.float32)
    grey = to_channels(colour, 1)
    assert grey.dtype == np.float32 and grey.shape == (3, 2, 1)
    np.testing.assert_allclose(grey[:, :, 0], colour @ [0.299, 0.587, 0.114], rtol=1e-6)
    assert np.array_equal(to_channels(grey, 3), np.concatenate([grey] * 3, axis=2))
    assert to_channels(grey, 1) is grey
    assert np.array_equal(to_channels(np.ones((2, 2, 3), np.float32), 1), np.ones((2, 2, 1)))


def test_transparent_pixels_show_white():
    image = np.array([[[0.5, 0], [0.5, 1], [0, 0.5]]], np.float32)
    assert np.array_equal(to_channels(image, 1), [[[1], [0.5], [0.5]]])
    assert np.array_equal(to_channels(image, 3)[:, :, 2], [[1, 0.5, 0.5]])
    assert np.array_equal(to_channels(np.zeros((1, 1, 4), np.float32), 3), [[[1, 1, 1]]])


@pytest.mark.parametrize(("given", "wanted"), [(1, 2), (5, 1), (3, 4), (7, 3)])
def test_unknown_channels_are_refused(given, wanted):
    with pytest.raises(ValueError, match=f"expected an image of {wanted} channels, got {given}"):
        to_channels(np.zeros((2, 2, given), np.float32), wanted)


def test_resize():
    pillow()
    image = (random_bytes(8, 6, 3) / 255).astype(np.float32)
    assert resize(image, 5, 9).shape == (5, 9, 3)
    assert resize(image, 5, 9).dtype == np.float32
    assert np.array_equal(resize(image, 8, 6), image)
    np.testing.assert_allclose(resize(np.full((50, 50, 1), 0.3, np.float32), 8, 8), 0.3, rtol=1e-6)
    checkers = (np.indices((64, 64)).sum(axis=0) % 2).astype(np.float32)[:, :, np.newaxis]
    np.testing.assert_allclose(resize(checkers, 8, 8)[1:-1, 1:-1], 0.5, atol=1e-2)  # averaged, not picked
