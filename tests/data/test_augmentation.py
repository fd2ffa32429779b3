"""Transforms: what they do to images, on what that depends, and that both backends do the same."""

import math

import numpy as np
import pytest

import nativecnn
import nativecnn.reference
from nativecnn.data import Augmented, RandomCrop, RandomFlip, RandomRotation, RandomTranslation, Transform
from nativecnn.data.rotation import rotation_matrices, sine_and_cosine
from nativecnn.random import Stream

X = Stream(1, "x").uniform((40, 9, 7, 3))
BYTES = (X * 255).astype(np.uint8)


def changed(transforms, x=X, epoch=0, seed=0, batch_size=40):
    sequence = Augmented(x, transforms=transforms, batch_size=batch_size, shuffle=False).in_epoch(epoch, seed)
    return np.concatenate([sequence[index] for index in range(len(sequence))])


ALL = [
    RandomTranslation(0.3, (0.0, 0.4), "constant", 7.0),
    RandomFlip(),
    RandomCrop(7, 6),
    RandomRotation(0.2, "nearest"),
]


# What they do


@pytest.mark.parametrize(
    "mode, axes",
    [("horizontal", [(), (1,)]), ("vertical", [(), (0,)]), ("horizontal_and_vertical", [(), (0,), (1,), (0, 1)])],
)
@pytest.mark.parametrize("x", [X, BYTES], ids=["float32", "uint8"])
def test_flips(mode, axes, x):
    y = changed(RandomFlip(mode), x)
    assert y.dtype == x.dtype
    seen = {
        axis
        for axis in axes
        for image, flipped in zip(x, y, strict=True)
        if np.array_equal(np.flip(image, axis), flipped)
    }
    which = [
        [np.array_equal(np.flip(image, axis), flipped) for axis in axes] for image, flipped in zip(x, y, strict=True)
    ]
    assert seen == set(axes) and all(sum(found) == 1 for found in which)


@pytest.mark.parametrize(
    "fill_mode, padding", [("constant", "constant"), ("nearest", "edge"), ("wrap", "wrap"), ("reflect", "symmetric")]
)
def test_translations(fill_mode, padding):
    fill = {"constant_values": 4} if fill_mode == "constant" else {}
    for x in (X, BYTES):
        y = changed(RandomTranslation((-0.4, 0.3), 0.3, fill_mode, 4.0), x)
        shifts = set()
        for image, shifted in zip(x, y, strict=True):
            wide = np.pad(image, ((9, 9), (7, 7), (0, 0)), padding, **fill)
            found = [
                (down, right)
                for down in range(-3, 3)
                for right in range(-2, 3)
                if np.array_equal(wide[9 - down : 18 - down, 7 - right : 14 - right], shifted)
            ]
            assert len(found) == 1
            shifts |= set(found)
        assert {down for down, _ in shifts} == set(range(-3, 3)) and {right for _, right in shifts} == set(range(-2, 3))


def test_crops():
    y = changed(RandomCrop(7, 5))
    assert y.shape == (40, 7, 5, 3)
    places = [
        [(h, w) for h in range(3) for w in range(3) if np.array_equal(image[h : h + 7, w : w + 5], part)]
        for image, part in zip(X, y, strict=True)
    ]
    assert all(len(found) == 1 for found in places) and len({found[0] for found in places}) == 9


def test_rotations_by_right_angles_are_copies():
    square = X[:, :7]
    for turns, times in ((0.25, 1), (0.5, 2), (-0.25, 3), (1.0, 0), (-1.0, 0)):
        y = changed(RandomRotation((turns, turns), "constant"), square)
        assert np.array_equal(y, np.rot90(square, times, axes=(1, 2)))


def test_a_rotation_is_that_of_its_matrix():
    y = changed(RandomRotation(0.1, "wrap"), BYTES)
    words = Stream(0, "augmentation", 0, "RandomRotation").bits(160)[::4]
    turns = -0.1 + (0.1 - -0.1) * ((words >> np.uint64(11)).astype(np.float64) * 2.0**-53)
    expected = np.empty(X.shape, np.float32)
    matrices = rotation_matrices(turns, (9, 7))
    nativecnn.reference.affine_bilinear(BYTES.astype(np.float32), matrices, "wrap", np.float32(0), expected)
    assert y.dtype == np.float32 and y.tobytes() == expected.tobytes()
    assert len(np.unique(turns)) == 40 and -0.1 <= turns.min() < -0.05 and 0.05 < turns.max() < 0.1


def test_sines_and_cosines_are_right():
    turns = np.concatenate([np.linspace(-1, 1, 2001), np.array([0.125, -0.125, 1e-300, 2.0**-60])])
    sines, cosines = sine_and_cosine(turns)
    for turn, sine, cosine in zip(turns.tolist(), sines.tolist(), cosines.tolist(), strict=True):
        assert abs(sine - math.sin(2 * math.pi * turn)) < 1e-15 and abs(cosine - math.cos(2 * math.pi * turn)) < 1e-15
    quarters = sine_and_cosine(np.array([0.0, 0.25, 0.5, 0.75, -0.25]))
    assert [part.tolist() for part in quarters] == [[0, 1, 0, -1, -1], [1, 0, -1, 0, 0]]


