"""What is computed in the call of the layer before it: where that is done, and that it changes no bit."""

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


def normalization(name=None, channels=None):
    """Return a batch normalization, of which no weight is the same for all channels."""
    layer = layers.BatchNormalization(name=name, epsilon=1e-3)
    if channels:
        layer.build((channels,))
        for number, weight in enumerate(("gamma", "beta", "moving_mean", "moving_variance")):
            values = Stream(number, "normalization").uniform((channels,))
            layer.weights[weight] = (
                values + np.float32(0.5) if weight == "moving_variance" else values - np.float32(0.5)
            )
    return layer


def applied(tensor, *layer_list):
    for layer in layer_list:
        tensor = graph.apply(layer, [tensor])
    return tensor


def normalized(tensor, layer, name, *others):
    """Return a layer of a name without bias, its normalization and others applied to a tensor."""
    tensor = applied(tensor, layer)
    return applied(tensor, normalization(f"{name}_normalization", tensor.shape[-1]), *others)


def residual_block(x, name, *, shortcut, activation, first="branch", **settings):
    """Return a block of a residual network; ``first`` is the side that the addition names first."""
    channels = settings.pop("filters", x.shape[-1])
    strides = settings.get("strides", 1)
    branch = normalized(
        *(x, layers.Conv2D(channels, 3, padding=1, use_bias=False, name=f"{name}_a", **settings), f"{name}_a"),
        layers.ReLU(name=f"{name}_a_relu"),
    )
    branch = normalized(branch, layers.Conv2D(channels, 3, padding=1, use_bias=False, name=f"{name}_b"), f"{name}_b")
    side = x
    if shortcut:
        projection = layers.Conv2D(channels, 1, strides, use_bias=False, name=f"{name}_shortcut")
        side = normalized(x, projection, f"{name}_shortcut")
    sides = [branch, side] if first == "branch" else [side, branch]
    total = graph.apply(layers.Add(name=f"{name}_add"), sides)
    return applied(total, layers.Activation(activation, name=f"{name}_end")) if activation else total


def same_bits(whole, shapes, dtype=np.float32, kernels=None, samples=3):
    """Assert that fusion changes no bit of a graph's outputs; return the plan with it."""
    x = [
        Stream(number, "x").uniform((samples, *shape)).astype(dtype) - dtype(0.5) for number, shape in enumerate(shapes)
    ]
    fused, separate = (Plan(whole, samples, False, dtype, kernels=kernels, fusion=fusion) for fusion in (True, False))
    for _ in range(2):
        outputs = [[array.copy() for array in run(plan, x).outputs] for plan in (fused, separate)]
        assert [a.tobytes() for a in outputs[0]] == [b.tobytes() for b in outputs[1]]
        assert all(np.isfinite(array).all() for array in outputs[0])
    return fused


@pytest.mark.parametrize("first", ["branch", "shortcut"])
@pytest.mark.parametrize("activation", ["relu", "relu6", None])
@pytest.mark.parametrize("shortcut", [True, False])
def test_a_residual_block_is_its_convolutions(shortcut, activation, first):
    x = Tensor((9, 7, 6))
    y = residual_block(x, "block", shortcut=shortcut, activation=activation, first=first)
    plan = same_bits(Graph([x], [y]), [x.shape])
    end = "".join(f" + {part}" for part in ("normalization", "addition", activation) if part)
    if not shortcut:
        expected = ["block_a + normalization + relu", f"block_b{end}"]
    elif first == "branch":
        expected = ["block_a + normalization + relu", "block_b + normalization", f"block_shortcut{end}"]
    else:
        expected = ["block_shortcut + normalization", "block_a + normalization + relu", f"block_b{end}"]
    assert operation_names(plan) == expected


@pytest.mark.parametrize("kind", ["conv", "strided", "depthwise", "winograd", "grouped", "one by one", "dense"])
@pytest.mark.parametrize("activation", ["relu", "relu6", "tanh"])
def test_every_layer_that_goes_on_with_its_sums_keeps_the_bits(kind, activation):
    layer, shape = {
        "conv": (layers.Conv2D(5, 3, padding=1, name="a"), (8, 9, 5)),
        "strided": (layers.Conv2D(20, 7, 2, padding=3, name="a"), (16, 18, 3)),
        "depthwise": (layers.Conv2D(35, 3, padding=1, groups=35, name="a"), (8, 9, 35)),
        "winograd": (layers.Conv2D(40, 3, padding=1, algorithm="winograd", name="a"), (8, 9, 17)),
        "grouped": (layers.Conv2D(34, 3, padding=1, groups=2, name="a"), (8, 9, 20)),
        "one by one": (layers.Conv2D(40, 1, name="a"), (8, 9, 300)),
        "dense": (layers.Dense(40, name="a"), (300,)),
    }[kind]
    x = Tensor(shape)
    y = normalized(x, layer, "a")
    other = Tensor(y.shape, name="other")
    y = applied(graph.apply(layers.Add(), [other, y]), layers.Activation(activation))
    plan = same_bits(Graph([x, other], [y]), [shape, other.shape])
    fused = "a + normalization + addition" + (f" + {activation}" if activation != "tanh" else "")
    assert operation_names(plan)[0] == fused


