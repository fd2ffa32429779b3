"""Kernels that take pixels from other places: both backends bit for bit."""

import numpy as np
import pytest

from nativecnn import _kernels, reference, threads
from nativecnn.data.augmentation import FILL_MODES
from support import assert_same_bits, random_array

SIZES = [(0, 2, 2, 1), (2, 3, 3, 0), (1, 1, 1, 1), (2, 5, 7, 3), (3, 9, 4, 1), (1, 17, 16, 33), (40, 28, 28, 1)]


def both(name, *arguments, shape, dtype=np.float32):
    results = []
    for backend in (_kernels, reference):
        y = np.zeros(shape, dtype)
        getattr(backend, name)(*arguments, y)
        results.append(y)
    return results


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("size", [(1, 1), (6, 5)])
def test_take_pixels(shape, size, dtype):
    generator = np.random.default_rng(1)
    x = random_array(1, shape, "special") if dtype == np.float32 else generator.integers(0, 256, shape, np.uint8)
    rows = generator.integers(-1, shape[1], (shape[0], size[0]))
    columns = generator.integers(-1, shape[2], (shape[0], size[1]))
    fill = np.arange(shape[3]).astype(dtype)
    x.flags.writeable = False
    native, expected = both("take_pixels", x, rows, columns, fill, shape=(shape[0], *size, shape[3]), dtype=dtype)
    assert native.tobytes() == expected.tobytes()


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("values", ["plain", "tiny", "huge", "special"])
def test_affine_bilinear(shape, fill_mode, values):
    generator = np.random.default_rng(2)
    x = random_array(2, shape, values)
    matrices = generator.standard_normal((shape[0], 2, 3)) * [[1, 1, 9], [1, 1, 9]]
    matrices[:1] = [[1, 0, 0], [0, 1, 0]]
    matrices[-1:] *= 1e6
    native, expected = both(
        "affine_bilinear", x, matrices, fill_mode, np.float32(0.1), shape=(shape[0], 11, 6, shape[3])
    )
    assert_same_bits(native, expected)


def test_bits_do_not_depend_on_threads():
    x = np.random.default_rng(3).standard_normal((8, 64, 64, 3)).astype(np.float32)
    matrices = np.random.default_rng(4).standard_normal((8, 2, 3))
    results = set()
    for count in (1, 2, 3):
        with threads(count):
            y = np.empty_like(x)
            _kernels.affine_bilinear(x, matrices, "reflect", 0.0, y)
            results.add(y.tobytes())
    assert len(results) == 1
