"""The networks of applications beside the same ones in PyTorch, from the same weights."""

import copy

import numpy as np
import pytest

import nativecnn
from nativecnn import Model, applications, layers, ops
from nativecnn.execution.plan import Plan
from nativecnn.losses import SparseCategoricalCrossentropy
from nativecnn.random import Stream

torch = pytest.importorskip("torch", reason="what is compared with is PyTorch's (extra bench)")
from .torch_networks import NETWORKS, gradients, set_weights  # noqa: E402

TOLERANCE = 1e-4  # of the largest difference, relative to the largest value
CLASSES = 7
SIDES = dict.fromkeys(NETWORKS, 64) | {"AlexNet": 99, "ZFNet": 99, "LeNet5": 32, "ResNet20": 32}


WITH_BATCH_NORMALIZATION = ("MobileNetV2", "ResNet18", "ResNet20", "ResNet50")
# Images for which no rounding makes a ReLU or a maximum take another side: then gradients are no longer alike.
SEEDS = dict.fromkeys(NETWORKS, 3) | {"GoogLeNet": 4, "ResNet20": 5, "ResNet50": 4}


def pair(name):
    """Return the network of both, with the same weights (also the running means), and images."""
    nativecnn.set_random_seed(1)
    side = SIDES[name]
    model = getattr(applications, name)(CLASSES, (side, side, 1 if name == "LeNet5" else 3))
    for layer in model.layers:
        for weight in ("beta", "bias", "moving_mean"):
            if weight in layer.weights:
                layer.weights[weight] = 0.2 * Stream(2, layer.name, weight).uniform(layer.weights[weight].shape) - 0.1
        for weight in ("gamma", "moving_variance"):
            if weight in layer.weights:
                layer.weights[weight] = Stream(2, layer.name, weight).uniform(layer.weights[weight].shape) + 0.5
        if isinstance(layer, layers.Dropout):
            layer.rate = 0.0
    network = NETWORKS[name](CLASSES, side).train()
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    set_weights(network, model.get_weights())
    x = Stream(SEEDS[name], "x").uniform((4, *model.input_shape)) - np.float32(0.5)
    return model, network, x


LABELS = np.array([0, 3, 6, 3])


def our_gradients(model, x):
    plan = Plan(model.graph, len(x), training=True, loss=SparseCategoricalCrossentropy())
    batch = plan.prepared(len(x))
    batch.inputs[0][...], batch.target_rows.rows[...] = x, LABELS
    batch.run()
    return plan.weight_gradients


def their_gradients(network, x, dtype):
    network = copy.deepcopy(network).to(dtype)
    logits = network(torch.tensor(x).to(dtype).permute(0, 3, 1, 2))
    torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS)).backward()
    return gradients(network)


def largest_difference(found, exact):
    """Return the largest difference of a weight's gradient, relative to its size."""
    sizes = [np.linalg.norm(gradient) for gradient in exact]
    differences = [np.linalg.norm(a - b.reshape(a.shape)) for a, b in zip(found, exact, strict=True)]
    return max(difference / max(size, 1e-3 * max(sizes)) for difference, size in zip(differences, sizes, strict=True))


def logits(model, x):
    """Return what the final softmax is made from: it hides differences where one class is certain."""
    before = Model(model.input, model.layers[-2].output).predict(x)
    last = model.layers[-1]
    return (
        before if isinstance(last, layers.Softmax) else ops.dense(before, last.weights["kernel"], last.weights["bias"])
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_agree(name):
    model, network, x = pair(name)
    network.eval()
    with torch.no_grad():
        theirs = network(torch.tensor(x).permute(0, 3, 1, 2))
    probabilities = torch.softmax(theirs, 1).numpy()
    assert np.abs(logits(model, x) - theirs.numpy()).max() < TOLERANCE * np.abs(theirs.numpy()).max()
    assert np.abs(model.predict(x) - probabilities).max() < TOLERANCE * np.abs(probabilities).max()


@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in ("MobileNetV2", "ResNet50")])
def test_gradients_agree(name):
    model, network, x = pair(name)
    ours = our_gradients(model, x).values()
    assert largest_difference(ours, their_gradients(network, x, torch.float64)) < TOLERANCE


@pytest.mark.parametrize("name", WITH_BATCH_NORMALIZATION)
def test_gradients_agree_where_running_means_normalize(name):
    model, network, x = pair(name)
    for layer in model.layers:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval().requires_grad_(False)
    ours = our_gradients(model, x).values()
    assert largest_difference(ours, their_gradients(network, x, torch.float64)) < TOLERANCE


@pytest.mark.parametrize("name", ["MobileNetV2", "ResNet50"])
def test_gradients_are_as_exact_as_pytorchs_where_rounding_is_amplified(name):
    # Statistics of few pixels, layer upon layer: single precision leaves some percent, in either library.
    model, network, x = pair(name)
    exact = their_gradients(network, x, torch.float64)
    theirs = largest_difference(their_gradients(network, x, torch.float32), exact)
    assert largest_difference(our_gradients(model, x).values(), exact) < 1.5 * theirs
