"""Layers of several inputs."""

import numpy as np
import pytest

import nativecnn
from nativecnn import graph, layers, losses, ops
from nativecnn.execution.plan import Plan
from nativecnn.graph import Graph, Tensor
from support import assert_same_bits, random_array
from support.differences import central_differences
from support.graphs import run

MERGING = {
    "Add": ops.add,
    "Average": ops.average,
    "Multiply": ops.multiply,
    "Maximum": ops.maximum,
    "Minimum": ops.minimum,
    "Subtract": ops.subtract,
}


def inputs_of(kind):
    return [random_array(seed, (2, 3, 4, 5)) for seed in range(2 if kind == "Subtract" else 3)]


def planned(layer, inputs, **settings):
    tensors = [Tensor(x.shape[1:]) for x in inputs]
    return Plan(Graph(tensors, [graph.apply(layer, tensors)]), len(inputs[0]), **settings)


@pytest.mark.parametrize("kind", MERGING)
def test_a_layer_computes_what_the_function_computes(kind):
    inputs = inputs_of(kind)
    (y,) = run(planned(getattr(layers, kind)(), inputs, training=False), inputs).outputs
    assert_same_bits(y, MERGING[kind](*inputs))


@pytest.mark.parametrize("axis", [1, 2, 3, -1, -2])
def test_concatenation_along_any_axis_of_a_sample(axis):
    shapes = [[2, 3, 4, 5] for _ in range(3)]
    shapes[1][axis], shapes[2][axis] = 7, 1
    inputs = [random_array(seed, shape) for seed, shape in enumerate(shapes)]
    (y,) = run(planned(layers.Concatenate(axis=axis), inputs, training=False), inputs).outputs
    assert_same_bits(y, np.concatenate(inputs, axis))
    assert_same_bits(y, ops.concatenate(*inputs, axis=axis))


@pytest.mark.parametrize("backend", ["native", "reference"])
@pytest.mark.parametrize("kind", [*MERGING, "Concatenate"])
def test_gradients_are_how_the_loss_changes(kind, backend):
    # All of 10 tenths apart, so that no nudge changes which is the largest.
    values = np.random.default_rng(1).permutation(3 * 24).reshape(3, 2, 12) / 10 + 0.1
    inputs = list(values[: 2 if kind == "Subtract" else 3].astype(np.float32))
    layer = getattr(layers, kind)()
    loss = losses.get("half_squared_error")
    with nativecnn.use_backend(backend):
        plan = planned(layer, inputs, training=True, loss=loss, input_gradients=True)
        targets = random_array(9, (2, *plan.program.outputs[0].shape))
        gradients = run(plan, inputs, targets).input_gradients
    exact = planned(layer, inputs, training=False, loss=loss, dtype=np.float64, kernels=nativecnn.reference)
    wide = [x.astype(np.float64) for x in inputs]
    for x, gradient in zip(wide, gradients, strict=True):
        numerical = central_differences(lambda: run(exact, wide, targets).losses.sum(), x)
        np.testing.assert_allclose(gradient, numerical, rtol=1e-4, atol=1e-4)


def branches(kind, count=3):
    """A graph in which every input of a merging layer has a weight below it, and another reader."""
    nativecnn.set_random_seed(2)
    x = Tensor((6,))
    tensors = [graph.apply(layers.Dense(6, activation="tanh", name=f"d{n}"), [x]) for n in range(count)]
    merged = graph.apply(getattr(layers, kind)(name="merged"), tensors)
    again = graph.apply(layers.Add(name="again"), [graph.apply(layers.Tanh(name="tanh"), [merged]), tensors[0]])
    wide = again if kind != "Concatenate" else merged
    return Graph([x], [graph.apply(layers.Dense(2, name="out"), [wide])])


@pytest.mark.parametrize("kind", [kind for kind in MERGING if kind != "Subtract"])
def test_bits_do_not_depend_on_the_backend_and_on_what_shares_memory(kind):
    x, y = random_array(1, (5, 6)), random_array(2, (5, 2))
    results = []
    for backend in ("native", "reference"):
        with nativecnn.use_backend(backend):
            plan = Plan(branches(kind), 5, training=True, loss=losses.get("mse"), input_gradients=True)
            batch = run(plan, [x], y)
            results.append([*plan.weight_gradients.values(), *batch.input_gradients])
    assert_same_bits(results[0], results[1])


def test_the_gradient_of_a_sum_is_that_of_its_terms_and_is_not_copied():
    plan = Plan(branches("Add"), 5, training=True, loss=losses.get("mse"))
    names = [operation.name for operation in plan.program.operations]
    assert not any(name.startswith(("gradient of merged", "gradient of again")) for name in names), names
    assert sum(name.startswith("gradient of d") for name in names) >= 3


def test_a_gradient_that_two_read_is_overwritten_by_neither_before_the_other():
    # Both branches of the sum are activations, which compute their gradients in place where they may.
    x = Tensor((6,))
    a = graph.apply(layers.Tanh(name="a"), [x])
    b = graph.apply(layers.Sigmoid(name="b"), [x])
    out = graph.apply(layers.Add(name="sum"), [a, b])
    loss = losses.get("half_squared_error")
    plan = Plan(Graph([x], [out]), 3, training=True, loss=loss, input_gradients=True)
    values, targets = random_array(1, (3, 6)), random_array(2, (3, 6))
    (dx,) = run(plan, [values], targets).input_gradients
    tanh, sigmoid = ops.tanh(values), ops.sigmoid(values)
    dy = (tanh + sigmoid) - targets
    assert_same_bits(dx, ops.tanh_backward(dy, tanh) + ops.sigmoid_backward(dy, sigmoid))


def test_a_term_that_comes_twice_has_the_gradient_twice():
    x = Tensor((4,))
    out = graph.apply(layers.Add(), [x, x])
    plan = Plan(Graph([x], [out]), 2, training=True, loss=losses.get("half_squared_error"), input_gradients=True)
    values = random_array(1, (2, 4))
    (dx,) = run(plan, [values], np.zeros((2, 4), np.float32)).input_gradients
    assert_same_bits(dx, 4 * values)


@pytest.mark.parametrize("kind", [*MERGING, "Concatenate"])
def test_shapes_that_do_not_fit_are_refused_by_name(kind):
    layer = getattr(layers, kind)(name="joined")
    with pytest.raises(ValueError, match=r"'joined' .*\(4, 4, 2\).*\(4, 3, 2\)"):
        layer.build([(4, 4, 2), (4, 3, 2)])
    with pytest.raises(ValueError, match="'joined' .*expected a list of at least two inputs"):
        layer.build((4, 4, 2))
    if kind == "Subtract":
        with pytest.raises(ValueError, match="'joined' .*expected 2 inputs, got 3"):
            layer.build([(4,), (4,), (4,)])


def test_shapes_after_concatenation():
    assert layers.Concatenate().compute_output_shape([(4, 4, 2), (4, 4, 5)]) == (4, 4, 7)
    assert layers.Concatenate(axis=1).compute_output_shape([(4, 4), (3, 4), (1, 4)]) == (8, 4)


@pytest.mark.parametrize("axis", [0, -3, 3])
def test_axes_that_a_sample_does_not_have_are_refused(axis):
    with pytest.raises(ValueError, match="axis: expected"):
        layers.Concatenate(axis=axis).build([(4, 2), (4, 2)])
    with pytest.raises(TypeError, match="axis: expected an integer"):
        layers.Concatenate(axis=1.0)
