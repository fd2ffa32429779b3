"""Class activation maps, and maps made as large as pictures."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Input, Model, Sequential, applications, layers, ops, output_gradients, visualize
from nativecnn.random import Stream
from support import assert_same_bits

X = Stream(1, "x").uniform((5, 12, 10, 2)) - np.float32(0.5)
CLASSES = np.array([0, 2, 1, 1, 0])


def pooled_network(activation="softmax"):
    """Return the network of Zhou et al.: maps, their means, one dense layer."""
    nativecnn.set_random_seed(4)
    return Sequential(
        [
            layers.Conv2D(8, 3, activation="relu", input_shape=(12, 10, 2)),
            layers.MaxPooling2D(2),
            layers.Conv2D(9, 2, name="last"),
            layers.BatchNormalization(),
            layers.ReLU(name="rectified"),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.5),
            layers.Dense(3, activation=activation, name="end"),
        ]
    )


def dense_network():
    nativecnn.set_random_seed(4)
    return Sequential(
        [
            layers.Conv2D(8, 3, activation="relu", input_shape=(12, 10, 2), name="first"),
            layers.MaxPooling2D(2),
            layers.Conv2D(9, 2, activation="relu", name="last"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(7, activation="tanh"),
            layers.Dense(3, activation="softmax"),
        ]
    )


@pytest.mark.parametrize("activation", ["softmax", None])
def test_after_the_mean_of_each_map_it_is_zhous_map_by_the_number_of_places(activation):
    model = pooled_network(activation)
    maps = Model(model.input, model.get_layer("rectified").output).predict(X)
    kernel = model.weights["end/kernel"].astype(np.float64)
    zhou = np.einsum("nrck,kn->nrc", maps, kernel[:, CLASSES])
    found = visualize.class_activation_map(model, X, CLASSES, rectify=False)
    assert found.shape == (5, 4, 3) and found.dtype == np.float32
    assert (found < 0).any() and (found > 0).any()
    np.testing.assert_allclose(found * 12, zhou, rtol=1e-5, atol=1e-6)
    assert_same_bits(visualize.class_activation_map(model, X, CLASSES), np.maximum(found, 0))


@pytest.mark.parametrize("name", ["first", "last"])
def test_of_any_layer_each_map_counts_by_its_mean_gradient(name):
    model = dense_network()
    at = model.get_layer(name).output
    maps = Model(model.input, at).predict(X)
    score = Model(at, model.layers[-2].output), model.layers[-1].weights["kernel"]
    # The score is linear in what the last layer takes, so its gradient there is a column of the kernel.
    gradients = output_gradients(score[0], maps, score[1].T[CLASSES]).astype(np.float64)
    expected = np.maximum(np.einsum("nrck,nk->nrc", maps, gradients.mean(axis=(1, 2))), 0)
    found = visualize.class_activation_map(model, X, CLASSES, layer=name)
    assert expected.any()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert_same_bits(visualize.class_activation_map(model, X, CLASSES, layer=model.get_layer(name)), found)


def test_by_default_the_layer_is_the_last_before_the_poolings_and_the_class_the_highest():
    model = dense_network()
    found = visualize.class_activation_map(model, X)
    assert_same_bits(found, visualize.class_activation_map(model, X, model.predict(X).argmax(1), layer="last"))


@pytest.mark.parametrize(
    "name, shape, layer",
    [
        ("GoogLeNet", (64, 48, 3), "inception_5b"),
        ("LeNet5", (28, 28, 1), "conv2"),
        ("MobileNetV2", (64, 64, 3), "last_relu6"),
        ("ResNet18", (64, 64, 3), "stage4_block2_relu"),
        ("SqueezeNet", (48, 48, 3), "conv10"),
    ],
)
def test_which_layer_is_the_last_of_networks_that_people_use(name, shape, layer):
    nativecnn.set_random_seed(4)
    model = getattr(applications, name)(5, shape)
    x = Stream(1, name).uniform((2, *shape))
    found = visualize.class_activation_map(model, x, 1, rectify=False)
    assert found.any()
    assert_same_bits(visualize.class_activation_map(model, x, 1, layer=layer, rectify=False), found)
    assert visualize.gradient_saliency(model, x, 1).any()


def test_the_map_lies_where_the_class_is_seen():
    # The score of class 1 is the mean of the bright places, that of class 0 of the dark ones.
    model = Sequential(
        [
            layers.Conv2D(2, 1, activation="relu", input_shape=(6, 6, 1)),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )
    model.set_weights([[[[[-1, 1]]]], [0, 0], [[1, 0], [0, 1]], [0, 0]])
    picture = np.zeros((1, 6, 6, 1), np.float32)
    picture[0, 1, 4], picture[0, 3, 2] = 1, -1
    for number, place in [(0, (3, 2)), (1, (1, 4))]:
        found = visualize.class_activation_map(model, picture, number)[0]
        assert np.argwhere(found).tolist() == [list(place)]


def test_layers_of_models_within_the_model():
    inner = Model((x := Input((12, 10, 2))), layers.Conv2D(4, 3, activation="relu", name="conv")(x), name="base")
    y = Input((12, 10, 2))
    model = Model(y, layers.Dense(3, activation="softmax")(layers.GlobalMaxPooling2D()(inner(y))))
    found = visualize.class_activation_map(model, X)
    assert found.shape == (5, 10, 8) and found.any()
    assert_same_bits(visualize.class_activation_map(model, X, layer="base/conv"), found)
    assert_same_bits(visualize.class_activation_map(model, X, layer=inner.layers[0]), found)
    for base in (inner, "base"):
        assert_same_bits(visualize.class_activation_map(model, X, layer=base), found)
    whole = Model(y, model(layers.ReLU()(y)), name="whole")
    within = visualize.class_activation_map(whole, X, layer=f"{model.name}/base/conv")
    assert_same_bits(within, visualize.class_activation_map(model, np.maximum(X, 0)))


def test_maps_do_not_depend_on_batches_and_backend():
    model = dense_network()
    expected = visualize.class_activation_map(model, X, batch_size=None)
    assert_same_bits(visualize.class_activation_map(model, X, batch_size=2), expected)
    assert_same_bits(visualize.class_activation_map(model, X[3:]), expected[3:])
    with nativecnn.use_backend("reference"):
        assert_same_bits(visualize.class_activation_map(model, X), expected)
    assert visualize.class_activation_map(model, X[:0]).shape == (0, 4, 3)


@pytest.mark.parametrize(
    "layer, message",
    [
        ("middle", "expected as layer one of first, max_pooling2d, last, .*, got 'middle'"),
        ("flatten", r"expected a layer that gives \(rows, columns, channels\), got .*Flatten\) with \(18,\)"),
        (layers.Conv2D(1, 1, name="stranger"), r"expected as layer one of .*, got layer 'stranger' \(Conv2D\)"),
    ],
)
def test_wrong_layers_are_refused(layer, message):
    with pytest.raises(ValueError, match=message):
        visualize.class_activation_map(dense_network(), X, layer=layer)


def test_a_layer_that_the_output_goes_around_is_refused():
    x = Input((6, 6, 2))
    conv = layers.Conv2D(2, 1, name="branch")
    joined = layers.Add(name="joined")([conv(x), layers.ReLU()(x)])
    model = Model(x, layers.Dense(2)(layers.Flatten()(joined)))
    with pytest.raises(ValueError, match="expected a layer through which all comes .* got layer 'branch'"):
        visualize.class_activation_map(model, np.ones((1, 6, 6, 2)), layer="branch")
    assert visualize.class_activation_map(model, np.ones((1, 6, 6, 2))).shape == (1, 6, 6)
    twice = layers.Conv2D(2, 1, name="twice")
    model = Model(x, layers.Dense(2)(layers.Flatten()(twice(twice(x)))))
    with pytest.raises(ValueError, match="expected a layer that is applied once"):
        visualize.class_activation_map(model, np.ones((1, 6, 6, 2)), layer="twice")


def test_a_network_without_maps_is_refused():
    with pytest.raises(ValueError, match="expected a model with a layer that gives maps"):
        visualize.class_activation_map(Sequential([layers.Dense(2, input_dim=3)]), [[1, 2, 3]])


@pytest.mark.parametrize("factor", [(1, 1), (2, 2), (3, 5), (8, 1)])
def test_enlarged_maps_are_those_of_the_layer_that_enlarges(factor):
    maps = Stream(2, "maps").uniform((3, 4, 5))
    found = visualize.enlarge(maps, (4 * factor[0], 5 * factor[1]))
    expected = ops.upsample(maps[..., np.newaxis], factor, "bilinear")[..., 0]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_maps_are_enlarged_to_any_size():
    slope = np.arange(4, dtype=np.float32).reshape(1, 1, 4)
    np.testing.assert_allclose(visualize.enlarge(slope, (3, 6))[0, 2], [0, 0.5, 7 / 6, 11 / 6, 2.5, 3], rtol=1e-6)
    assert (visualize.enlarge(np.full((2, 1, 3), 7.0), 5) == 7).all()
    assert visualize.enlarge(np.zeros((0, 2, 2)), 4).shape == (0, 4, 4)
    with pytest.raises(ValueError, match="expected maps with rows and columns"):
        visualize.enlarge(np.zeros((1, 0, 2)), 4)
    with pytest.raises(ValueError, match="enlarge: maps"):
        visualize.enlarge(np.zeros((2, 2)), 4)
