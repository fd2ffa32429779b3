"""What all layers share: names, configurations, building."""

import json

import pytest

from nativecnn import initializers, layers

EXAMPLES = [
    layers.Activation("tanh"),
    layers.ReLU(name="rectified"),
    layers.Sigmoid(),
    layers.Tanh(),
    layers.Softmax(),
    layers.Flatten(input_shape=(4, 4, 1)),
    layers.MaxPooling2D(3, strides=2, padding="same", ceil_mode=True),
    layers.AveragePooling2D((2, 3), padding=((1, 0), (1, 1))),
    layers.BatchNormalization(momentum=0.9, epsilon=1e-5, scale=False, gamma_initializer="zeros", trainable=False),
    layers.Dropout(0.25, seed=3),
    layers.LayerNormalization((-2, -1), epsilon=1e-6, center=False),
    layers.LocalResponseNormalization(3, alpha=0.1, beta=0.5, k=1),
    layers.SpatialDropout1D(0.1),
    layers.SpatialDropout2D(0),
    layers.SpatialDropout3D(1),
    layers.Dense(7, activation="relu", use_bias=False, kernel_initializer="he_uniform", input_dim=3),
    layers.Conv2D(6, (3, 2), strides=2, padding=1, dilation_rate=(1, 2), groups=2, activation="sigmoid"),
    layers.Conv2D(1, 1, bias_initializer=initializers.Constant(0.5), trainable=False),
    layers.Convolution2D(5, 3, 3, padding="same"),
    layers.Add(name="sum"),
    layers.Subtract(),
    layers.Multiply(),
    layers.Average(),
    layers.Maximum(),
    layers.Minimum(),
    layers.Concatenate(axis=1),
]


@pytest.mark.parametrize("layer", EXAMPLES, ids=lambda layer: layer.name)
def test_a_configuration_goes_through_json_and_makes_an_equal_layer(layer):
    config = json.loads(json.dumps(layer.get_config()))
    again = type(layer).from_config(config)
    assert again.get_config() == layer.get_config()
    assert type(layer).__name__ in layers.LAYER_CLASSES


@pytest.mark.parametrize(
    "layer, name",
    [
        (layers.Conv2D(1, 1), "conv2d"),
        (layers.MaxPooling2D(), "max_pooling2d"),
        (layers.ReLU(), "relu"),
        (layers.Dense(1), "dense"),
        (layers.Convolution2d(5, 3, 3), "convolution2d"),
    ],
)
def test_default_names(layer, name):
    assert layer.name == name


@pytest.mark.parametrize("name", ["", "a/b", 3])
def test_a_name_that_cannot_be_is_refused(name):
    with pytest.raises(ValueError, match="name"):
        layers.Flatten(name=name)


def test_building_makes_the_weights_once():
    layer = layers.Dense(3)
    assert not layer.built and layer.count_params() == 0
    layer.build((4,))
    kernel = layer.weights["kernel"]
    layer.build((4,))
    assert layer.weights["kernel"] is kernel
    assert layer.count_params() == 15
    with pytest.raises(ValueError, match=r"need weights 'kernel' of shape \(5, 3\), got \(4, 3\)"):
        layer.build((5,))


def test_weights_are_counted_without_being_made():
    assert layers.Dense(1000, use_bias=False).count_params((256 * 256 * 3,)) == 196_608_000
    convolution = layers.Conv2D(8, 3, groups=2)
    assert convolution.count_params((5, 5, 4)) == 3 * 3 * 2 * 8 + 8
    assert layers.BatchNormalization().count_params((5, 5, 4)) == 16 and layers.Flatten().count_params((5, 5, 4)) == 0
    assert layers.Add().count_params([(4,), (4,)]) == 0
    assert not convolution.built and convolution.count_params() == 0
    convolution.build((5, 5, 4))
    assert convolution.count_params((9, 9, 2)) == 3 * 3 * 8 + 8 and convolution.count_params() == 3 * 3 * 2 * 8 + 8


def test_weights_that_no_memory_could_hold_are_counted():
    assert layers.Dense(10**9, use_bias=False).count_params((10**9,)) == 10**18


def test_what_a_layer_does_not_take_is_not_counted():
    for count in (layers.Dense(10).count_params, layers.Dense(10).multiply_adds):
        with pytest.raises(ValueError, match=r"\(inputs,\), got \(256, 256, 3\); add a Flatten\(\)"):
            count((256, 256, 3))


def test_a_convolution_may_be_built_for_another_image_size():
    layer = layers.Conv2D(2, 3)
    layer.build((8, 8, 1))
    layer.build((9, 7, 1))
    with pytest.raises(ValueError, match="kernel"):
        layer.build((8, 8, 2))


def test_a_wrong_declaration_of_the_input_is_ignored_with_a_warning():
    layer = layers.Dense(6, input_dim=8)
    with pytest.warns(UserWarning, match=r"'dense'.*\(8,\).*\(5,\)"):
        layer.build((5,))
    assert layer.weights["kernel"].shape == (5, 6)


def test_a_frozen_layer_has_no_trainable_weights():
    layer = layers.Dense(2, trainable=False)
    layer.build((3,))
    assert layer.trainable_weights == {} and list(layer.weights) == ["kernel", "bias"]


def test_errors_name_the_layer():
    with pytest.raises(ValueError, match="'first' .*filters.*at least 1, got 0"):
        layers.Conv2D(0, 3, name="first")


def test_every_public_layer_is_exported():
    assert all(hasattr(layers, name) for name in layers.__all__)
