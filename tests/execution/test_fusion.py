"""ReLU in the call of the layer before it: where it is done, and that it changes no bit."""

import random

import numpy as np
import pytest

from nativecnn import graph, layers, losses, reference
from nativecnn.execution.plan import Plan
from nativecnn.graph import Graph, Tensor
from nativecnn.random import Stream
from support.graphs import chain, random_graph, run


def operation_names(plan):
    return [operation.name for operation in plan.program.operations]


@pytest.mark.parametrize("values", ["x", "negative"])
@pytest.mark.parametrize("pool_size, strides", [(2, 2), (3, 2), (2, 3)])
def test_the_gradient_of_relu_in_that_of_pooling_changes_no_bit(pool_size, strides, values):
    whole = chain(
        layers.Conv2D(5, 3, activation="relu", name="a"),
        layers.MaxPooling2D(pool_size, strides, name="b"),
        layers.Conv2D(18, 2, name="c"),
        layers.ReLU(),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(4),
        input_shape=(12, 11, 2),
    )
    x, y = Stream(0, values).uniform((3, 12, 11, 2)) - np.float32(0.5), Stream(0, "y").uniform((3, 4))
    if values == "negative":  # windows without a positive value
        whole.layers[0].weights["kernel"] = -abs(whole.layers[0].weights["kernel"])
        x = abs(x)
    fused, _ = results(whole, losses.get("mse"), x, y, True, True)
    separate, _ = results(whole, losses.get("mse"), x, y, True, False)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(fused, separate, strict=True))
    plan = Plan(whole, 3, True, loss=losses.get("mse"))
    assert sum(name.endswith(" and relu") for name in operation_names(plan)) == 2
    assert not any("activation" in name for name in operation_names(plan))


def results(whole, loss, x, y, training, fusion):
    plan = Plan(whole, len(x), training, loss=loss, input_gradients=training, fusion=fusion)
    for _ in range(2):
        batch = run(plan, [x], y)
    arrays = [*batch.outputs, batch.losses, *batch.input_gradients, *plan.weight_gradients.values()]
    return [array.copy() for array in arrays], sum("+ relu" in name for name in operation_names(plan))


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("training", [True, False])
def test_fusion_changes_no_bit(seed, training):
    whole = random_graph(random.Random(seed))
    x = Stream(seed, "x").uniform((5, 6)) - np.float32(0.5)
    y = np.eye(6, dtype=np.float32)[[0, 3, 2, 5, 1]]
    fused, _ = results(whole, losses.get("mse"), x, y, training, True)
    separate, none = results(whole, losses.get("mse"), x, y, training, False)
    assert none == 0
    assert all(a.tobytes() == b.tobytes() for a, b in zip(fused, separate, strict=True))


@pytest.mark.parametrize("training", [True, False])
def test_fusion_changes_no_bit_of_a_convolutional_network(training):
    whole = chain(
        layers.Conv2D(7, 3, activation="relu", name="a"),
        layers.Conv2D(6, 3, groups=1, use_bias=False, name="b"),
        layers.ReLU(),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(9, activation="relu", name="c"),
        layers.Dense(4, activation="softmax"),
        input_shape=(12, 11, 2),
    )
    x, y = Stream(0, "x").uniform((3, 12, 11, 2)) - np.float32(0.5), np.eye(4, dtype=np.float32)[[0, 3, 2]]
    fused, count = results(whole, losses.get("categorical_crossentropy"), x, y, training, True)
    separate, _ = results(whole, losses.get("categorical_crossentropy"), x, y, training, False)
    assert count == 3
    assert all(a.tobytes() == b.tobytes() for a, b in zip(fused, separate, strict=True))


@pytest.mark.parametrize("training", [True, False])
def test_a_plan_shows_what_it_computes_together(training):
    whole = chain(
        layers.Conv2D(4, 3, activation="relu"), layers.Conv2D(4, 3, name="c"), layers.ReLU(), input_shape=(8, 8, 1)
    )
    plan = Plan(whole, 2, training, loss=losses.MeanSquaredError() if training else None)
    assert operation_names(plan)[:2] == ["conv2d + relu", "c + relu"]
    lines = plan.describe().splitlines()
    assert sum(line.startswith(("conv2d + relu ", "c + relu ")) for line in lines) == 2
    assert not any(line.startswith(("relu ", "conv2d: activation ")) for line in lines)
    if training:
        assert sum(line.startswith("gradient of ") and line.endswith("in place") for line in lines) == 2


def test_other_activations_are_not_fused():
    whole = chain(layers.Dense(3, activation="tanh"), layers.Dense(3, activation="sigmoid", name="d"), input_shape=(4,))
    assert not any("+" in name for name in operation_names(Plan(whole, 2, False)))


def test_a_layer_that_cannot_is_not_asked():
    whole = chain(layers.MaxPooling2D(), layers.ReLU(), input_shape=(4, 4, 1))
    assert operation_names(Plan(whole, 2, False)) == ["max_pooling2d", "relu"]


def test_values_that_others_see_are_kept():
    x = Tensor((3,))
    before = graph.apply(layers.Dense(3, name="d"), [x])
    after = graph.apply(layers.ReLU(), [before])
    both = graph.apply(layers.Add(), [after, before])
    assert "d" in operation_names(Plan(Graph([x], [both]), 2, False))
    assert "d" in operation_names(Plan(Graph([x], [after, before]), 2, False))
    seen_through_a_view = graph.apply(layers.Flatten(), [before])
    assert "d" in operation_names(Plan(Graph([x], [after, seen_through_a_view]), 2, False))
    assert "d + relu" in operation_names(Plan(Graph([x], [after]), 2, False))


def test_float64_plans_fuse_too():
    whole = chain(layers.Dense(3, activation="relu"), input_shape=(4,))
    x = Stream(0, "x").uniform((2, 4)).astype(np.float64) - 0.5
    y = [
        run(Plan(whole, 2, False, np.float64, kernels=reference, fusion=fusion), [x]).outputs[0].tobytes()
        for fusion in (True, False)
    ]
    assert y[0] == y[1]
