"""Backpropagation: how much each weight is to blame for the errors, found in two ways.

The slow way is to adjust each weight up and down a bit and see how the cost changes: two runs of the net for every
weight. Backpropagation goes through the net once forward and once back, and has the slopes of all weights. The
picture shows that they agree, and how a net of three layers that follows them learns the lecture's table of students.
"""

import numpy as np

import nativecnn
from learning import EXAM, X
from lesson import begin
from nativecnn import layers, visualize


def nudge_every_weight(net, by=0.01):
    """Return by "layer/weight" the slopes of the cost along every number, from a nudge up and one down."""
    slopes = {}
    for layer in net.layers:
        for name, weight in layer.weights.items():
            before = weight.copy()
            slope = slopes[f"{layer.name}/{name}"] = np.empty_like(before)
            for index in np.ndindex(before.shape):
                costs = []
                for nudge in (by, -by):
                    nudged = before.copy()
                    nudged[index] += nudge
                    layer.weights[name] = nudged
                    costs.append(net.evaluate(X, EXAM))
                slope[index] = (costs[0] - costs[1]) / (2 * by)
            layer.weights[name] = before
    return slopes


def draw(nudged, backpropagated, before, after):
    figure = visualize.new_figure(9, 4.4)
    left, right = figure.subplots(1, 2, width_ratios=(2, 1))
    first = 0
    for colour, (key, slopes) in zip(visualize.COLOURS, nudged.items(), strict=False):
        places = range(first, first + slopes.size)
        left.bar(places, backpropagated[key].reshape(-1), color=colour, label=f"{key}, backpropagated")
        left.plot(places, slopes.reshape(-1), "_", color="black", markersize=10, markeredgewidth=2)
        first += slopes.size
    left.plot([], [], "_", color="black", markersize=10, markeredgewidth=2, label="nudged up and down")
    left.set(title="slope of the cost along each weight", xlabel="weight")
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
    right.plot(100 * EXAM, 100 * before, "o", color=visualize.COLOURS[0], label="before training")
    right.plot(100 * EXAM, 100 * after, "s", color=visualize.COLOURS[1], label="after training")
    right.plot([45, 100], [45, 100], ":", color="black", label="right")
    right.set(title="the net's answers", xlabel="exam, %", ylabel="answer, %")
    right.legend(fontsize=8)
    return figure


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    net = nativecnn.Sequential([layers.Dense(5, "tanh", input_dim=3, name="hidden"), layers.Dense(1, name="output")])
    net.compile(nativecnn.optimizers.SGD(0.1), loss="half_squared_error")
    nudged, backpropagated = nudge_every_weight(net), nativecnn.gradients(net, X, EXAM).weights
    rows = [
        [f"{key}{list(index)}", float(slope), float(backpropagated[key][index])]
        for key, slopes in nudged.items()
        for index, slope in np.ndenumerate(slopes)
    ]
    lesson.table(["weight", "nudged", "backpropagated"], rows, decimals=4)
    report = nativecnn.gradient_check(net, X, EXAM, samples_per_weight=None)
    print("With smaller nudges, in float64 (and of the inputs, too):", report, "", sep="\n")

    before, cost_before = net.predict(X)[:, 0], net.evaluate(X, EXAM)
    net.fit(X, EXAM, batch_size=1, epochs=300 if lesson.quick else 3000, verbose=0)
    after, cost_after = net.predict(X)[:, 0], net.evaluate(X, EXAM)
    students = [[f"{100 * number:.0f}" for number in student] for student in zip(EXAM, before, after, strict=True)]
    costs = ["cost", f"{cost_before:.4f}", f"{cost_after:.4f}"]
    lesson.table(["exam, %", "before training, %", "after training, %"], [*students, costs])
    lesson.save(draw(nudged, backpropagated, before, after), "backpropagation_slopes")
    return {
        "weights": len(rows),
        "largest difference": max(abs(nudged - backpropagated) for _, nudged, backpropagated in rows),
        "largest relative error": report.largest_relative_error,
        "costs": (cost_before, cost_after),
    }


if __name__ == "__main__":
    main()
