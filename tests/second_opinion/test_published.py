"""The published hashes, from their configuration and seed by the second opinion alone."""

import hashlib

import numpy as np
import pytest

from nativecnn.optimizers import Adam
from nativecnn.verify.published import LENET5, X_OR_O
from support.data import real_data
from support.second_opinion_training import train, weights_by_layer

CONVOLUTION, DENSE, RELU, FLATTEN = ("conv2d", {}), ("dense", {}), ("relu", {}), ("flatten", {})
POOLING = ("max_pool2d", {"ceil_mode": True})  # of LeNet-5's images nothing is left over either way

X_OR_O_NETWORK = [CONVOLUTION, RELU, POOLING, CONVOLUTION, RELU, POOLING, FLATTEN, DENSE]
X_OR_O_KERNELS = {"conv2d": (3, 3, 1, 8), "conv2d_1": (3, 3, 8, 16), "dense": (16, 2)}

LENET5_NETWORK = [("conv2d", {"padding": "same"}), RELU, POOLING, CONVOLUTION, RELU, POOLING, FLATTEN]
LENET5_NETWORK += [DENSE, RELU, DENSE, RELU, DENSE]
LENET5_KERNELS = {
    "conv2d": (5, 5, 1, 6),
    "conv2d_1": (5, 5, 6, 16),
    "dense": (400, 120),
    "dense_1": (120, 84),
    "dense_2": (84, 10),
}


def trained_sha256(opinion, published, network, kernels, x, y):
    """Return what ``weights_sha256`` of the model would be."""
    seed = published.seed
    arrays = [
        [opinion.glorot_uniform((seed, 0, "weights", name, "kernel"), shape), np.zeros(shape[-1], np.float32)]
        for name, shape in kernels.items()
    ]
    orders = [opinion.random_permutation((seed, "shuffle"), len(x), epoch) for epoch in range(published.epochs)]
    optimizer = Adam(published.learning_rate)
    weights = weights_by_layer(network, arrays)
    train(opinion, network, weights, "softmax_crossentropy", optimizer, x, y, orders, published.batch_size)
    digest = hashlib.sha256()
    for layer, pair in zip(kernels, arrays, strict=True):
        for name, array in zip(("kernel", "bias"), pair, strict=True):
            digest.update(f"{layer}/{name} float32 {','.join(map(str, array.shape))}\n".encode())
            digest.update(array.astype("<f4").tobytes())
    return digest.hexdigest()


def test_the_x_and_o_net(opinion):
    x, y = X_OR_O.load(None)
    assert trained_sha256(opinion, X_OR_O, X_OR_O_NETWORK, X_OR_O_KERNELS, x, y) == X_OR_O.sha256


@pytest.mark.long
def test_lenet5(opinion):
    x, y = LENET5.load(real_data("mnist"))
    assert trained_sha256(opinion, LENET5, LENET5_NETWORK, LENET5_KERNELS, x, y) == LENET5.sha256
