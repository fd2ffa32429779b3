"""Softmax and cross-entropy: why a net that tells classes apart is not trained with squared error.

A softmax turns a net's last sums, the logits, into probabilities. Two losses can follow it. Where the net is sure of
the wrong class, the softmax is flat, and squared error has almost no gradient left: the net learns least where it errs
most. Cross-entropy's logarithm undoes the softmax's exponential: its gradient is the probability minus the target,
which is largest where the error is. The picture shows both losses and gradients by the logit, and two trainings that
begin sure of the wrong answers.
"""

import numpy as np

import nativecnn
from lesson import begin
from nativecnn import layers, ops, visualize

LOSSES = {"cross-entropy": "categorical_crossentropy", "squared error": "mean_squared_error"}


def losses_and_gradients(logit):
    """Return both losses, then their gradients, where the right class has this logit and the wrong one 0."""
    logits, target = np.array([[logit, 0]]), np.array([[1, 0]])
    probabilities = ops.softmax(logits)
    crossentropy, gradient = ops.softmax_crossentropy(logits, target)
    squared_error, of_probabilities = ops.mean_squared_error(probabilities, target)
    through_softmax = ops.softmax_backward(of_probabilities, probabilities)
    return crossentropy, squared_error, float(gradient[0, 0]), float(through_softmax[0, 0])


def two_groups(seed):
    """Return points in the plane, around (-1, -1) and (1, 1), and as target the class of each, one of two."""
    labels = np.arange(200) % 2
    noise = np.random.default_rng(seed).normal(0, 0.5, (200, 2))
    return noise + np.where(labels, 1, -1)[:, None], np.eye(2)[labels]


def train_from_a_bad_start(loss, x, y, epochs):
    """Return the accuracies, epoch by epoch, of a softmax layer that begins sure of the wrong classes."""
    net = nativecnn.Sequential([layers.Dense(2, "softmax", input_dim=2)])
    net.layers[0].weights["kernel"] = [[2, -2], [2, -2]]
    net.compile(nativecnn.optimizers.SGD(0.5), loss, metrics=["accuracy"])
    return net.fit(x, y, batch_size="all", epochs=epochs, verbose=0).history["accuracy"]


def draw(logits, values, accuracies):
    figure = visualize.new_figure(9, 3.3)
    panels = figure.subplots(1, 3)
    for number, name in enumerate(LOSSES):
        look = {"color": visualize.COLOURS[number], "linestyle": ("-", "--")[number], "label": name}
        panels[0].plot(logits, values[:, number], **look)
        panels[1].plot(logits, values[:, 2 + number], **look)
        panels[2].plot(range(1, len(accuracies[name]) + 1), accuracies[name], **look)
    titles = ("loss", "gradient", "accuracy from a bad start")
    for axes, title, below in zip(panels, titles, ("logit of the right class",) * 2 + ("epoch",), strict=True):
        axes.set(title=title, xlabel=below)
        axes.grid(alpha=0.3)
    panels[0].legend()
    return figure


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    logits = np.linspace(-10, 10, 81)
    values = np.array([losses_and_gradients(logit) for logit in logits])
    shown = range(0, 81, 10)
    header = ["logit of the right class", *LOSSES, *(f"gradient of {name}" for name in LOSSES)]
    lesson.table(header, [[f"{logits[i]:g}", *values[i].tolist()] for i in shown], decimals=5)

    x, y = two_groups(lesson.seed)
    epochs = 100 if lesson.quick else 300
    accuracies = {name: train_from_a_bad_start(loss, x, y, epochs) for name, loss in LOSSES.items()}
    learned = {name: sum(accuracy < 0.9 for accuracy in values) for name, values in accuracies.items()}
    rows = [[name, values[0], learned[name], values[-1]] for name, values in accuracies.items()]
    lesson.table(["", "accuracy at first", "epochs below 90 %", f"accuracy after {epochs}"], rows, decimals=3)
    lesson.save(draw(logits, values, accuracies), "softmax_and_cross_entropy_curves")
    return {
        "gradients where wrong": dict(zip(LOSSES, values[0, 2:].tolist(), strict=True)),
        "epochs below 90 %": learned,
        "last accuracy": {name: values[-1] for name, values in accuracies.items()},
    }


if __name__ == "__main__":
    main()
