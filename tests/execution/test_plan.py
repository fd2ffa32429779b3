"""Plans: what they compute, in whatever graph, and that shared memory changes nothing."""

import random

import numpy as np
import pytest

from nativecnn import graph, layers, losses
from nativecnn.execution import plan
from nativecnn.execution.plan import Plan
from nativecnn.graph import Graph, Tensor
from nativecnn.random import Stream
from support.graphs import chain, dense, random_graph, run


def test_a_diamond_has_the_gradients_worked_out_by_hand():
    # u = 2x; left = 3u; right = u/2; out = left + right = 3.5 u; C = (out - t)² / 2
    x = Tensor((1,))
    u = graph.apply(dense("u", [[2]]), [x])
    left, right = graph.apply(dense("left", [[3]]), [u]), graph.apply(dense("right", [[0.5]]), [u])
    out = graph.apply(layers.Add(), [left, right])
    training = Plan(Graph([x], [out]), 1, True, loss=losses.HalfSquaredError(), input_gradients=True)
    batch = run(training, [[[1.5]]], [[0.5]])
    assert batch.outputs[0].item() == 10.5
    assert batch.losses.item() == 50
    gradients = {key: value.item() for key, value in training.weight_gradients.items()}
    assert gradients == {"left/kernel": 30, "right/kernel": 30, "u/kernel": 52.5}
    assert batch.input_gradients[0].item() == 70


def test_gradients_of_several_consumers_are_added_in_their_order():
    # 1e8 - 1e8 + 1 is 1; in any other order of float32 additions the 1 is lost.
    x = Tensor((1,))
    u = graph.apply(dense("u", [[1]]), [x])
    branches = [graph.apply(dense(f"b{n}", [[w]]), [u]) for n, w in enumerate([1e8, -1e8, 1])]
    out = graph.apply(layers.Add(name="s1"), [graph.apply(layers.Add(name="s0"), branches[:2]), branches[2]])
    training = Plan(Graph([x], [out]), 1, True, loss=losses.HalfSquaredError(), input_gradients=True)
    batch = run(training, [[[1.0]]], [[0.0]])
    assert batch.outputs[0].item() == 1
    assert batch.input_gradients[0].item() == 1


def test_a_tensor_may_feed_one_layer_twice():
    x = Tensor((1,))
    u = graph.apply(dense("u", [[2]]), [x])
    out = graph.apply(layers.Add(), [u, u])
    training = Plan(Graph([x], [out]), 1, True, loss=losses.HalfSquaredError())
    batch = run(training, [[[3.0]]], [[2.0]])
    assert batch.outputs[0].item() == 12
    assert training.weight_gradients["u/kernel"].item() == 10 * 2 * 3


def test_gradients_of_a_shared_layer_are_added():
    # out = w·w·x: dC/dw = (out - t) (w x + w x)
    x, shared = Tensor((1,)), dense("shared", [[3]])
    out = graph.apply(shared, [graph.apply(shared, [x])])
    training = Plan(Graph([x], [out]), 1, True, loss=losses.HalfSquaredError())
    run(training, [[[2.0]]], [[8.0]])
    assert training.weight_gradients["shared/kernel"].item() == 10 * (6 + 6)


def test_several_inputs_and_outputs():
    a, b = Tensor((3,), name="a"), Tensor((3,), name="b")
    total = graph.apply(layers.Add(), [a, b])
    rectified = graph.apply(layers.ReLU(), [total])
    prediction = Plan(Graph([a, b], [rectified, total]), 2, False)
    x, y = np.float32([[1, -2, 3], [4, 5, -6]]), np.float32([[-2, 1, 1], [1, 1, 1]])
    batch = run(prediction, [x, y])
    assert np.array_equal(batch.outputs[0], np.maximum(x + y, 0))
    assert np.array_equal(batch.outputs[1], x + y)


def test_an_activation_does_not_overwrite_what_another_consumer_needs():
    x = Tensor((2,))
    u = graph.apply(dense("u", [[1, 0], [0, 1]]), [x])
    out = graph.apply(layers.Add(), [graph.apply(layers.ReLU(), [u]), u])
    batch = run(Plan(Graph([x], [out]), 1, False), [[[-1, 2]]])
    assert batch.outputs[0].tolist() == [[-1, 4]]


