import sys

import numpy as np
import pytest

from nativecnn.datasets import load_digits, load_mnist
from nativecnn.formats import DataFileError, write_idx
from support.data import real_data

STANDARD_NAMES = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]


def write_small_mnist(folder, ending="", dot=False):
    rng = np.random.default_rng(0)
    arrays = [
        rng.integers(0, 256, (6, 5, 4)).astype(np.uint8),
        rng.integers(0, 10, 6).astype(np.uint8),
        rng.integers(0, 256, (3, 5, 4)).astype(np.uint8),
        rng.integers(0, 10, 3).astype(np.uint8),
    ]
    for name, array in zip(STANDARD_NAMES, arrays, strict=True):
        write_idx(folder / ((name.replace("-idx", ".idx") if dot else name) + ending), array)
    return arrays


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("dot", [False, True])
def test_the_standard_names_are_found(tmp_path, ending, dot):
    expected = write_small_mnist(tmp_path, ending, dot)
    (x_train, y_train), (x_test, y_test) = load_mnist(tmp_path)
    for array, other in zip((x_train, y_train, x_test, y_test), expected, strict=True):
        assert np.array_equal(array, other)
    assert x_train.dtype == x_test.dtype == np.uint8
    assert y_train.dtype == y_test.dtype == np.int64


def test_scaled_images_are_as_networks_take_them(tmp_path):
    write_small_mnist(tmp_path, "", False)
    bytes_read, scaled = load_mnist(tmp_path), load_mnist(tmp_path, scaled=True)
    for (images, labels), (scaled_images, scaled_labels) in zip(bytes_read, scaled, strict=True):
        assert scaled_images.dtype == np.float32
        assert np.array_equal(scaled_images, (images.astype(np.float64) / 255).astype(np.float32)[..., np.newaxis])
        assert np.array_equal(labels, scaled_labels)


def test_missing_folder_and_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="none: expected a folder .*, got no such folder"):
        load_mnist(tmp_path / "none")
    with pytest.raises(
        FileNotFoundError, match="train-images-idx3-ubyte, .* or train-images.idx3-ubyte.gz, got none"
    ) as e:
        load_mnist(tmp_path)
    assert "train-images-idx3-ubyte.gz" in str(e.value) and str(tmp_path) in str(e.value)
    write_small_mnist(tmp_path)
    for name in STANDARD_NAMES:
        (tmp_path / name).rename(tmp_path / "away")
        with pytest.raises(FileNotFoundError, match=name):
            load_mnist(tmp_path)
        (tmp_path / "away").rename(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="expected a folder .*, got a file"):
        load_mnist(tmp_path / STANDARD_NAMES[0])


def test_files_that_do_not_go_together_are_refused(tmp_path):
    images, labels, _, _ = write_small_mnist(tmp_path)
    for name, array, message in [
        (STANDARD_NAMES[1], labels[:-1], "expected 6 labels as in .*, got 5"),
        (
            STANDARD_NAMES[1],
            images,
            r"expected labels of dtype uint8 and 1 axes, got uint8 of shape \(6, 5, 4\)",
        ),
        (STANDARD_NAMES[0], labels, "expected images of dtype uint8 and 3 axes"),
        (STANDARD_NAMES[0], images.astype(np.float32), "expected images of dtype uint8 .*, got float32"),
        (STANDARD_NAMES[0], images[:, :, 1:], r"expected images of \(5, 3\) as in .*, got \(5, 4\)"),
    ]:
        whole = (tmp_path / name).read_bytes()
        write_idx(tmp_path / name, array)
        with pytest.raises(DataFileError, match=message):
            load_mnist(tmp_path)
        (tmp_path / name).write_bytes(whole)
    load_mnist(tmp_path)


def test_broken_file_is_refused(tmp_path):
    write_small_mnist(tmp_path, ".gz")
    path = tmp_path / f"{STANDARD_NAMES[2]}.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataFileError, match="t10k-images.*whole gzip stream"):
        load_mnist(tmp_path)


def test_mnist_itself():
    (x_train, y_train), (x_test, y_test) = load_mnist(real_data("mnist"))
    assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
    assert y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def digits(*arguments, **keywords):
    pytest.importorskip("sklearn", reason="scikit-learn bundles the digits (extra examples)")
    return load_digits(*arguments, **keywords)


def test_digits():
    (x_train, y_train), (x_test, y_test) = digits()
    assert x_train.shape == (1438, 8, 8, 1) and x_test.shape == (359, 8, 8, 1)
    assert y_train.shape == (1438,) and y_test.shape == (359,)
    assert x_train.dtype == x_test.dtype == np.float32
    assert y_train.dtype == y_test.dtype == np.int64
    everything = np.concatenate([x_train, x_test])
    assert set(np.unique(everything * 16)) == set(range(17))
    assert set(y_test) == set(range(10))


def test_digits_are_split_without_loss_or_mixture():
    from sklearn.datasets import load_digits as sklearn_digits

    (x_train, y_train), (x_test, y_test) = digits(0.3, seed=5)
    whole = sklearn_digits()
    ours = sorted((x.tobytes(), int(y)) for x, y in zip([*x_train, *x_test], [*y_train, *y_test], strict=True))
    theirs = sorted(
        ((x / 16).astype(np.float32).tobytes(), int(y)) for x, y in zip(whole.images, whole.target, strict=True)
    )
    assert ours == theirs
    assert len(x_test) == 539


def test_digits_held_out_depend_on_the_seed_alone():
    first, second, other = digits(seed=3), digits(seed=3), digits(seed=4)
    assert np.array_equal(first[1][0], second[1][0])
    assert not np.array_equal(first[1][1], other[1][1])
    # pinned: the same on every machine and NumPy version
    assert digits()[1][1][:6].tolist() == [0, 3, 9, 5, 1, 2]


@pytest.mark.parametrize("fraction", [0, 1, -0.5, 2, 1e-9, 1 - 1e-9, float("nan")])
def test_fraction_that_leaves_a_part_empty_is_refused(fraction):
    with pytest.raises(ValueError, match="expected test_fraction"):
        digits(fraction)


def test_negative_seed_is_refused():
    with pytest.raises(ValueError, match="seed of 0 or more, got -1"):
        digits(seed=-1)


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r'pip install "nativecnn\[examples\]"'):
        load_digits()
