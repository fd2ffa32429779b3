"""Hyperparameters: what training does not learn, and somebody has to choose.

How many features has a convolution, and of which size? By which window and stride is it pooled? How many neurons has
the dense layer, how often are convolution and pooling stacked? scikit-learn's cross-validation tries: each network is
trained five times, each time on other four fifths of the training digits, and judged on the remaining fifth. First one
hyperparameter at a time is changed; then of each the three best values are combined at random; and the best network
found is judged once, on digits that had no part in any choice.
"""

from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, StratifiedKFold

import nativecnn
from lesson import begin
from nativecnn import layers, visualize
from nativecnn.sklearn import CNNClassifier

VALUES = {
    "features": [1, 2, 4, 8, 16, 32],
    "size": [1, 2, 3, 5, 7],
    "window": [1, 2, 3, 4],
    "stride": [1, 2, 3, 4],
    "neurons": [8, 16, 32, 64, 128],
    "depth": [0, 1, 2, 3],
}
MEANINGS = ["features", "pixels across a feature", "pooling window", "pooling stride", "neurons", "convolutions"]


def network(input_shape, n_outputs, features=8, size=3, window=2, stride=2, neurons=32, depth=1):
    """Build a network from its hyperparameters; the defaults are where the first search starts."""
    model = nativecnn.Sequential([nativecnn.Input(input_shape)])
    for _ in range(depth):
        model.add(layers.Conv2D(features, size, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D(window, strides=stride, padding="same"))
    model.add(layers.Flatten())
    model.add(layers.Dense(neurons, activation="relu"))
    model.add(layers.Dense(n_outputs, activation="softmax"))
    return model


def parameters(classifier, x, y):
    return classifier.model_.count_params()


def rows_of(search):
    """Return a row for each setting tried: its hyperparameters, mean accuracy, deviation, parameters, seconds."""
    found = search.cv_results_
    columns = ("mean_test_accuracy", "std_test_accuracy", "mean_test_parameters", "mean_fit_time")
    return [
        ({name.removeprefix("model__"): value for name, value in chosen.items()}, *numbers)
        for chosen, *numbers in zip(found["params"], *(found[column] for column in columns), strict=True)
    ]


def three_best(rows, name):
    """Return the three values of a hyperparameter of the highest accuracy, in order."""
    tried = [(accuracy, setting[name]) for setting, accuracy, *_ in rows if name in setting]
    return sorted(value for _, value in sorted(tried)[-3:])


def cells(accuracy, deviation, count, seconds):
    return [f"{accuracy:.3f}", f"{deviation:.3f}", f"{count:,.0f}", f"{seconds:.2f}"]


def draw_one_at_a_time(rows):
    figure = visualize.new_figure(8.5, 5)
    panels = figure.subplots(2, 3, sharey=True).reshape(-1)
    defaults = dict(zip(VALUES, network.__defaults__, strict=True))
    for axes, name, meaning in zip(panels, VALUES, MEANINGS, strict=True):
        values, means, deviations = zip(*((s[name], m, d) for s, m, d, *_ in rows if name in s), strict=True)
        places = range(len(values))
        axes.errorbar(places, means, deviations, color=visualize.COLOURS[0], marker="o", capsize=3)
        start = values.index(defaults[name])
        axes.plot(start, means[start], "s", color=visualize.COLOURS[1], markersize=9, zorder=3)
        axes.set_xticks(places, values)
        axes.set_xlabel(meaning)
        axes.grid(axis="y", alpha=0.3)
    figure.supylabel("accuracy by cross-validation, ± deviation", fontsize=10)
    figure.suptitle("One hyperparameter at a time (square: what the others keep)", fontsize=11)
    return figure


def draw_together(rows, start):
    figure = visualize.new_figure(7, 4)
    axes = figure.subplots()
    for depth in VALUES["depth"]:
        points = [(count, mean) for setting, mean, _, count, _ in rows if setting["depth"] == depth]
        if points:
            style = {"color": visualize.COLOURS[depth], "marker": visualize.MARKERS[depth], "alpha": 0.8}
            axes.scatter(*zip(*points, strict=True), label=f"{depth} convolutions", **style)
    axes.axhline(start, color="black", linestyle=":", label="the start")
    axes.set(xscale="log", xlabel="parameters", ylabel="accuracy by cross-validation")
    axes.set_title(f"{len(rows)} networks that combine the three best values of each", fontsize=11)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=9)
    return figure


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    (x, y), (x_test, y_test) = nativecnn.datasets.load_digits(seed=lesson.seed)
    classifier = CNNClassifier(network, learning_rate=0.003, epochs=8 if lesson.quick else 15, random_state=lesson.seed)
    settings = {
        "cv": StratifiedKFold(3 if lesson.quick else 5, shuffle=True, random_state=lesson.seed),
        "scoring": {"accuracy": "accuracy", "parameters": parameters},
        "refit": "accuracy",
    }

    one_at_a_time = [{f"model__{name}": values} for name, values in VALUES.items()]
    grid = GridSearchCV(classifier, one_at_a_time, **settings).fit(x, y)
    rows = rows_of(grid)
    print("One at a time, the others being", dict(zip(VALUES, network.__defaults__, strict=True)))
    header = ["accuracy", "±", "parameters", "seconds"]
    lesson.table(["hyperparameter", "", *header], [[*s.keys(), *s.values(), *cells(*numbers)] for s, *numbers in rows])

    together = {f"model__{name}": three_best(rows, name) for name in VALUES}
    tries = 5 if lesson.quick else 40
    search = RandomizedSearchCV(classifier, together, n_iter=tries, random_state=lesson.seed, **settings).fit(x, y)
    drawn = sorted(rows_of(search), key=lambda row: -row[1])
    print(f"The best five of {tries} drawn together")
    lesson.table([*VALUES, *header], [[*(s[name] for name in VALUES), *cells(*numbers)] for s, *numbers in drawn[:5]])

    start = next(accuracy for setting, accuracy, *_ in rows if setting == {"depth": 1})
    accuracies = {
        "start": (float(start), classifier.fit(x, y).score(x_test, y_test)),
        "best": (float(search.best_score_), search.score(x_test, y_test)),
    }
    header = ["accuracy", "cross-validation", f"{len(x_test)} unseen digits"]
    lesson.table(header, [[name, *values] for name, values in accuracies.items()], decimals=3)
    lesson.save(draw_one_at_a_time(rows), "hyperparameters_one_at_a_time")
    lesson.save(draw_together(drawn, start), "hyperparameters_together")
    return {"one at a time": [(s, float(accuracy)) for s, accuracy, *_ in rows], **accuracies}


if __name__ == "__main__":
    main()