def results(whole, loss, samples, x, y, kind):
    settings = {"output_gradients": True} if kind == "given" else {"loss": loss, "input_gradients": kind == "train"}
    computing = Plan(whole, 5, kind == "train", **settings)
    for _ in range(2):  # the second run meets what the first left behind
        for buffer in computing.prepared(samples).output_gradients:
            buffer[...] = y[:samples]
        batch = run(computing, [x[:samples]], None if kind == "given" else y[:samples])
    losses_of_heads = [head.losses for head in batch.heads]
    arrays = [*batch.outputs, *losses_of_heads, *batch.input_gradients, *computing.weight_gradients.values()]
    return [array.copy() for array in arrays]


def without_sharing(program):
    places = plan_places(program)
    end = len(program.operations)
    values = [*program.inputs, *program.output_gradients, *(head.targets for head in program.heads)]
    values += [value for operation in program.operations for value in operation.writes]
    assert set(values) == set(places)
    return {value: plan._Place(value, -1, end) for value in values}


plan_places = plan._assign_places


@pytest.mark.parametrize("seed", range(40))
def test_sharing_memory_changes_no_bit(seed, monkeypatch):
    draw = random.Random(seed)
    whole = random_graph(draw)
    loss = losses.get(draw.choice(["mse", "categorical_crossentropy"]))
    x = Stream(seed, "x").uniform((5, 6)) - np.float32(0.5)
    y = np.eye(6, dtype=np.float32)[[0, 3, 2, 5, 1]]
    for kind, samples in (("train", 5), ("train", 3), ("test", 5), ("given", 5), ("given", 3)):
        shared = results(whole, loss, samples, x, y, kind)
        with monkeypatch.context() as patch:
            patch.setattr(plan, "_assign_places", without_sharing)
            separate = results(whole, loss, samples, x, y, kind)
        assert all(a.tobytes() == b.tobytes() for a, b in zip(shared, separate, strict=True))


def operation_names(plan):
    return [operation.name for operation in plan.program.operations]


def test_nothing_below_the_lowest_trainable_layer_is_computed_backward():
    frozen = layers.Conv2D(4, 3, trainable=False, activation="relu")
    whole = chain(
        layers.Conv2D(2, 3, name="bottom", trainable=False),
        frozen,
        layers.Flatten(),
        layers.Dense(5, name="head"),
        input_shape=(8, 8, 1),
    )
    training = Plan(whole, 4, True, loss=losses.MeanSquaredError())
    backward = operation_names(training)[operation_names(training).index("loss: mean_squared_error") + 1 :]
    assert backward == ["gradient of head"]
    written = [value.name for value in training.program.operations[-1].writes]
    assert written == ["gradient of head/kernel", "gradient of head/bias"]


def test_the_gradient_of_the_models_input_is_not_computed():
    whole = chain(layers.Dense(3, name="first"), input_shape=(4,))
    training = Plan(whole, 4, True, loss=losses.MeanSquaredError())
    written = [value.name for value in training.program.operations[-1].writes]
    assert written == ["gradient of first/kernel", "gradient of first/bias"]


def test_with_given_gradients_of_outputs_only_those_of_the_inputs_are_computed():
    whole = chain(
        layers.Conv2D(2, 3, name="first"), layers.Flatten(), layers.Dense(5, name="end"), input_shape=(8, 8, 1)
    )
    inference = Plan(whole, 4, False, output_gradients=True)
    assert operation_names(inference) == ["first", "end", "gradient of end", "gradient of first"]
    assert [len(operation.writes) for operation in inference.program.operations] == [1, 1, 1, 1]
    assert inference.weight_gradients == {}