def test_a_network_of_residual_blocks_keeps_its_bits():
    x = Tensor((16, 16, 3))
    y = normalized(x, layers.Conv2D(8, 3, padding=1, use_bias=False, name="stem"), "stem", layers.ReLU())
    for number, settings in enumerate(({}, {"filters": 24, "strides": 2}, {}, {"filters": 40, "strides": 2}, {})):
        shortcut = bool(settings)
        y = residual_block(y, f"block{number}", shortcut=shortcut, activation="relu", **settings)
    y = applied(y, layers.Flatten(), layers.Dense(10), layers.Softmax())
    plan = same_bits(Graph([x], [y]), [x.shape])
    assert len(operation_names(plan)) == 1 + 5 * 2 + 2 + 2
    same_bits(Graph([x], [y]), [x.shape], np.float64, reference)


def test_what_is_added_may_be_computed_later():
    x = Tensor((6, 6, 4))
    early = normalized(x, layers.Conv2D(4, 1, name="early"), "early")
    late = applied(x, layers.Activation("tanh", name="late"))
    y = graph.apply(layers.Add(), [early, late])
    plan = same_bits(Graph([x], [y]), [x.shape])
    assert operation_names(plan) == ["late", "early + normalization + addition"]


def test_values_between_that_others_see_are_kept():
    x = Tensor((6, 6, 4))
    summed = applied(x, layers.Conv2D(4, 1, name="a"))
    scaled = applied(summed, normalization("b", 4))
    added = graph.apply(layers.Add(name="c"), [scaled, x])
    ended = applied(added, layers.ReLU(name="d"))
    assert operation_names(same_bits(Graph([x], [ended]), [x.shape])) == ["a + normalization + addition + relu"]
    assert operation_names(same_bits(Graph([x], [ended, added]), [x.shape])) == ["a + normalization + addition", "d"]
    assert operation_names(same_bits(Graph([x], [ended, scaled]), [x.shape])) == ["a + normalization", "c", "d"]
    assert operation_names(same_bits(Graph([x], [ended, summed]), [x.shape])) == ["a", "b", "c", "d"]


def test_sums_of_a_value_with_itself_and_of_three_are_no_epilogues():
    x = Tensor((6, 6, 4))
    y = applied(x, layers.Conv2D(4, 1, name="a"))
    twice = graph.apply(layers.Add(name="twice"), [y, y])
    assert operation_names(same_bits(Graph([x], [twice]), [x.shape])) == ["a", "twice"]
    three = graph.apply(layers.Add(name="three"), [y, x, x])
    assert operation_names(same_bits(Graph([x], [three]), [x.shape])) == ["a", "three"]


def test_the_order_of_an_epilogue_is_kept():
    x = Tensor((6, 6, 4))
    y = applied(x, layers.Conv2D(4, 1, name="a"), layers.ReLU(name="b"), normalization("c", 4))
    assert operation_names(same_bits(Graph([x], [y]), [x.shape])) == ["a + relu", "c"]
    y = graph.apply(layers.Add(name="d"), [applied(x, layers.Conv2D(4, 1, name="e")), x])
    y = applied(y, normalization("f", 4))
    assert operation_names(same_bits(Graph([x], [y]), [x.shape])) == ["e + addition", "f"]


def test_normalization_and_addition_are_steps_of_their_own_in_training():
    x = Tensor((6, 6, 4))
    y = residual_block(x, "block", shortcut=False, activation="relu")
    arrays = Stream(0, "x").uniform((3, 6, 6, 4)), Stream(0, "y").uniform((3, 6, 6, 4))
    whole = Graph([x], [y])
    fused, _ = results(whole, losses.get("mse"), *arrays, True, True)
    separate, _ = results(whole, losses.get("mse"), *arrays, True, False)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(fused, separate, strict=True))
    names = operation_names(Plan(whole, 3, True, loss=losses.get("mse")))
    assert not any("normalization +" in name or "addition" in name for name in names if " + relu" not in name)
    assert "block_b" in names and "block_add" in names


@pytest.mark.parametrize("weight", ["gamma", "beta", "moving_mean", "moving_variance"])
def test_a_changed_weight_of_a_normalization_counts_from_the_next_run_on(weight):
    x = Tensor((6, 6, 4))
    layer = normalization("b", 4)
    whole = Graph([x], [applied(x, layers.Conv2D(4, 1, name="a"), layer)])
    values = Stream(0, "x").uniform((2, 6, 6, 4))
    fused, separate = (Plan(whole, 2, False, fusion=fusion) for fusion in (True, False))
    before = run(fused, [values]).outputs[0].copy()
    layer.weights[weight] = layer.weights[weight] + np.float32(0.25)
    after = run(fused, [values]).outputs[0].copy()
    assert (before != after).any()
    assert after.tobytes() == run(separate, [values]).outputs[0].tobytes()
    change = layer.weights.begin_change()  # nothing is kept while it goes on
    for _ in range(2):
        layer.weights.writable(weight)[...] += np.float32(0.5)
        during = run(fused, [values]).outputs[0].copy()
        assert during.tobytes() == run(separate, [values]).outputs[0].tobytes()
    layer.weights.writable(weight)[...] += np.float32(0.5)
    change.end()
    assert run(fused, [values]).outputs[0].tobytes() == run(separate, [values]).outputs[0].tobytes()
