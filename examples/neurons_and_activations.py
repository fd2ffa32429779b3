"""Neurons and activations: what one neuron can learn, and what layers of neurons add.

A perceptron adds up weighted inputs and fires if the sum is positive (Rosenblatt, 1958). It learns AND and OR, but not
XOR, whose answers no straight line parts (Minsky and Papert, 1969). A net of three layers does; it is two matrices with
an activation after each. The pictures show who answers what in the plane of the two inputs, and the activations with
the derivatives by which a net learns. A step has none: its net could not learn by descent.
"""

from functools import partial

import numpy as np

import nativecnn
from lesson import begin
from nativecnn import layers, ops, visualize

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
ANSWERS = {"AND": np.array([0, 0, 0, 1]), "OR": np.array([0, 1, 1, 1]), "XOR": np.array([0, 1, 1, 0])}


def step(x):
    return np.where(x > 0, 1, 0)


ACTIVATIONS = {  # each with its gradient, which is computed from the output's gradient and the output
    "step": (step, lambda dy, y: 0 * dy),
    "sigmoid": (ops.sigmoid, ops.sigmoid_backward),
    "tanh": (ops.tanh, ops.tanh_backward),
    "ReLU": (ops.relu, ops.relu_backward),
    "softmax(z, 0, 0)": (ops.softmax, ops.softmax_backward),
}


def perceptron(x, weights, bias):
    return step(x @ weights + bias)


def train_perceptron(answers, epochs=25):
    """Return weights and bias; each wrong answer moves the weights by the input that it was given to."""
    weights, bias = np.zeros(2), 0
    for _ in range(epochs):
        for x, answer in zip(INPUTS, answers, strict=True):
            error = answer - perceptron(x, weights, bias)
            weights, bias = weights + error * x, bias + error
    return weights, bias


def by_hand(net, x):
    """Return a net's output as sigmoid(W₂ tanh(W₁ x + b₁) + b₂), for the samples in the columns of x."""
    (kernel1, bias1), (kernel2, bias2) = (layer.get_weights() for layer in net.layers)
    hidden = np.tanh(kernel1.T @ x + bias1[:, None])  # W is the kernel transposed: the library has samples in rows
    return 1 / (1 + np.exp(-(kernel2.T @ hidden + bias2[:, None])))


def draw_plane(axes, title, answers, classify):
    """Draw what a classifier says everywhere in the plane, and the four points with their right answers."""
    line = np.linspace(-0.5, 1.5, 201)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    said = classify(plane).reshape(201, 201)
    axes.imshow(said, visualize.SIGNED, origin="lower", extent=(-0.5, 1.5, -0.5, 1.5), vmin=-0.8, vmax=1.8)
    for answer, marker, colour in ((0, "o", "white"), (1, "s", "black")):
        points = INPUTS[answers == answer].T
        axes.scatter(*points, s=70, c=colour, marker=marker, edgecolors="black", label=f"right answer {answer}")
    axes.set(xticks=(0, 1), yticks=(0, 1))
    axes.set_title(title, fontsize=10)


def show_what_can_be_learned(lesson):
    figure, right, rows = visualize.new_figure(9, 3.3), {}, []
    panels = figure.subplots(1, 4, sharey=True)
    for axes, (name, answers) in zip(panels, ANSWERS.items(), strict=False):
        weights, bias = train_perceptron(answers)
        right[name] = int((perceptron(INPUTS, weights, bias) == answers).sum())
        rows.append([f"perceptron, {name}", *weights, bias, right[name]])
        title = f"perceptron, {name}: {right[name]} of 4"
        draw_plane(axes, title, answers, partial(perceptron, weights=weights, bias=bias))
    lesson.table(["", "weight 1", "weight 2", "bias", "right of 4"], rows, decimals=0)

    net = nativecnn.Sequential([layers.Dense(5, "tanh", input_dim=2), layers.Dense(1, "sigmoid")])
    net.compile(nativecnn.optimizers.Adam(0.1), loss="binary_crossentropy")
    net.fit(INPUTS, ANSWERS["XOR"], batch_size="all", epochs=200, verbose=0)
    library, hand = net.predict(INPUTS)[:, 0], by_hand(net, INPUTS.T)[0]
    right["XOR by three layers"] = by_layers = int(((library > 0.5) == ANSWERS["XOR"]).sum())
    rows = list(zip(map(str, INPUTS), ANSWERS["XOR"], library.tolist(), hand.tolist(), strict=True))
    lesson.table(["input", "XOR", "three layers, the library", "by hand"], rows, decimals=6)
    draw_plane(panels[3], f"three layers, XOR: {by_layers} of 4", ANSWERS["XOR"], net.predict)
    figure.suptitle("Answers given: 0 where it is orange, 1 where it is violet", fontsize=11)
    figure.legend(*panels[3].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    lesson.save(figure, "neurons_and_activations_plane")
    return right, float(abs(library - hand).max())


def derivatives(function, backward, z):
    """Return a function's values, its derivatives, and the difference quotients that these should be.

    A softmax is of several numbers: two zeros go with each z. The other functions do not care.
    """
    first, nudge = np.array([1, 0, 0]), 0.01
    rows = z[:, None] * first
    values = function(rows)
    slopes = backward(np.broadcast_to(first, rows.shape), values)  # of the first number's output
    quotients = (function(rows + nudge * first) - function(rows - nudge * first)) / (2 * nudge)
    return values[:, 0], slopes[:, 0], quotients[:, 0]


def draw_lines(axes, title, x, curves):
    for number, (name, values) in enumerate(curves.items()):
        style = ("-", "--", "-.", (0, (5, 1)), ":")[number]
        axes.plot(x, values, color=visualize.COLOURS[number], linestyle=style, label=name)
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.3)


def show_activations(lesson):
    z = np.arange(-4.95, 5, 0.1)  # no place is so near a kink that the nudge reaches over it
    figure, slopes, errors = visualize.new_figure(9, 5.2), {}, {}
    *panels, last = figure.subplots(2, 3).flat
    for axes, (name, functions) in zip(panels, ACTIVATIONS.items(), strict=True):
        values, slopes[name], quotients = derivatives(*functions, z)
        draw_lines(axes, name, z, {"value": values, "derivative": slopes[name]})
        axes.plot(z[5::10], quotients[5::10], "k.", markersize=5, label="difference quotient")
        axes.set_ylim(-1.1, 1.9)
        errors[name] = float(abs(slopes[name] - quotients).max())
    panels[0].legend(fontsize=8, loc="lower right")
    draw_lines(last, "the derivatives beside each other", z, slopes)
    last.legend(fontsize=8, loc="upper left", ncols=2)
    last.set_ylim(-0.05, 1.7)
    lesson.table(["derivative", "largest difference from the quotient"], list(errors.items()), decimals=6)
    lesson.save(figure, "neurons_and_activations_functions")
    return max(errors.values())


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    right, difference = show_what_can_be_learned(lesson)
    return {"right of 4": right, "net by hand": difference, "derivatives": show_activations(lesson)}


if __name__ == "__main__":
    main()
