"""Whole training runs end with the same weights, the same losses on the way, and the same predictions."""

import numpy as np
import pytest

import nativecnn
from nativecnn._kernels import runtime
from nativecnn.layers import LAYER_CLASSES
from nativecnn.networks import NETWORKS
from support import trainings
from support.data import real_data
from support.layouts import LAYOUTS


@pytest.fixture(scope="module")
def expected():
    with nativecnn.threads(1):
        return trainings.fingerprints()


def test_the_network_has_every_kind_of_layer_and_every_algorithm():
    models = [trainings.network("softmax", kind) for kind in trainings.KINDS]
    assert {type(layer) for model in models for layer in model.layers} == set(LAYER_CLASSES.values())
    algorithms = {node.layer.chosen_algorithm(node.input_shape) for model in models for node in model.graph.nodes}
    assert algorithms == {"", "direct", "winograd_2x2", "winograd_4x4"}


def test_every_training_ends_differently(expected):
    # So that the tests below cannot pass because nothing was trained.
    assert len(set(expected.values())) == len(expected) == len(trainings.CASES)


def test_other_data_end_differently(expected):
    for name, case in trainings.FEW_CASES.items():
        assert trainings.train(**case, x=trainings.samples(case["kind"]) * np.float32(1 + 2**-20)) != expected[name]


def test_trainings_do_not_depend_on_number_of_threads(expected, number_of_threads, threads_for_any_work):
    with nativecnn.threads(number_of_threads):
        assert trainings.fingerprints() == expected


@pytest.mark.parametrize("work", [1000, 20000, 1 << 40])
def test_trainings_do_not_depend_on_how_much_work_a_thread_gets(expected, work, threads_for_any_work):
    runtime.set_work_per_thread(work)
    with nativecnn.threads(3):
        assert trainings.fingerprints() == expected


def test_trainings_do_not_depend_on_instruction_set(expected, instruction_set):
    assert trainings.fingerprints() == expected


def test_trainings_do_not_depend_on_repetition(expected, threads_for_any_work):
    with nativecnn.threads(3):
        for _ in range(3):
            assert trainings.fingerprints() == expected


def in_operations(plans, text):
    return any(text in operation.name for plan in plans for operation in plan.program.operations)


def test_trainings_do_not_depend_on_fusion(expected, unfused_plans_made):
    assert trainings.fingerprints() == expected
    assert len(unfused_plans_made) >= len(expected)
    assert not in_operations(unfused_plans_made, "+ relu") and not in_operations(unfused_plans_made, "and relu")


def test_steps_are_fused_otherwise(plans_made):
    trainings.fingerprints(trainings.FEW_CASES)
    assert in_operations(plans_made, "+ relu") and in_operations(plans_made, "and relu")


def test_trainings_do_not_depend_on_packed_weights(expected, without_packing):
    assert trainings.fingerprints() == expected
    assert len(without_packing) >= len(expected)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_trainings_do_not_depend_on_layout_of_the_data(expected, layout):
    lay_out = LAYOUTS[layout]
    for name, case in trainings.FEW_CASES.items():
        x, y = trainings.samples(case["kind"]), trainings.targets(case["loss"])
        assert trainings.train(**case, x=lay_out(x), y=lay_out(y)) == expected[name]


def test_trainings_do_not_depend_on_data_without_strides():
    for case in trainings.FEW_CASES.values():
        x = trainings.samples(case["kind"])
        everywhere_alike = np.broadcast_to(x.min(axis=tuple(range(1, x.ndim)), keepdims=True), x.shape)
        one_sample = np.broadcast_to(x[0], x.shape)
        for broadcast in (everywhere_alike, one_sample):
            assert trainings.train(**case, x=broadcast) == trainings.train(**case, x=broadcast.copy())


def same_on_the_reference(case, samples):
    data = {"x": trainings.samples(case["kind"])[:samples], "y": trainings.targets(case["loss"])[:samples]}
    with nativecnn.use_backend("reference"):
        expected = trainings.train(**case, **data)
    return trainings.train(**case, **data) == expected


# Most optimizers once, with losses that have kernels of their own.
@pytest.mark.parametrize(
    "optimizer, loss, batch_size",
    [
        ("sgd", "categorical of sigmoids", 4),
        ("momentum", "sparse", 9),
        ("nesterov", "binary", 9),
        ("adam", "mean squared", 9),
        ("adam", "huber", 9),
        ("momentum", "smoothed categorical", 4),
    ],
)
def test_trainings_do_not_depend_on_backend(optimizer, loss, batch_size):
    case = {"optimizer": optimizer, "loss": loss, "batch_size": batch_size, "kind": "images"}
    assert same_on_the_reference(case, 6)


@pytest.mark.long
@pytest.mark.parametrize("name", trainings.CASES)
def test_no_training_depends_on_backend(name):
    assert same_on_the_reference(trainings.CASES[name], trainings.SAMPLES)


def train_on_mnist(images, batch_size):
    (x, y), _ = nativecnn.datasets.load_mnist(real_data("mnist"))
    nativecnn.set_random_seed(0)
    model = NETWORKS["convnet"].build((28, 28, 1), 10)
    model.compile("adam", loss="sparse_categorical_crossentropy")
    model.fit(x[:images, ..., np.newaxis] / np.float32(255), y[:images], batch_size=batch_size, verbose=0)
    return model.weights_sha256()


def test_weights_on_mnist_do_not_depend_on_threads_or_instruction_set():
    hashes = set()
    for name in runtime.supported_instruction_sets():
        before = runtime.set_instruction_set(name)
        try:
            for count in (1, 2, 5):
                with nativecnn.threads(count):
                    hashes.add(train_on_mnist(256, 64))
        finally:
            runtime.set_instruction_set(before)
    assert len(hashes) == 1


def test_weights_on_mnist_are_those_of_the_reference():
    native = train_on_mnist(24, 8)
    with nativecnn.use_backend("reference"):
        assert train_on_mnist(24, 8) == native