def test_activations_run_in_place_and_flatten_copies_nothing():
    whole = chain(
        layers.Conv2D(4, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(4),
        layers.Tanh(),
        input_shape=(8, 8, 1),
    )
    for training in (False, True):
        made = Plan(whole, 4, training, loss=losses.MeanSquaredError() if training else None)
        description = made.describe()
        for line in description.splitlines():
            if line.removeprefix("gradient of ").startswith(("conv2d: activation ", "tanh ")):
                assert line.endswith("in place"), line
        assert "flatten" not in " ".join(operation_names(made)[:5])


def test_an_activation_of_which_the_layer_before_needs_the_output_is_not_in_place():
    whole = chain(layers.Dense(3), layers.Tanh(), layers.ReLU(), input_shape=(4,))
    training = Plan(whole, 2, True, loss=losses.MeanSquaredError()).describe()
    prediction = Plan(whole, 2, False).describe()
    line = next(line for line in training.splitlines() if line.startswith("relu "))
    assert not line.endswith("in place")
    assert next(line for line in prediction.splitlines() if line.startswith("relu ")).endswith("in place")


@pytest.mark.parametrize(
    "last, loss, kernel",
    [
        (layers.Dense(3, activation="softmax"), "categorical_crossentropy", "softmax_crossentropy"),
        (layers.Dense(3, activation="softmax"), "sparse_categorical_crossentropy", "softmax_crossentropy"),
        (layers.Dense(3, activation="sigmoid"), "logloss", "sigmoid_crossentropy"),
        (layers.Softmax(), "categorical_crossentropy", "softmax_crossentropy"),
        (layers.Activation("sigmoid"), "binary_crossentropy", "sigmoid_crossentropy"),
        (layers.Activation("tanh"), "binary_crossentropy", "binary_crossentropy"),
        (layers.Activation("sigmoid"), "categorical_crossentropy", "categorical_crossentropy"),
        (layers.Dense(3, activation="softmax"), "mse", "mean_squared_error"),
        (layers.Dense(3), losses.CategoricalCrossentropy(from_logits=True), "softmax_crossentropy"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_cross_entropy_after_its_own_activation_is_computed_from_the_logits(last, loss, kernel):
    whole = chain(layers.Dense(3, name="before"), last, input_shape=(4,))
    training = Plan(whole, 4, True, loss=losses.get(loss))
    assert f"loss: {kernel}" in operation_names(training)
    assert kernel in training.describe().splitlines()[1]
    fused = kernel in ("softmax_crossentropy", "sigmoid_crossentropy") and not losses.get(loss).from_logits
    assert ("the values before the final" in training.describe()) == fused


def test_logits_expected_of_a_model_that_ends_with_softmax_are_a_warning():
    whole = chain(layers.Dense(3, activation="softmax"), input_shape=(4,))
    with pytest.warns(UserWarning, match="applied twice"):
        Plan(whole, 4, True, loss=losses.SparseCategoricalCrossentropy(from_logits=True))


def test_every_buffer_is_aligned_to_a_cache_line():
    whole = chain(layers.Conv2D(3, 3, activation="relu"), layers.Flatten(), layers.Dense(5), input_shape=(5, 5, 1))
    training = Plan(whole, 3, True, loss=losses.MeanSquaredError())
    for samples in (3, 1):
        batch = training.prepared(samples)
        for array in [*batch.inputs, *batch.outputs, batch.losses, *training.weight_gradients.values()]:
            assert array.ctypes.data % 64 == 0 and array.flags.c_contiguous


def test_memory_is_reused_by_lifetime():
    deep = chain(*[layers.Conv2D(8, 3, padding="same") for _ in range(1)], input_shape=(16, 16, 8))
    deeper = chain(*[layers.Conv2D(8, 3, padding="same", name=f"c{n}") for n in range(12)], input_shape=(16, 16, 8))
    assert Plan(deeper, 4, False).block_bytes == Plan(deep, 4, False).block_bytes


@pytest.mark.parametrize("samples", [0, 5, -1])
def test_a_batch_of_another_size_than_planned_is_refused(samples):
    made = Plan(chain(layers.ReLU(), input_shape=(3,)), 4, False)
    with pytest.raises(ValueError, match=f"1 to 4 samples, got {samples}"):
        made.prepared(samples)


def test_training_without_a_loss_is_refused():
    with pytest.raises(ValueError, match="expected a loss"):
        Plan(chain(layers.Dense(2), input_shape=(3,)), 4, True)


def test_a_batch_too_large_for_any_memory_is_a_memory_error():
    with pytest.raises(MemoryError):
        Plan(chain(layers.ReLU(), input_shape=(3,)), 2**60, False)


def test_views_of_many_sizes_are_not_all_kept():
    made = Plan(chain(layers.ReLU(), input_shape=(3,)), 100, False)
    for samples in range(1, 101):
        made.prepared(samples)
    assert len(made._prepared) <= 8