def test_transforms_follow_each_other():
    first, second = RandomFlip("vertical"), RandomCrop(3, 3)
    together = changed([first, second])
    sequence = Augmented(changed([first]), transforms=[_NoChange(), second], batch_size=40, shuffle=False)
    assert np.array_equal(together, sequence.in_epoch(0, 0)[0])


class _NoChange(Transform):
    def apply(self, images, words, kernels):
        assert words.shape == (len(images), 0)
        return images


# On what it depends


@pytest.mark.parametrize("batch_size", [1, 7, 16])
def test_a_sample_is_changed_in_the_same_way_in_any_batch(batch_size):
    assert changed(ALL, batch_size=batch_size, epoch=3).tobytes() == changed(ALL, epoch=3).tobytes()
    data = Augmented(X, np.arange(40), ALL, batch_size).in_epoch(3, 0)
    parts = [data[index] for index in range(len(data))]
    numbers = np.concatenate([numbers for _, numbers in parts])
    assert np.concatenate([images for images, _ in parts]).tobytes() == changed(ALL, epoch=3)[numbers].tobytes()


def test_epochs_seeds_and_places_differ():
    results = [changed(ALL), changed(ALL, epoch=1), changed(ALL, seed=1), changed([RandomFlip(), RandomFlip()])]
    assert len({result.tobytes() for result in results}) == 4
    once, twice = changed(RandomFlip("vertical")), changed([RandomFlip("vertical"), RandomFlip("vertical")])
    assert not np.array_equal(twice, X) and not np.array_equal(once, twice)


@pytest.mark.parametrize("transform", ALL, ids=lambda transform: type(transform).__name__)
@pytest.mark.parametrize("x", [X, BYTES], ids=["float32", "uint8"])
def test_both_backends_give_the_same_bits(transform, x):
    results = []
    for backend in ("native", "reference"):
        with nativecnn.use_backend(backend):
            results.append(changed(transform, x).tobytes())
    assert results[0] == results[1]


# What is refused


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: RandomFlip("diagonal"), "RandomFlip: mode"),
        (lambda: RandomTranslation(2, 0), "RandomTranslation: height_factor"),
        (lambda: RandomTranslation(0, (0.5, 0.1)), "width_factor: expected the smaller number first"),
        (lambda: RandomTranslation(0, (0.5,)), "width_factor: expected a number or a pair"),
        (lambda: RandomTranslation(0, 0, "mirror"), "RandomTranslation: fill_mode"),
        (lambda: RandomTranslation(0, 0, fill_value="x"), "RandomTranslation: fill_value"),
        (lambda: RandomRotation(math.nan), "RandomRotation: factor"),
        (lambda: RandomCrop(0, 3), "RandomCrop: height"),
        (lambda: RandomCrop(3, 1.5), "RandomCrop: width"),
        (lambda: Augmented(X, transforms=[RandomCrop(10, 3)]), r"RandomCrop: expected images of at least \(10, 3\)"),
        (lambda: Augmented(X, transforms=RandomTranslation((0.15, 0.2), 0)), "whole number of pixels between"),
        (lambda: Augmented(X, transforms=["flip"]), "expected transforms of nativecnn.data, got 'flip'"),
        (lambda: Augmented(X[0]), r"expected images \(samples, rows, columns, channels\), got \(9, 7, 3\)"),
        (lambda: Augmented(X.astype(str)), "dtype"),
        (lambda: Augmented(X, np.zeros(3)), "y: expected one entry for each of 40 samples"),
        (lambda: Augmented(X, [np.zeros(40), np.zeros(3)]), r"y\[1\]: expected one entry"),
        (lambda: Augmented(X, {"a": np.zeros(3)}), r"y\['a'\]: expected one entry"),
        (lambda: Augmented(X, np.zeros(40), sample_weight=np.zeros(2)), "sample_weight: expected one entry"),
        (lambda: Augmented(X, sample_weight=np.zeros(40)), "sample_weight: expected none without targets"),
        (lambda: Augmented(X, batch_size=0), "batch_size"),
        (lambda: Augmented(X, seed=-1), "seed"),
        (lambda: changed(RandomTranslation(0.3, 0.3, "constant", 0.5), BYTES), "whole number to 255, got 0.5"),
    ],
)
def test_wrong_settings_are_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


@pytest.mark.parametrize(
    "result",
    [lambda x: x.astype(object), lambda x: x.astype(float), lambda x: x[:, 1:], lambda x: x[1:], lambda x: x[0]],
)
def test_what_a_transform_of_ones_own_returns_is_checked(result):
    class Own(Transform):
        def apply(self, images, words, kernels):
            return result(images)

    with pytest.raises(ValueError, match="Own: expected images of uint8 or float32, shape"):
        changed([Own(), RandomFlip()])


def test_a_batch_that_is_not_there_is_refused():
    with pytest.raises(IndexError):
        Augmented(X)[2]
