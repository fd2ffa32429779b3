"""ReLU against sigmoid: why deep networks were hard to train, and the price of the cure.

Backpropagation multiplies the gradient by the slope of every activation that it passes. A sigmoid's slope is at most
1/4, so in a network of twelve such layers next to nothing comes down to the first one, and nothing is learnt. A ReLU's
slope is 1 where its input is positive, and He's first weights make up for the half that it cuts off: the gradient
arrives as large as it set out. The price: where a unit's input is negative for every picture, its slope is 0 for every
picture, no gradient reaches its weights, and it stays dead. A few steps that are too large kill most of them.
LeakyReLU lets a part of what is negative through, so its units can come back.
"""

import numpy as np

import nativecnn
from lesson import begin
from nativecnn import Sequential, layers, optimizers, visualize

INITIALIZERS = {"sigmoid": "glorot_uniform", "tanh": "glorot_uniform", "relu": "he_uniform", "leaky_relu": "he_uniform"}
BATCH = 32


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    train, test = nativecnn.datasets.load_digits(seed=lesson.seed)
    epochs = 10 if lesson.quick else 30
    return gradient_by_depth(lesson, train, test, epochs) | dead_units(lesson, train, test, epochs)


def network(activation, hidden_layers, units):
    initializer = INITIALIZERS[activation]
    hidden = [layers.Dense(units, activation, kernel_initializer=initializer) for _ in range(hidden_layers)]
    return Sequential([layers.Flatten(input_shape=(8, 8, 1)), *hidden, layers.Dense(10, activation="softmax")])


def trained(model, train, test, epochs):
    return model.fit(*train, batch_size=BATCH, epochs=epochs, verbose=0, validation_data=test).history


def gradient_by_depth(lesson, train, test, epochs):
    """Twelve hidden layers: the size of the gradient of each layer's weights at the beginning, and what comes of it."""
    norms, histories, rows = {}, {}, []
    for activation in ("sigmoid", "tanh", "relu"):
        model = network(activation, hidden_layers=12, units=64)
        model.compile(optimizers.SGD(0.05), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        gradients = nativecnn.gradients(model, *train).weights
        norms[activation] = [float(np.linalg.norm(gradients[f"{layer.name}/kernel"])) for layer in model.layers[1:]]
        histories[activation] = trained(model, train, test, epochs)
        first, last = norms[activation][0], norms[activation][-1]
        per_layer = (first / last) ** (1 / 12)
        accuracy = f"{100 * histories[activation]['val_accuracy'][-1]:.1f}"
        rows.append([activation, INITIALIZERS[activation], f"{last:.1e}", f"{first:.1e}", per_layer, accuracy])
    print("Twelve hidden layers: norm of the gradient before training, and accuracy after it")
    lesson.table(["", "first weights", "last layer", "first layer", "factor a layer", "test, %"], rows, decimals=3)
    draw_norms(lesson, norms)
    lesson.save(visualize.plot_history(histories, validation_name="test"), "relu_against_sigmoid_training")
    return {
        "gradient norms": norms,
        "accuracy": {activation: history["val_accuracy"][-1] for activation, history in histories.items()},
    }


def draw_norms(lesson, norms):
    figure = visualize.new_figure(8, 4)
    axes = figure.subplots()
    depth = np.arange(1, 14)
    for (activation, values), colour, marker in zip(norms.items(), visualize.COLOURS, visualize.MARKERS, strict=False):
        axes.semilogy(depth, values, marker=marker, color=colour, label=activation)
    a_quarter_each = norms["sigmoid"][-1] / 4.0 ** (depth[-1] - depth)
    axes.semilogy(depth, a_quarter_each, "--", color="grey", label="a quarter from layer to layer")
    axes.set_xticks(depth, [*map(str, depth[:-1]), "output"])
    axes.set(xlabel="layer", ylabel="norm of its weights' gradient", title="Gradient at the beginning, by depth")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=9)
    lesson.save(figure, "relu_against_sigmoid_gradients")


def dead_units(lesson, train, test, epochs):
    """Four hidden layers: steps of a good size, and steps a hundred times as large in the first epoch alone."""
    steps_per_epoch = -(-len(train[0]) // BATCH)
    trials = {
        "ReLU, good steps": ("relu", 0.001),
        "ReLU, too large at first": ("relu", 0.1),
        "LeakyReLU, too large at first": ("leaky_relu", 0.1),
    }
    dead, accuracies, rows = {}, {}, []
    for name, (activation, first_rate) in trials.items():
        nativecnn.set_random_seed(lesson.seed)  # all three begin with the same weights
        rate = optimizers.schedules.PiecewiseConstantDecay([steps_per_epoch], [first_rate, 0.001])
        model = network(activation, hidden_layers=4, units=32)
        model.compile(optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        accuracies[name] = trained(model, train, test, epochs)["val_accuracy"]
        gradients = nativecnn.gradients(model, *train).weights
        learning = [gradients[f"{layer.name}/kernel"].any(axis=0) for layer in model.layers[1:-1]]  # a column is a unit
        dead[name] = [float(1 - units.mean()) for units in learning]
        rows.append([name, *(f"{100 * share:.0f} %" for share in dead[name]), f"{100 * accuracies[name][-1]:.1f}"])
    print("Four hidden layers: units that no picture gives a gradient after training, by layer, and accuracy")
    lesson.table(["", *map(str, range(1, 5)), "test, %"], rows)
    draw_dead(lesson, dead, accuracies)
    return {"dead": dead, "accuracy with dead units": {name: values[-1] for name, values in accuracies.items()}}


def draw_dead(lesson, dead, accuracies):
    figure = visualize.new_figure(8, 4)
    figure.suptitle("What a first epoch of steps a hundred times too large leaves behind", fontsize=11)
    left, right = figure.subplots(1, 2)
    for number, (name, colour, marker) in enumerate(zip(dead, visualize.COLOURS, visualize.MARKERS, strict=False)):
        bars = left.bar(np.arange(1, 5) + 0.29 * (number - 1), np.multiply(dead[name], 100), 0.27, color=colour)
        left.bar_label(bars, fmt="%.0f", fontsize=8)
        epochs, percentages = range(1, len(accuracies[name]) + 1), np.multiply(accuracies[name], 100)
        right.plot(epochs, percentages, marker=marker, markersize=4, color=colour, label=name)
    left.set(xlabel="hidden layer", xticks=range(1, 5), ylabel="dead units after training, %", ylim=(0, 108))
    right.set(xlabel="epoch", ylabel="test accuracy, %", ylim=(0, 100))
    right.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3, fontsize=9)
    lesson.save(figure, "relu_against_sigmoid_dead")


if __name__ == "__main__":
    main()
