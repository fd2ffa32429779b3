"""Feature maps of the layers of models."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Input, Model, Sequential, layers
from nativecnn.random import Stream
from nativecnn.visualize import feature_maps
from support.arrays import assert_same_bits


def images(*shape):
    return Stream(0, "images").uniform(shape) - np.float32(0.5)


@pytest.fixture
def chain():
    nativecnn.set_random_seed(0)
    return Sequential(
        [
            layers.Conv2D(3, 3, activation="relu", input_shape=(9, 8, 2)),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dropout(0.5),
            layers.MaxPooling2D(2, ceil_mode=True),
            layers.Conv2D(4, 2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def branched():
    nativecnn.set_random_seed(0)
    x = Input((6, 6, 2))
    stem = layers.Conv2D(3, 3, padding="same", activation="relu", name="stem")(x)
    side = layers.Conv2D(3, 1, name="side")(stem)
    joined = layers.Add(name="sum")([stem, side])
    return Model(x, [layers.GlobalAveragePooling2D(name="means")(joined), layers.Flatten()(side)])


def test_maps_of_a_chain_are_those_of_the_model_up_to_each_layer(chain):
    x = images(5, 9, 8, 2)
    maps = feature_maps(chain, x)
    assert list(maps) == ["conv2d", "batch_normalization", "relu", "dropout", "max_pooling2d", "conv2d_1"]
    for number, layer in enumerate(chain.layers[:6], start=1):
        part = Sequential(type(other).from_config(other.get_config()) for other in chain.layers[:number])
        part.build((9, 8, 2))
        part.set_weights(chain.get_weights()[: len(part.get_weights())])
        assert_same_bits(maps[layer.name], part.predict(x))


def test_the_rest_of_the_network_gets_the_same_maps(chain):
    x = images(2, 9, 8, 2)
    last = feature_maps(chain, x, "conv2d_1")["conv2d_1"]
    dense = chain.layers[-1]
    rows = nativecnn.ops.dense(last.reshape(2, -1), dense.weights["kernel"], dense.weights["bias"])
    assert_same_bits(chain.predict(x), nativecnn.ops.softmax(rows))


def test_layers_are_chosen_by_name_or_themselves(chain):
    x = images(1, 9, 8, 2)
    everything = feature_maps(chain, x)
    for chosen in ("conv2d_1", chain.layers[5], ["conv2d_1"], [chain.layers[5], "conv2d_1"]):
        maps = feature_maps(chain, x, chosen)
        assert list(maps) == ["conv2d_1"]
        assert_same_bits(maps["conv2d_1"], everything["conv2d_1"])
    assert list(feature_maps(chain, x, ["conv2d_1", "conv2d"])) == ["conv2d", "conv2d_1"]
    assert feature_maps(chain, x, []) == {}


def test_maps_of_a_graph():
    model, x = branched(), images(3, 6, 6, 2)
    maps = feature_maps(model, x)
    assert list(maps) == ["stem", "side", "sum"]
    assert_same_bits(maps["sum"], nativecnn.ops.add(maps["stem"], maps["side"]))
    assert_same_bits(maps["side"].reshape(3, -1), model.predict(x)[1])


def test_a_layer_that_is_applied_several_times_has_numbered_maps():
    x = Input((5, 5, 1))
    shared = layers.Conv2D(1, 3, padding="same", name="shared")
    model = Model(x, layers.Flatten()(shared(shared(x))))
    values = images(2, 5, 5, 1)
    maps = feature_maps(model, values)
    assert list(maps) == ["shared[0]", "shared[1]"]
    assert_same_bits(maps["shared[1]"].reshape(2, -1), model.predict(values))
    assert list(feature_maps(model, values, shared)) == list(maps)


def test_a_model_within_counts_as_one_layer():
    part = Sequential([layers.Conv2D(2, 3, input_shape=(5, 5, 1)), layers.MaxPooling2D(3)], name="part")
    x = Input((5, 5, 1))
    model, values = Model(x, layers.Flatten()(part(x))), images(2, 5, 5, 1)
    maps = feature_maps(model, values)
    assert list(maps) == ["part"]
    assert_same_bits(maps["part"], part.predict(values))


def test_maps_of_a_model_whose_other_input_leads_to_no_image():
    image, numbers = Input((4, 4, 1), name="image"), Input((3,), name="numbers")
    maps_of_image = layers.Conv2D(2, 3, name="conv")(image)
    model = Model([image, numbers], layers.Concatenate()([layers.Flatten()(maps_of_image), numbers]))
    values = [images(2, 4, 4, 1), images(2, 3)]
    assert_same_bits(feature_maps(model, values)["conv"].reshape(2, -1), model.predict(values)[:, :8])


def test_a_model_without_images_has_no_maps():
    model = Sequential([layers.Dense(2, input_shape=(3,))])
    assert feature_maps(model, images(2, 3)) == {}


def test_bits_do_not_depend_on_the_batch(chain):
    x = images(5, 9, 8, 2)
    whole = feature_maps(chain, x, batch_size=None)
    for batch_size in (1, 2):
        parts = feature_maps(chain, x, batch_size=batch_size)
        for name, maps in whole.items():
            assert_same_bits(parts[name], maps)


def test_the_model_stays_as_it_was(chain):
    digest, config = chain.weights_sha256(), chain.get_config()
    applications = [len(layer.nodes) for layer in chain.layers]
    feature_maps(chain, images(1, 9, 8, 2))
    assert (chain.weights_sha256(), chain.get_config()) == (digest, config)
    assert [len(layer.nodes) for layer in chain.layers] == applications


def test_errors_name_the_layer(chain):
    x = images(1, 9, 8, 2)
    with pytest.raises(TypeError, match="feature_maps: expected a model, got 'digits'"):
        feature_maps("digits", x)
    with pytest.raises(ValueError, match="expected a model that is built, got model 'sequential'"):
        feature_maps(Sequential([layers.Conv2D(2, 3)]), x)
    with pytest.raises(ValueError, match="expected as layer one of conv2d, .*, dense of .*, got 'conv9'"):
        feature_maps(chain, x, ["conv2d", "conv9"])
    with pytest.raises(ValueError, match=r"got layer 'other' \(Conv2D\)"):
        feature_maps(chain, x, layers.Conv2D(2, 3, name="other"))
    with pytest.raises(
        ValueError, match=r"expected layers that give .*, got layer 'dense' \(Dense\) with output \(3,\)"
    ):
        feature_maps(chain, x, "dense")
    with pytest.raises(ValueError, match="expected x of shape"):
        feature_maps(chain, x[:, :5])
