import hashlib
import itertools

import numpy as np
import pytest

import nativecnn
from nativecnn.datasets import make_x_or_o
from nativecnn.datasets.x_or_o import VARIATIONS
from nativecnn.networks import x_or_o

PLAIN_X = """
    .........
    .#.....#.
    ..#...#..
    ...#.#...
    ....#....
    ...#.#...
    ..#...#..
    .#.....#.
    .........
"""
PLAIN_O = """
    .........
    ...###...
    ..#...#..
    .#.....#.
    .#.....#.
    .#.....#.
    ..#...#..
    ...###...
    .........
"""


def drawn(picture):
    """Return a picture of −1 and 1 in dots and #."""
    return [["." if value == -1 else "#" if value == 1 else "?" for value in row] for row in picture[:, :, 0]]


def test_pictures_are_the_same_bits_everywhere():
    x, y = make_x_or_o(500, seed=3)
    digest = hashlib.sha256(x.astype("<f4").tobytes() + y.astype("<i8").tobytes())
    assert digest.hexdigest() == "8671774357c49f9cbd8b1fe528446ee2089f5cac19275440425c33da7040943f"


def test_shapes_and_values():
    x, y = make_x_or_o(300)
    assert x.shape == (300, 9, 9, 1) and x.dtype == np.float32
    assert y.shape == (300,) and y.dtype == np.int64 and set(y) == {0, 1}
    assert x.min() == -1 and x.max() == 1 and 120 < y.sum() < 180
    x, y = make_x_or_o(0)
    assert x.shape == (0, 9, 9, 1) and y.shape == (0,)


def test_without_variations_they_are_those_of_the_lecture():
    x, y = make_x_or_o(20, variations=())
    for picture, label in zip(x, y, strict=True):
        assert drawn(picture) == [list(line) for line in (PLAIN_O if label else PLAIN_X).split()]


def test_the_first_of_many_are_those_of_few():
    few, many = make_x_or_o(7, 1), make_x_or_o(50, 1)
    assert all(np.array_equal(a, b[:7]) for a, b in zip(few, many, strict=True))
    assert not np.array_equal(make_x_or_o(50, 2)[0], many[0])


@pytest.mark.parametrize("count", range(5))
def test_every_variation_varies_on_its_own(count):
    pictures = {chosen: make_x_or_o(40, variations=chosen)[0] for chosen in itertools.combinations(VARIATIONS, count)}
    for chosen, x in pictures.items():
        # A larger X in thin strokes differs in its ends alone.
        unique = len(np.unique(x, axis=0))
        assert unique == 2 if not chosen else unique > 20 if chosen == ("scaling",) else unique == 40, chosen
    assert len({x.tobytes() for x in pictures.values()}) == len(pictures)
    labels = {make_x_or_o(40, variations=chosen)[1].tobytes() for chosen in pictures}
    assert len(labels) == 1


def ink(x):
    return ((x + 1) / 2).sum(axis=(1, 2, 3))


def centre(x):
    """Return the row and column of the ink's centre, from the picture's."""
    weights = ((x + 1) / 2)[:, :, :, 0] / ink(x)[:, None, None]
    place = np.arange(9) - 4
    return np.stack([(weights * place[:, None]).sum(axis=(1, 2)), (weights * place).sum(axis=(1, 2))])


def test_variations_do_what_they_are_called():
    plain, labels = make_x_or_o(200, variations=())
    moved = make_x_or_o(200, variations="translation")[0]
    assert abs(centre(plain)).max() < 1e-5 < 0.7 < abs(centre(moved)).max() < 1.01
    thick = make_x_or_o(200, variations=["weight"])[0]
    assert (ink(thick) > 1.5 * ink(plain)).any() and abs(centre(thick)).max() < 1e-5
    scaled = make_x_or_o(200, variations=["scaling"])[0]
    assert (ink(scaled) < 0.8 * ink(plain)).any() and (ink(scaled) > 1.02 * ink(plain)).any()
    turned = make_x_or_o(200, variations=["rotation"])[0]
    assert abs(centre(turned)).max() < 1e-5 and abs(ink(turned) / ink(plain) - 1).max() < 0.3
    # Turned by half a turn they look the same, mirrored they do not.
    assert np.allclose(turned, turned[:, ::-1, ::-1], atol=1e-5)
    assert (abs(turned - turned[:, :, ::-1]).max(axis=(1, 2, 3))[labels == 0] > 0.5).mean() > 0.5


def test_strength_says_how_far_the_variations_go():
    plain, usual = make_x_or_o(200, variations=())[0], make_x_or_o(200)[0]
    np.testing.assert_array_equal(make_x_or_o(200, strength=0)[0], plain)
    np.testing.assert_array_equal(make_x_or_o(200, strength=1)[0], usual)
    farther = {chosen: make_x_or_o(200, variations=chosen, strength=2)[0] for chosen in VARIATIONS}
    assert 1.2 < abs(centre(farther["translation"])).max() < 2.01
    assert ink(farther["weight"]).max() > 1.4 * ink(make_x_or_o(200, variations="weight")[0]).max()
    # The smallest letters cover three by three pixels.
    around = farther["scaling"].copy()
    around[:, 3:6, 3:6] = -1
    assert (around.max(axis=(1, 2, 3)) <= 0).any()
    # An X turned by 41 degrees is nearly an upright cross: it has ink right above the centre, where no other X has any.
    labels, turned = make_x_or_o(200)[1], make_x_or_o(200, variations="rotation")[0]
    assert farther["rotation"][labels == 0][:, 1, 4].max() > 0 > turned[labels == 0][:, 1, 4].max()


def test_labels_do_not_depend_on_the_strength():
    np.testing.assert_array_equal(make_x_or_o(50, 4, strength=0.3)[1], make_x_or_o(50, 4, strength=2.0)[1])


def test_a_network_tells_them_apart():
    model = x_or_o((9, 9, 1), 2)
    model.compile(nativecnn.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
    model.fit(*make_x_or_o(1000), epochs=3, verbose=0)
    assert model.evaluate(*make_x_or_o(1000, seed=1))[1] > 0.99


@pytest.mark.parametrize(
    "arguments, options, error, message",
    [
        ((1.5,), {}, TypeError, "samples: expected an integer, got 1.5"),
        ((-1,), {}, ValueError, "samples: expected an integer of at least 0, got -1"),
        ((3, -1), {}, ValueError, "seed: expected an integer of at least 0, got -1"),
        ((3, "a"), {}, TypeError, "seed: expected an integer, got 'a'"),
        ((3,), {"variations": ["weight", "colour"]}, ValueError, "variations: expected some of .*, got 'colour'"),
        ((3,), {"variations": "colour"}, ValueError, "got 'colour'"),
        ((3,), {"strength": -0.1}, ValueError, r"strength: expected a number in \[0, 2\], got -0.1"),
        ((3,), {"strength": 2.5}, ValueError, r"strength: expected a number in \[0, 2\], got 2.5"),
        ((3,), {"strength": "strong"}, TypeError, "strength: expected a number, got 'strong'"),
    ],
)
def test_wrong_arguments_are_refused(arguments, options, error, message):
    with pytest.raises(error, match=f"make_x_or_o: {message}" if "expected" in message else message):
        make_x_or_o(*arguments, **options)
