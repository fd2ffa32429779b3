import numpy as np
import pytest

import nativecnn
from networks import NETWORKS
from ours import Ours
from peers.channels_first import weights_from_channels_first, weights_to_channels_first


@pytest.fixture
def engine():
    with_threads = nativecnn.get_num_threads()
    yield Ours(1)
    nativecnn.set_num_threads(with_threads)


# Weights with biases, as usually stated for these networks.
@pytest.mark.parametrize(
    "name, parameters", [("lenet5", 61_706), ("mnist", 34_826), ("cifar_vgg", 2_196_810), ("vgg16", 138_357_544)]
)
def test_networks_have_their_parameters(name, parameters):
    shapes = list(NETWORKS[name].kernel_shapes())
    assert sum(int(np.prod(shape)) + shape[-1] for shape in shapes) == parameters


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
