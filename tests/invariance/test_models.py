"""What a model makes of a sample depends on the sample and the weights, and on nothing else."""

import copy

import numpy as np
import pytest

import nativecnn
from nativecnn import Sequential, layers
from nativecnn.networks import NETWORKS
from nativecnn.random import Stream
from support import assert_same_bits, trainings
from support.layouts import LAYOUTS

SAMPLES = 33


def winograd_only():
    """Nothing but Winograd's algorithm, on images whose last tiles are partial, then one dense layer."""
    settings = {"padding": "same", "activation": "relu", "algorithm": "winograd"}
    return Sequential(
        [
            layers.Conv2D(12, 3, input_shape=(11, 9, 5), **settings),
            layers.Conv2D(33, 3, **settings),
            layers.MaxPooling2D(3),
            layers.Conv2D(8, 3, **settings),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )


def convolutions_only():
    return Sequential(
        [
            layers.Conv2D(20, 3, input_shape=(10, 9, 4), activation="relu"),
            layers.Conv2D(20, 3, groups=20, padding="same", activation="relu"),
            layers.Conv2D(7, 1, activation="sigmoid"),
        ]
    )


MODELS = {
    **{f"{name}_28x28x1": lambda build=NETWORKS[name].build: build((28, 28, 1), 10) for name in NETWORKS},
    **{f"{name}_10x9x3": lambda build=NETWORKS[name].build: build((10, 9, 3), 5) for name in NETWORKS},
    "every_kind_of_layer": lambda: trainings.network("softmax"),
    "branches": lambda: trainings.network("softmax", "branches"),
    "every_kind_of_convolution": lambda: trainings.network("softmax", "convolutions"),
    "every_kind_of_layer_for_rows": lambda: trainings.network("softmax", "rows"),
    "every_kind_of_layer_for_volumes": lambda: trainings.network("softmax", "volumes"),
    "winograd_only": winograd_only,
    "convolutions_only": convolutions_only,
}


class Example:
    """A model, samples, and what it predicts for each of them alone."""

    def __init__(self, name):
        nativecnn.set_random_seed(7)
        self.model = MODELS[name]()
        for layer in self.model.layers:
            if "bias" in layer.weights:  # which begin as zeros
                layer.weights["bias"] = Stream(7, layer.name).uniform(layer.weights["bias"].shape) - np.float32(0.5)
        self.x = Stream(7, "x").uniform((SAMPLES, *self.model.input_shape)) - np.float32(0.5)
        with nativecnn.threads(1):
            self.alone = np.concatenate([self.model.predict(self.x[number : number + 1]) for number in range(SAMPLES)])


_examples = {}


@pytest.fixture(params=MODELS)
def example(request):
    if request.param not in _examples:
        _examples[request.param] = Example(request.param)
    return _examples[request.param]


def test_predictions_differ_between_samples_and_models(example):
    # So that the tests below cannot pass because every sample gives the same.
    assert len({row.tobytes() for row in example.alone}) == SAMPLES


@pytest.mark.parametrize("batch_size", [1, 2, 5, 16, 32, 33, None])
def test_predictions_do_not_depend_on_batch_size(example, batch_size, threads_for_any_work):
    with nativecnn.threads(3):
        assert_same_bits(example.model.predict(example.x, batch_size=batch_size), example.alone)


def test_a_sample_gives_the_same_at_either_end_of_a_batch_and_in_its_midst(example, instruction_set):
    sample = example.x[4:5]
    for place in (0, 1, 16, 31, 32):
        others = np.delete(example.x, 4, axis=0)
        batch = np.insert(others, place, sample, axis=0)
        assert batch.shape == example.x.shape
        assert_same_bits(example.model.predict(batch, batch_size=None)[place], example.alone[4])


def test_predictions_do_not_depend_on_order_and_company(example):
    for chosen in (np.arange(SAMPLES)[::-1], [0] * 9, [32, 0, 32], [3, 1, 4, 1, 5, 9, 2, 6], range(7, 20)):
        chosen = list(chosen)
        assert_same_bits(example.model.predict(example.x[chosen], batch_size=6), example.alone[chosen])


def test_a_sample_of_nan_does_not_reach_its_neighbours(example):
    x = example.x.copy()
    x[[0, 13, 32]] = np.nan
    others = ~np.isnan(x.reshape(SAMPLES, -1)[:, 0])
    assert_same_bits(example.model.predict(x, batch_size=None)[others], example.alone[others])


def test_predictions_do_not_depend_on_number_of_threads(example, number_of_threads, threads_for_any_work):
    with nativecnn.threads(number_of_threads):
        assert_same_bits(example.model.predict(example.x, batch_size=None), example.alone)
        assert_same_bits(example.model.predict(example.x[:1]), example.alone[:1])


def test_predictions_do_not_depend_on_instruction_set(example, instruction_set):
    assert_same_bits(example.model.predict(example.x), example.alone)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_predictions_do_not_depend_on_layout_of_the_samples(example, layout):
    if layout == "nested lists" and example.x.size > 10_000:
        x = LAYOUTS[layout](example.x[:2])
        assert_same_bits(example.model.predict(x), example.alone[:2])
    else:
        assert_same_bits(example.model.predict(LAYOUTS[layout](example.x)), example.alone)


def test_predictions_do_not_depend_on_fusion(example, unfused_plans_made):
    model = copy.deepcopy(example.model)  # which has no plans yet
    assert_same_bits(model.predict(example.x), example.alone)
    assert len(unfused_plans_made) == 1
    assert not any("+" in operation.name for operation in unfused_plans_made[0].program.operations)


def test_predictions_do_not_depend_on_packed_weights(example, without_packing):
    model = copy.deepcopy(example.model)  # which has nothing packed yet
    assert_same_bits(model.predict(example.x), example.alone)
    assert len(without_packing) >= sum(isinstance(layer, layers.Conv2D) for layer in model.layers)


def test_predictions_do_not_depend_on_training_before():
    # The same weights, arrived at by training in one model and set in the other.
    loss, ending = trainings.LOSSES["sparse"]
    trained, fresh = trainings.network(ending), trainings.network(ending)
    trained.compile("adam", loss)
    x = trainings.samples()
    before = trained.predict(x)
    trained.fit(x, trainings.targets("sparse"), batch_size=5, verbose=0)
    fresh.set_weights(trained.get_weights())
    after = trained.predict(x)
    assert before.tobytes() != after.tobytes()
    assert_same_bits(after, fresh.predict(x))


@pytest.mark.parametrize("name", ["winograd_only", "convolutions_only", "lenet5_10x9x3", "every_kind_of_layer"])
def test_predictions_do_not_depend_on_backend(name):
    example = Example(name)
    with nativecnn.use_backend("reference"):
        assert_same_bits(example.model.predict(example.x[:3]), example.alone[:3])
