"""Trainings composed of the second opinion's functions.

A network is a list of names of functions with their settings, "flatten" among them.
"""

import numpy as np

from nativecnn.optimizers import Adam


def weights_by_layer(network, arrays):
    """Return kernels and biases by the number of their layer in the network."""
    places = [number for number, (function, _) in enumerate(network) if function in ("conv2d", "dense")]
    return dict(zip(places, arrays, strict=True))


def forward(opinion, network, weights, x):
    """Return what goes into each layer, and what comes out of the last."""
    inputs = []
    for number, (function, settings) in enumerate(network):
        inputs.append(x)
        if function == "flatten":
            x = np.ascontiguousarray(x.reshape(len(x), -1))
        else:
            x = getattr(opinion, function)(x, *weights.get(number, ()), **settings)
    return inputs, x


def backward(opinion, network, weights, inputs, output, dy):
    """Return the gradients of the weights, by layer, from that of the output."""
    gradients = {}
    outputs = [*inputs[1:], output]
    for number in reversed(range(len(network))):
        function, settings = network[number]
        x, y = inputs[number], outputs[number]
        if function == "flatten":
            dy = dy.reshape(x.shape)
        elif function in ("conv2d", "dense"):
            backward_function = getattr(opinion, f"{function}_backward")
            dy, *gradients[number] = backward_function(dy, x, weights[number][0], **settings)
        elif function == "max_pool2d":
            dy = opinion.max_pool2d_backward(dy, x, **settings)
        elif function == "average_pool2d":
            dy = opinion.average_pool2d_backward(dy, x.shape[1:3], **settings)
        else:
            dy = getattr(opinion, f"{function}_backward")(dy, y)
    return gradients


def train(opinion, network, weights, loss, optimizer, x, y, orders, batch_size):
    """Change the weights as epochs with these orders of the samples do."""
    step = 0
    memory = {number: [(np.zeros_like(w), np.zeros_like(w)) for w in arrays] for number, arrays in weights.items()}
    for order in orders:
        for first in range(0, len(x), batch_size):
            chosen = order[first : first + batch_size]
            inputs, output = forward(opinion, network, weights, x[chosen])
            _, dy = getattr(opinion, loss)(output, y[chosen])
            gradients = backward(opinion, network, weights, inputs, output, dy)
            step += 1
            for number, arrays in weights.items():
                for w, g, (a, b) in zip(arrays, gradients[number], memory[number], strict=True):
                    update(opinion, optimizer, step, w, g, a, b)


def update(opinion, optimizer, step, w, g, first, second):
    if isinstance(optimizer, Adam):
        settings = optimizer.learning_rate, optimizer.beta_1, optimizer.beta_2, optimizer.epsilon
        opinion.adam(w, g, first, second, *settings, step)
    elif optimizer.momentum:
        opinion.sgd_with_momentum(w, g, first, optimizer.learning_rate, optimizer.momentum, optimizer.nesterov)
    else:
        opinion.sgd(w, g, optimizer.learning_rate)
