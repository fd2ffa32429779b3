"""Updates within a plan: each weight after its gradient, and after everything that needs the old weight."""

import random

import numpy as np
import pytest

import nativecnn
from nativecnn import graph, layers, losses
from nativecnn.execution.plan import Plan
from nativecnn.graph import Graph, Tensor
from nativecnn.layers import dense
from nativecnn.optimizers import SGD
from nativecnn.random import Stream
from support.graphs import chain, random_graph, run


def copied_gradients(into):
    """Return an update that notes the gradient and overwrites the weight, so that nobody may need it any more."""

    def update(layer, name, gradient, rows):
        def call():
            weight = layer.weights.writable(name)
            into.setdefault(f"{layer.name}/{name}", np.full_like(weight, np.nan))[rows] = gradient
            weight[rows] = np.nan

        return call

    return update


@pytest.mark.parametrize("seed", range(40))
def test_gradients_are_those_of_a_plan_that_keeps_them(seed):
    whole = random_graph(random.Random(seed))
    x = Stream(seed, "x").uniform((5, 6)) - np.float32(0.5)
    y = np.eye(6, dtype=np.float32)[[0, 3, 2, 5, 1]]
    settings = {"loss": losses.get("mse"), "input_gradients": True}
    keeping, seen = Plan(whole, 5, True, **settings), {}
    expected = run(keeping, [x], y).input_gradients[0].tobytes()
    updating = Plan(whole, 5, True, **settings, update=copied_gradients(seen))
    batch = run(updating, [x], y)
    assert batch.input_gradients[0].tobytes() == expected
    assert updating.weight_gradients == {}
    assert seen.keys() == keeping.weight_gradients.keys()
    assert all(seen[key].tobytes() == gradient.tobytes() for key, gradient in keeping.weight_gradients.items())


def test_a_layer_is_updated_right_after_its_gradients():
    whole = chain(layers.Dense(3, name="a"), layers.Dense(2, name="b"), input_shape=(4,))
    plan = Plan(whole, 2, True, loss=losses.MeanSquaredError(), update=copied_gradients({}))
    names = [operation.name for operation in plan.program.operations]
    assert names[-4:] == ["gradient of b", "update of b", "gradient of a", "update of a"]
    assert [line.split("  ")[0] for line in plan.describe().splitlines()[-4:]].count("update of a") == 1


def test_a_shared_layer_is_updated_when_all_its_gradients_are_added_up():
    x, shared = Tensor((3,)), layers.Dense(3, name="shared")
    out = graph.apply(shared, [graph.apply(layers.Dense(3, name="middle"), [graph.apply(shared, [x])])])
    plan = Plan(Graph([x], [out]), 2, True, loss=losses.MeanSquaredError(), update=copied_gradients({}))
    updates = [operation.name for operation in plan.program.operations if operation.name.startswith("update")]
    assert updates == ["update of middle", "update of shared"]
    assert plan.program.operations[-1].name == "update of shared"


def test_frozen_layers_are_not_updated():
    whole = chain(layers.Dense(3, name="a", trainable=False), layers.Dense(2, name="b"), input_shape=(4,))
    plan = Plan(whole, 2, True, loss=losses.MeanSquaredError(), update=copied_gradients({}))
    assert [op.name for op in plan.program.operations if "update" in op.name] == ["update of b"]


def test_without_rows_a_large_kernel_is_updated_as_a_whole():
    whole = chain(layers.Dense(2048, name="large"), layers.Dense(2, name="small"), input_shape=(2048,))
    plan = Plan(whole, 2, True, loss=losses.MeanSquaredError(), update=copied_gradients({}), update_by_rows=False)
    names = [operation.name for operation in plan.program.operations]
    assert names[-2:] == ["gradient of large", "update of large"]


