"""The receptive field against brute force: nudge a pixel, see which activations change."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Input, Model, Sequential, applications, layers
from nativecnn.random import Stream
from nativecnn.visualize import ReceptiveField, receptive_field

IMAGE = (17, 16, 1)


def conv(kernel_size, **settings):
    return layers.Conv2D(2, kernel_size, activation="relu", **settings)


CHAINS = {
    "convolution": lambda: [conv(3)],
    "uneven kernels and strides": lambda: [conv((3, 2), strides=(2, 1)), conv((1, 4), strides=(1, 3))],
    "padded": lambda: [conv(3, padding="same"), conv(5, padding=((2, 1), (0, 3)), strides=2)],
    "dilated": lambda: [conv(3, dilation_rate=2), conv((2, 3), dilation_rate=(3, 1))],
    "pooled": lambda: [conv(3), layers.MaxPooling2D(2), conv(3), layers.AveragePooling2D(2)],
    "overlapping windows": lambda: [
        layers.MaxPooling2D(3, strides=2),
        conv(2, strides=2),
        layers.MaxPooling2D(2, strides=1),
    ],
    "partial windows": lambda: [conv(3), layers.MaxPooling2D(3, ceil_mode=True), conv(2)],
    "padded windows": lambda: [layers.AveragePooling2D(3, strides=2, padding="same"), conv(3, padding="same")],
    "padding and cropping": lambda: [
        layers.ZeroPadding2D(((3, 0), (1, 2))),
        conv(3, strides=2),
        layers.Cropping2D(((1, 2), (0, 1))),
        layers.MaxPooling2D(2),
    ],
    "pixel by pixel": lambda: [
        conv(3),
        layers.BatchNormalization(),
        layers.Dropout(0.5),
        layers.LocalResponseNormalization(),
        layers.Activation("softplus"),
        layers.DepthwiseConv2D(3, strides=2),
    ],
}


@pytest.fixture(params=CHAINS, ids=str)
def chain(request):
    """A chain in which a larger pixel changes all it can reach: weights above 0, no maximum that stays."""
    model = Sequential(CHAINS[request.param]())
    model.build(IMAGE)
    for layer in model.layers:
        if "kernel" in layer.weights:
            layer.weights["kernel"] = Stream(0, layer.name).uniform(layer.weights["kernel"].shape) + np.float32(0.5)
    return model


def pixels_that_matter(model):
    """Return, for each activation of the last layer, which pixels of an image change it: (rows, columns, image)."""
    rows, columns, channels = IMAGE
    image = Stream(0, "image").uniform(IMAGE)
    nudged = np.repeat(image[None], rows * columns, axis=0)
    nudged.reshape(rows * columns, rows * columns)[np.diag_indices(rows * columns)] += 100
    changed = (model.predict(nudged) != model.predict(image[None])).any(axis=-1)
    return changed.transpose(1, 2, 0).reshape(*changed.shape[1:], rows, columns)


def surrounding_box(pixels):
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    return [rows[0], columns[0], rows[-1] + 1, columns[-1] + 1]


def test_only_pixels_of_the_box_change_an_activation(chain):
    field, matters = receptive_field(chain, chain.layers[-1]), pixels_that_matter(chain)
    for position in np.ndindex(matters.shape[:2]):
        top, left, bottom, right = field.boxes(position)
        outside = np.ones(IMAGE[:2], bool)
        outside[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = False
        assert not (matters[position] & outside).any(), position


def test_boxes_within_the_image_are_no_larger_than_needed(chain):
    field, matters = receptive_field(chain, chain.layers[-1]), pixels_that_matter(chain)
    compared = 0
    for position in np.ndindex(matters.shape[:2]):
        top, left, bottom, right = box = field.boxes(position)
        if min(top, left) >= 0 and bottom <= IMAGE[0] and right <= IMAGE[1]:
            assert surrounding_box(matters[position]) == list(box), position
            compared += 1
    assert compared


def test_the_input_of_a_chain_sees_itself():
    model = Sequential([layers.Activation("relu", input_shape=IMAGE)])
    assert receptive_field(model, model.layers[0]) == ReceptiveField((1, 1), (1, 1), (0, 0))


def test_of_vgg16_as_known():
    model = applications.VGG16(include_top=False, input_shape=(224, 224, 3))
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    sizes = [receptive_field(model, layer).size[0] for layer in convolutions]
    assert sizes == [3, 5, 10, 14, 24, 32, 40, 60, 76, 92, 132, 164, 196]


def test_boxes_of_many_positions():
    field = ReceptiveField(size=(3, 4), stride=(2, 1), offset=(-1, 0))
    assert field.boxes([[0, 0], [2, 5]]).tolist() == [[-1, 0, 2, 4], [3, 5, 6, 9]]
    assert field.boxes((1, 1)).tolist() == [1, 1, 4, 5]
    assert field.boxes(np.zeros((2, 3, 2), np.uint8)).shape == (2, 3, 4)
    with pytest.raises(TypeError, match="expected positions to be integers"):
        field.boxes([0.5, 1])
    with pytest.raises(ValueError, match=r"expected positions of shape \(…, 2\), got \(3,\)"):
        field.boxes([1, 2, 3])


def test_branches_after_and_beside_the_chain_do_not_matter():
    x = Input((6, 6, 2))
    stem = layers.Conv2D(2, 3, padding="same", name="stem")(x)
    joined = layers.Add(name="sum")([stem, layers.Conv2D(2, 1, name="side")(stem)])
    model = Model(x, layers.Conv2D(1, 3, name="last")(joined))
    assert receptive_field(model, "side") == ReceptiveField((3, 3), (1, 1), (-1, -1))
    with pytest.raises(
        ValueError, match=r"from the input to layer 'last' \(Conv2D\), got layer 'sum' \(Add\), in which 2"
    ):
        receptive_field(model, "last")


def test_errors_name_the_layer():
    nativecnn.set_random_seed(0)
    part = Sequential([layers.Conv2D(2, 3, input_shape=(6, 6, 2))], name="part")
    model = Sequential([part, layers.UpSampling2D(2), layers.Conv2D(1, 3), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(
        ValueError, match=r"expected on the way to the input layers among Conv2D, .*, got layer 'up_samp"
    ):
        receptive_field(model, model.layers[2])
    with pytest.raises(ValueError, match="got model 'part'"):
        receptive_field(model, part)
    with pytest.raises(ValueError, match=r"got layer 'dense' \(Dense\) with output \(2,\)"):
        receptive_field(model, "dense")
    with pytest.raises(ValueError, match="expected as layer one of part, .*, got 'conv2d_9'"):
        receptive_field(model, "conv2d_9")
    with pytest.raises(TypeError, match="receptive_field: expected a model, got None"):
        receptive_field(None, "conv2d")
    shared, x = layers.Conv2D(1, 1), Input((4, 4, 1))
    with pytest.raises(ValueError, match="expected a layer that is applied once"):
        receptive_field(Model(x, shared(shared(x))), shared)
    y = Input((4, 4, 1))
    with pytest.raises(ValueError, match="expected a model of one input, got model 'model' of 2"):
        receptive_field(Model([x, y], layers.Add(name="sum")([x, y])), "sum")
