"""The patches of images that excite a unit most."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Sequential, layers
from nativecnn.random import Stream
from nativecnn.visualize import cut_boxes, feature_maps, receptive_field, strongest_patches
from support.arrays import assert_same_bits


def images(count=12):
    return Stream(0, "images").uniform((count, 9, 8, 2)) - np.float32(0.5)


@pytest.fixture
def model():
    nativecnn.set_random_seed(0)
    return Sequential(
        [
            layers.Conv2D(3, 3, padding="same", activation="relu", input_shape=(9, 8, 2)),
            layers.MaxPooling2D(2),
            layers.Conv2D(4, 2, activation="relu"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def test_the_strongest_activation_of_each_image_counts(model):
    strongest = strongest_patches(model, images(), "conv2d_1", unit=2, count=5)
    maps = feature_maps(model, images(), "conv2d_1")["conv2d_1"][..., 2]
    order = sorted(range(12), key=lambda image: (-maps[image].max(), image))[:5]
    assert strongest.images.tolist() == order
    assert_same_bits(strongest.activations, np.stack([maps[image].max() for image in order]))
    assert strongest.positions.tolist() == [
        list(np.unravel_index(maps[image].argmax(), maps.shape[1:])) for image in order
    ]
    assert [array.dtype for array in strongest] == [np.float32, np.int64, np.int64, np.float32, np.int64]


def test_patches_are_what_the_unit_sees(model):
    # A unit computes the same activation from its patch alone, put into an empty image where it was.
    strongest = strongest_patches(model, images(), "conv2d_1", unit=2)
    field = receptive_field(model, "conv2d_1")
    assert strongest.patches.shape == (9, *field.size, 2)
    assert_same_bits(strongest.boxes.astype(np.float32), field.boxes(strongest.positions).astype(np.float32))
    for patch, (top, left, bottom, right), place, activation in zip(
        strongest.patches, strongest.boxes, strongest.positions, strongest.activations, strict=True
    ):
        canvas = np.zeros((9 + 2 * 10, 8 + 2 * 10, 2), np.float32)
        canvas[top + 10 : bottom + 10, left + 10 : right + 10] = patch
        alone = feature_maps(model, canvas[None, 10:19, 10:18], "conv2d_1")["conv2d_1"]
        assert_same_bits(alone[0, place[0], place[1], 2], activation)


def test_of_fewer_images_than_asked_for_all_are_given(model):
    assert len(strongest_patches(model, images(4), "conv2d", 0, count=9).patches) == 4


def test_equal_activations_come_in_the_order_of_the_images(model):
    same = np.repeat(images(1), 3, axis=0)
    assert strongest_patches(model, same, "conv2d", 1, count=2).images.tolist() == [0, 1]


def test_bits_do_not_depend_on_the_batch(model):
    whole = strongest_patches(model, images(), "conv2d_1", 1, batch_size=None)
    for batch_size in (1, 5):
        parts = strongest_patches(model, images(), "conv2d_1", 1, batch_size=batch_size)
        for one, other in zip(whole, parts, strict=True):
            assert one.tobytes() == other.tobytes()


def test_errors(model):
    with pytest.raises(ValueError, match="strongest_patches: unit: expected an integer from 0 to 3, got 4"):
        strongest_patches(model, images(), "conv2d_1", 4)
    with pytest.raises(ValueError, match="count: expected an integer of at least 1, got 0"):
        strongest_patches(model, images(), "conv2d_1", 0, count=0)
    with pytest.raises(ValueError, match="images: expected at least one, got none"):
        strongest_patches(model, images(0), "conv2d_1", 0)
    with pytest.raises(ValueError, match="strongest_patches: model 'sequential': expected images of shape"):
        strongest_patches(model, images()[..., :1], "conv2d_1", 0)
    with pytest.raises(ValueError, match=r"got layer 'dense' \(Dense\) with output \(2,\)"):
        strongest_patches(model, images(), "dense", 0)


# Boxes


def test_boxes_beyond_the_edges_are_filled_up_with_zeros():
    image = np.arange(1, 13, dtype=np.float32).reshape(1, 3, 4, 1)
    pixels = np.repeat(image, 3, axis=0)
    patches = cut_boxes(pixels, [[-1, -1, 1, 1], [2, 3, 4, 5], [3, 4, 5, 6]])
    assert patches[..., 0].tolist() == [[[0, 0], [0, 1]], [[12, 0], [0, 0]], [[0, 0], [0, 0]]]
    assert cut_boxes(image, [[1, 1, 3, 3]])[0, ..., 0].tolist() == [[6, 7], [10, 11]]
    assert cut_boxes(image, [[-5, -5, -3, -2]]).shape == (1, 2, 3, 1) and not cut_boxes(image, [[-5, -5, -3, -2]]).any()


def test_boxes_that_do_not_fit_together():
    pixels = np.zeros((2, 4, 4, 1))
    with pytest.raises(
        ValueError, match=r"expected boxes of one size of at least one pixel, got \[\[1, 1\], \[2, 2\]\]"
    ):
        cut_boxes(pixels, [[0, 0, 1, 1], [0, 0, 2, 2]])
    with pytest.raises(ValueError, match="of at least one pixel"):
        cut_boxes(pixels, [[0, 0, 0, 1], [0, 0, 0, 1]])
    with pytest.raises(ValueError, match=r"boxes: expected shape \(2, 4\), got \(1, 4\)"):
        cut_boxes(pixels, [[0, 0, 1, 1]])
    with pytest.raises(TypeError, match="boxes: expected integers, got dtype float64"):
        cut_boxes(pixels, np.zeros((2, 4)))
