"""Whole trainings, composed of the second opinion's functions: the weights that ``Model.fit`` comes to."""

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, ops
from nativecnn.optimizers import SGD, Adam
from support import assert_same_bits, random_array
from support.second_opinion_training import train, weights_by_layer

SAMPLES, BATCH, EPOCHS = 21, 8, 2  # so that batches are of 8, 8 and 5


def classifier():
    """Convolution, ReLU and max pooling with partial windows, trained as softmax with cross-entropy."""
    model = nativecnn.Sequential(
        [
            layers.Conv2D(5, 3, padding="same", activation="relu", input_shape=(9, 11, 2)),
            layers.MaxPooling2D(2, ceil_mode=True),
            layers.Conv2D(6, (2, 3), strides=(1, 2), activation="relu"),
            layers.Flatten(),
            layers.Dense(17, activation="relu"),
            layers.Dense(4, activation="softmax"),
        ]
    )
    network = [
        ("conv2d", {"padding": "same"}),
        ("relu", {}),
        ("max_pool2d", {"ceil_mode": True}),
        ("conv2d", {"strides": (1, 2)}),
        ("relu", {}),
        ("flatten", {}),
        ("dense", {}),
        ("relu", {}),
        ("dense", {}),
    ]
    y = np.random.default_rng(3).integers(0, 4, SAMPLES)
    return model, network, "sparse_categorical_crossentropy", "softmax_crossentropy", y


def tagger():
    """Winograd's algorithm in the second convolution, tanh and average pooling, trained as sigmoid with log loss."""
    model = nativecnn.Sequential(
        [
            layers.Conv2D(8, 3, padding="same", activation="tanh", input_shape=(9, 11, 2)),
            layers.Conv2D(9, 3, padding="same", activation="relu"),
            layers.AveragePooling2D(3, strides=2, padding="same"),
            layers.Flatten(),
            layers.Dense(3, activation="sigmoid"),
        ]
    )
    network = [
        ("conv2d", {"padding": "same", "algorithm": "direct"}),
        ("tanh", {}),
        ("conv2d", {"padding": "same", "algorithm": "winograd"}),
        ("relu", {}),
        ("average_pool2d", {"pool_size": 3, "strides": 2, "padding": "same"}),
        ("flatten", {}),
        ("dense", {}),
    ]
    y = np.random.default_rng(4).integers(0, 2, (SAMPLES, 3)).astype(np.float32)
    return model, network, "binary_crossentropy", "sigmoid_crossentropy", y


def regression():
    """Groups, dilation, softmax and sigmoid within the network, and the squared error."""
    model = nativecnn.Sequential(
        [
            layers.Conv2D(6, 3, groups=2, dilation_rate=2, padding=1, activation="sigmoid", input_shape=(9, 11, 2)),
            layers.Flatten(),
            layers.Dense(7, activation="softmax"),
            layers.Dense(2),
        ]
    )
    network = [
        ("conv2d", {"groups": 2, "dilation_rate": 2, "padding": 1}),
        ("sigmoid", {}),
        ("flatten", {}),
        ("dense", {}),
        ("softmax", {}),
        ("dense", {}),
    ]
    return model, network, "mean_squared_error", "mean_squared_error", random_array(5, (SAMPLES, 2))


NETWORKS = (classifier, tagger, regression)
OPTIMIZERS = {
    "sgd": lambda: SGD(0.05),
    "momentum": lambda: SGD(0.02, momentum=0.9),
    "nesterov": lambda: SGD(0.02, momentum=0.9, nesterov=True),
    "adam": lambda: Adam(0.004),
}


def layers_with_weights(model):
    return [layer for layer in model.layers if layer.weights]


def assert_same_weights(model, weights):
    for layer, expected in zip(layers_with_weights(model), weights.values(), strict=True):
        assert all(np.isfinite(array).all() for array in expected)
        assert_same_bits(layer.get_weights(), expected)


@pytest.mark.parametrize("optimizer, backend", [*((name, "native") for name in OPTIMIZERS), ("adam", "reference")])
@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.__name__)
def test_weights_after_training(opinion, network, optimizer, backend):
    model, functions, loss, opinion_loss, y = network()
    x = random_array(1, (SAMPLES, 9, 11, 2))
    weights = weights_by_layer(functions, [layer.get_weights() for layer in layers_with_weights(model)])
    in_order = [np.arange(SAMPLES)] * EPOCHS
    train(opinion, functions, weights, opinion_loss, OPTIMIZERS[optimizer](), x, y, in_order, BATCH)
    with ops.use_backend(backend):
        model.compile(OPTIMIZERS[optimizer](), loss)
        model.fit(x, y, epochs=EPOCHS, batch_size=BATCH, shuffle=False, verbose=0)
    assert_same_weights(model, weights)


@pytest.mark.parametrize("seed", (0, 5))
def test_weights_after_training_from_a_seed(opinion, seed):
    """Nothing is taken from the model: initial weights and orders of the samples follow from the seed."""
    nativecnn.set_random_seed(seed)
    nativecnn.Sequential([layers.Dense(1, input_shape=(1,))])  # the first model, so the next is number 1
    try:
        model, functions, loss, opinion_loss, y = classifier()
        x = random_array(1, (SAMPLES, 9, 11, 2))
        model.compile(Adam(), loss)
        model.fit(x, y, epochs=EPOCHS, batch_size=BATCH, verbose=0)
    finally:
        nativecnn.set_random_seed(0)
    shapes = {"conv2d": (3, 3, 2, 5), "conv2d_1": (2, 3, 5, 6), "dense": (4 * 2 * 6, 17), "dense_1": (17, 4)}
    arrays = [
        [opinion.glorot_uniform((seed, 1, "weights", name, "kernel"), shape), np.zeros(shape[-1], np.float32)]
        for name, shape in shapes.items()
    ]
    orders = [opinion.random_permutation((seed, "shuffle"), SAMPLES, step) for step in range(EPOCHS)]
    weights = weights_by_layer(functions, arrays)
    train(opinion, functions, weights, opinion_loss, Adam(), x, y, orders, BATCH)
    assert_same_weights(model, weights)
