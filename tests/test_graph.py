"""The graph of layers: order, sharing, errors."""

import pytest

from nativecnn import graph, layers
from nativecnn.graph import Graph, Tensor


class Joined(layers.Layer):
    """Two inputs of one shape."""

    def compute_output_shape(self, input_shape):
        if not isinstance(input_shape, list) or len(set(input_shape)) != 1:
            raise ValueError(f"{self.label}: expected several inputs of one shape, got {input_shape}")
        return input_shape[0]


def test_nodes_come_after_those_they_depend_on():
    x = Tensor((4,))
    a = graph.apply(layers.Dense(3, name="a"), [x])
    b = graph.apply(layers.Dense(3, name="b"), [a])
    c = graph.apply(layers.ReLU(name="c"), [a])
    d = graph.apply(Joined(name="d"), [c, b])
    order = [node.layer.name for node in Graph([x], [d]).nodes]
    assert order == ["a", "c", "b", "d"]


def test_only_what_leads_to_the_outputs_takes_part():
    x = Tensor((4,))
    a = graph.apply(layers.Dense(3, name="a"), [x])
    graph.apply(layers.Dense(3, name="unused"), [a])
    assert [layer.name for layer in Graph([x], [a]).layers] == ["a"]


def test_a_graph_may_begin_within_another():
    x = Tensor((4,))
    a = graph.apply(layers.Dense(3, name="a"), [x])
    b = graph.apply(layers.Dense(2, name="b"), [a])
    assert [layer.name for layer in Graph([a], [b]).layers] == ["b"]


def test_a_layer_applied_twice_is_one_layer_with_two_nodes():
    x, shared = Tensor((4,)), layers.Dense(4, name="shared")
    y = graph.apply(shared, [graph.apply(shared, [x])])
    whole = Graph([x], [y])
    assert len(whole.nodes) == 2 and whole.layers == (shared,)
    assert list(whole.weights()) == ["shared/kernel", "shared/bias"]


def test_frozen_layers_have_no_trainable_weights():
    x = Tensor((4,))
    a = graph.apply(layers.Dense(3, name="a", trainable=False), [x])
    b = graph.apply(layers.Dense(3, name="b"), [a])
    assert list(Graph([x], [b]).weights(trainable_only=True)) == ["b/kernel", "b/bias"]


def test_a_chain_of_thousands_of_layers_is_no_problem():
    x = y = Tensor((2,))
    for number in range(5000):
        y = graph.apply(layers.ReLU(name=f"r{number}"), [y])
    assert len(Graph([x], [y]).nodes) == 5000


def test_a_tensor_from_nowhere_is_refused():
    x, other = Tensor((4,)), Tensor((4,), name="other")
    y = graph.apply(Joined(), [x, other])
    with pytest.raises(ValueError, match="'other' is no input"):
        Graph([x], [y])


def test_two_layers_of_one_name_are_refused():
    x = Tensor((4,))
    y = graph.apply(layers.ReLU(name="same"), [graph.apply(layers.Tanh(name="same"), [x])])
    with pytest.raises(ValueError, match="two named 'same'"):
        Graph([x], [y])


def test_inputs_that_do_not_fit_each_other_are_refused():
    with pytest.raises(ValueError, match=r"'joined' .*got \[\(4,\), \(3,\)\]"):
        graph.apply(Joined(), [Tensor((4,)), Tensor((3,))])