@pytest.mark.parametrize("seed", range(20))
def test_all_gradients_are_there_when_all_weights_are_updated_at_the_end(seed):
    whole = random_graph(random.Random(seed))
    x = Stream(seed, "x").uniform((5, 6)) - np.float32(0.5)
    y = np.eye(6, dtype=np.float32)[[0, 3, 2, 5, 1]]
    settings = {"loss": losses.get("mse"), "input_gradients": True}
    keeping, seen = Plan(whole, 5, True, **settings), {}
    expected = run(keeping, [x], y).input_gradients[0].tobytes()

    def update_all(gradients):
        def call():
            for (layer, name), gradient in gradients.items():
                seen[f"{layer.name}/{name}"] = gradient.copy()
                layer.weights.writable(name)[...] = np.nan

        return [call]

    updating = Plan(whole, 5, True, **settings, update_all=update_all)
    assert sum(operation.updates for operation in updating.program.operations) == 1
    assert run(updating, [x], y).input_gradients[0].tobytes() == expected
    assert list(seen) == list(keeping.weight_gradients)
    assert all(seen[key].tobytes() == gradient.tobytes() for key, gradient in keeping.weight_gradients.items())


def test_gradients_share_their_memory():
    whole = chain(*[layers.Dense(256, use_bias=False, name=f"d{n}") for n in range(8)], input_shape=(256,))
    settings = {"loss": losses.MeanSquaredError()}
    keeping = Plan(whole, 2, True, **settings).block_bytes
    updating = Plan(whole, 2, True, **settings, update=copied_gradients({})).block_bytes
    one = 256 * 256 * 4
    assert keeping > 8 * one and updating < 1.2 * one


# Large dense layers: some rows at a time


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(dense, "_PIECE", 20)


@pytest.mark.parametrize("inputs", [41, 42, 44, 57])
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("samples", [1, 5])
def test_pieces_of_a_gradient_are_those_of_the_whole(inputs, use_bias, samples, small_pieces):
    whole = chain(
        layers.Dense(inputs, name="a"),
        layers.Dense(7, activation="relu", use_bias=use_bias, name="b"),
        layers.Dense(3, name="c"),
        input_shape=(4,),
    )
    x, y = Stream(1, "x").uniform((samples, 4)), Stream(2, "y").uniform((samples, 3))
    settings, seen = {"loss": losses.get("mse"), "input_gradients": True}, {}
    keeping = Plan(whole, 5, True, **settings)
    expected = run(keeping, [x], y).input_gradients[0].tobytes()
    updating = Plan(whole, 5, True, **settings, update=copied_gradients(seen))
    assert "gradient of b and update" in [operation.name for operation in updating.program.operations]
    batch = run(updating, [x], y)
    assert batch.input_gradients[0].tobytes() == expected
    assert seen.keys() == keeping.weight_gradients.keys()
    assert all(seen[key].tobytes() == gradient.tobytes() for key, gradient in keeping.weight_gradients.items())


@pytest.mark.parametrize(
    "optimizer", ["sgd", SGD(0.1, momentum=0.9, nesterov=True), "adam"], ids=["sgd", "nesterov", "adam"]
)
def test_training_by_pieces_gives_the_same_weights(optimizer, monkeypatch):
    x, y = Stream(1, "x").uniform((23, 50)), Stream(2, "y").uniform((23, 3))
    results = set()
    for piece in (10, 64, 1 << 19):
        monkeypatch.setattr(dense, "_PIECE", piece)
        nativecnn.set_random_seed(0)
        model = nativecnn.Sequential([layers.Dense(40, activation="relu", input_dim=50), layers.Dense(3)])
        model.compile(optimizer, loss="mse")
        model.fit(x, y, batch_size=8, epochs=3, verbose=0)
        results.add(model.weights_sha256())
    assert len(results) == 1


def test_a_frozen_or_shared_layer_has_no_pieces(small_pieces):
    x, shared = Tensor((9,)), layers.Dense(9, name="shared")
    out = graph.apply(
        layers.Dense(9, name="frozen", trainable=False), [graph.apply(shared, [graph.apply(shared, [x])])]
    )
    plan = Plan(Graph([x], [out]), 2, True, loss=losses.MeanSquaredError(), update=copied_gradients({}))
    assert not any(operation.name.endswith("and update") for operation in plan.program.operations)


def test_a_large_kernel_has_a_small_gradient():
    whole = chain(layers.Dense(2048, name="large"), layers.Dense(2, name="small"), input_shape=(2048,))
    plan = Plan(whole, 2, True, loss=losses.MeanSquaredError(), update=copied_gradients({}))
    assert plan.block_bytes < 2 * 2048 * 2048  # half of what the kernel takes
