"""Graphs to run: branches, joins, shared layers."""

import numpy as np

from nativecnn import graph, layers
from nativecnn.graph import Graph, Tensor


def dense(name, kernel, **settings):
    """A dense layer without bias and with the given kernel."""
    kernel = np.array(kernel, np.float32)
    layer = layers.Dense(kernel.shape[1], use_bias=False, name=name, **settings)
    layer.build((kernel.shape[0],))
    layer.weights["kernel"] = kernel
    return layer


def run(plan, x, targets=None):
    batch = plan.prepared(len(x[0]))
    for buffer, values in zip(batch.inputs, x, strict=True):
        buffer[...] = values
    if targets is not None:
        batch.target_rows.rows[...] = targets
    batch.run()
    return batch


def random_graph(draw):
    """Return a graph of dense layers, activations, sums and reshapings with branches, joins and shared layers."""
    x = Tensor((6,))
    tensors, shared = [x], layers.Dense(6, name="shared")
    for number in range(draw.randrange(2, 14)):
        source = draw.choice(tensors[-3:])
        kind = draw.choice(["dense", "relu", "tanh", "softmax", "add", "flatten", "shared", "twice"])
        if kind == "add":
            tensors.append(graph.apply(layers.Add(name=f"add{number}"), [source, draw.choice(tensors)]))
        elif kind == "shared":
            tensors.append(graph.apply(shared, [source]))
        elif kind == "dense":
            layer = layers.Dense(6, activation=draw.choice([None, "relu", "sigmoid"]), name=f"dense{number}")
            layer.trainable = draw.random() < 0.8
            tensors.append(graph.apply(layer, [source]))
        elif kind == "twice":
            tensors.append(graph.apply(layers.Add(name=f"twice{number}"), [source, source]))
        elif kind == "flatten":
            tensors.append(graph.apply(layers.Flatten(name=f"flatten{number}"), [source]))
        else:
            tensors.append(graph.apply(layers.Activation(kind, name=f"{kind}{number}"), [source]))
    out = graph.apply(layers.Dense(6, name="out", activation=draw.choice([None, "softmax"])), [tensors[-1]])
    return Graph([x], [out, draw.choice(tensors[1:])])


def chain(*layer_list, input_shape):
    x = y = Tensor(input_shape)
    for layer in layer_list:
        y = graph.apply(layer, [y])
    return Graph([x], [y])
