from collections import Counter

import numpy as np
import pytest

import nativecnn
from networks import EPSILON, NETWORKS, Convolution, Network, with_weights
from ours import Ours
from peers.channels_first import folded, weights_from_channels_first, weights_to_channels_first
from shapes import find_shapes, read_shapes


@pytest.fixture
def engine():
    with_threads = nativecnn.get_num_threads()
    yield Ours(1)
    nativecnn.set_num_threads(with_threads)


# Weights with biases, as usually stated for these networks.
@pytest.mark.parametrize(
    "name, parameters, multiply_adds",
    [
        ("lenet5", 61_706, 416_520),
        ("mnist", 34_826, 2_440_864),
        ("cifar_vgg", 2_196_810, 153_815_552),
        ("vgg16", 138_357_544, 15.47e9),
        ("resnet18", 11_689_512, 1.814e9),
        ("resnet50", 25_557_032, 4.089e9),
        ("mobilenetv2", 3_504_872, 0.3008e9),
    ],
)
def test_networks_have_their_parameters_and_multiply_adds(name, parameters, multiply_adds):
    network = NETWORKS[name]
    layers = (layer for layer, _ in with_weights(network.layers, network.input_shape))
    vectors = (2 if getattr(layer, "normalized", False) else 1 for layer in layers)  # gamma and beta, or a bias
    shapes = list(network.kernel_shapes())
    counts = [int(np.prod(shape)) + count * shape[-1] for shape, count in zip(shapes, vectors, strict=True)]
    assert sum(counts) == parameters
    assert network.multiply_adds == pytest.approx(multiply_adds, rel=1e-3)


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "mobilenetv2"])
def test_shapes_are_those_of_the_networks(name):
    """The convolutions of the networks are those that run_ops.py times one by one."""
    network = NETWORKS[name]
    found = Counter(
        (*shape, layer.filters, layer.kernel, layer.stride, layer.groups)
        for layer, shape in with_weights(network.layers, network.input_shape)
        if isinstance(layer, Convolution)
    )
    listed = Counter()
    for shape in read_shapes(find_shapes(name)):
        key = shape.rows, shape.columns, shape.channels, shape.filters, shape.kernel, shape.stride, shape.groups
        listed[key] += shape.count
    assert found == listed


def test_folded_normalizations_compute_the_same():
    network = Network("one", (5, 5, 3), (Convolution(4, 3, normalized=True),))
    weights = weights_to_channels_first(network, network.draw_weights(np.random.default_rng(0)))
    ((kernel, gamma, beta, mean, variance),), ((folded_kernel, bias),) = weights, folded(weights)
    x = np.random.default_rng(1).standard_normal((3, 3, 3))
    product = np.tensordot(kernel.astype(float), x, 3)
    expected = gamma * (product - mean) / np.sqrt(variance + EPSILON) + beta
    np.testing.assert_allclose(np.tensordot(folded_kernel.astype(float), x, 3) + bias, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["lenet5", "mnist"])
def test_our_engine_computes_a_network_and_a_step(name, engine):
    network = NETWORKS[name]
    random = np.random.default_rng(0)
    weights = network.draw_weights(random)
    x = random.standard_normal((3, *network.input_shape), dtype=np.float32)
    inference = engine.inference(network, weights, x)[0].prepare()
    inference.run()
    (y,) = inference.results()
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-6)
    labels = np.array([1, 2, 3])
    step = engine.training(network, weights, x, labels)[0].prepare()
    step.run()
    loss, *updated = step.results()
    assert loss == pytest.approx(-np.log(y[range(3), labels]).mean(), rel=1e-5)
    assert [array.shape for array in updated] == [array.shape for pair in weights for array in pair]
    assert all((array != before).any() for array, before in zip(updated, (a for p in weights for a in p), strict=True))


@pytest.mark.parametrize("name", ["lenet5", "mnist"])
def test_weights_go_channels_first_and_back(name):
    network = NETWORKS[name]
    weights = network.draw_weights(np.random.default_rng(0))
    there = weights_to_channels_first(network, weights)
    back = weights_from_channels_first(network, there)
    for (kernel, bias), (other_kernel, other_bias) in zip(weights, back, strict=True):
        np.testing.assert_array_equal(kernel, other_kernel)
        np.testing.assert_array_equal(bias, other_bias)


def test_a_dense_kernel_follows_the_flattened_image():
    network = NETWORKS["lenet5"]
    weights = network.draw_weights(np.random.default_rng(0))
    image = np.random.default_rng(1).standard_normal((5, 5, 16))
    first_dense = 2
    ours = image.reshape(-1) @ weights[first_dense][0]
    theirs = weights_to_channels_first(network, weights)[first_dense][0] @ image.transpose(2, 0, 1).reshape(-1)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
