"""When it does not help: a ConvNet looks for patterns of neighbours, so neighbourhood has to mean something.

The columns of all pictures of digits, for training and for testing, are put into one other order. Nothing is lost by
that. A dense net learns as well as before, as it never knew which pixels are neighbours; a ConvNet does worse. Then a
table of customers: whether the age stands beside the postcode or beside the visits means nothing, swapping columns
changes nothing, and a ConvNet has nothing to gain. The rule is Brandon Rohrer's ("How convolutional neural networks
work", 2016): data that are as useful after swapping columns are no images. Customers and their reasons are invented.
"""

import matplotlib
import numpy as np

import nativecnn
from lesson import begin
from nativecnn import layers, visualize

# The last four are pages of a shop: the one viewed last is 1. Columns that matter together (orders and returns) stand
# apart, as it happens in tables; side by side, a window would find them by luck.
COLUMNS = "initial age postcode orders visits years minutes returns offers basket help delivery".split()


def conv_net_of_pictures(shape, classes):
    model = nativecnn.Sequential([layers.Reshape((*shape, 1), input_shape=shape)])
    for filters in (16, 32):
        model.add(layers.Conv2D(filters, 5, activation="relu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(classes, activation="softmax"))
    return model


def conv_net_of_rows(shape, classes):
    model = nativecnn.Sequential([layers.Reshape((*shape, 1), input_shape=shape)])
    model.add(layers.Conv1D(32, 3, activation="relu"))  # a window slides along the columns
    model.add(layers.Flatten())
    model.add(layers.Dense(32, activation="relu"))
    model.add(layers.Dense(classes, activation="softmax"))
    return model


def dense_net(shape, classes):
    model = nativecnn.Sequential([layers.Flatten(input_shape=shape)])
    model.add(layers.Dense(128, activation="relu"))
    model.add(layers.Dense(32, activation="relu"))
    model.add(layers.Dense(classes, activation="softmax"))
    return model


def customers(count, seed):
    """Invent customers (count, columns), and whether each buys again (count,)."""
    random = np.random.default_rng(seed)
    initial, age, postcode = (random.integers(low, high, count) for low, high in [(1, 27), (18, 90), (10, 100)])
    years, visits, minutes = random.integers(0, 15, count), random.poisson(4, count), random.exponential(5, count)
    orders = random.poisson(1 + years)
    returns = random.binomial(orders, 0.2)
    page = random.integers(0, 4, count)
    buys = ((page == 1) | (visits >= 6) | ((page == 0) & (age < 35))) & (returns <= 0.25 * orders)
    buys ^= random.random(count) < 0.05  # no rule foretells everybody
    table = np.column_stack([initial, age, postcode, orders, visits, years, minutes, returns, np.eye(4)[page]])
    return table.astype(np.float32), buys.astype(np.int64)


def trained(build, x, y, epochs, seed):
    nativecnn.set_random_seed(seed)
    model = build(x.shape[1:], int(y.max()) + 1)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=epochs, verbose=0)
    return model


def compare(conv_net, train, test, epochs, seeds):
    """Return accuracies, {(net, columns): [one for each seed]}; each seed has another order of the columns."""
    (x, y), (x_test, y_test), accuracies = train, test, {}
    for name, build in {"ConvNet": conv_net, "dense net": dense_net}.items():
        for columns in ("in order", "swapped"):
            for seed in seeds:
                swapped = nativecnn.random.permutation(x.shape[-1], seed, "columns")
                order = swapped if columns == "swapped" else np.sort(swapped)
                model = trained(build, x[..., order], y, epochs, seed)
                accuracy = model.evaluate(x_test[..., order], y_test, return_dict=True)["accuracy"]
                accuracies.setdefault((name, columns), []).append(accuracy)
    return accuracies


def with_swapped_weights(model, order):
    """Return the dense net whose first weights (pixels, units) are swapped along with the columns of the pictures."""
    kernel, *others = model.get_weights()
    twin = dense_net(model.input_shape, model.output_shape[0])
    twin.set_weights([kernel.reshape(*model.input_shape, -1)[:, order].reshape(kernel.shape), *others])
    return twin


def draw_data(pictures, table, order, column_order):
    figure = visualize.new_figure(9, 6.3)
    above, below = figure.subfigures(2, 1)
    titles = ["in order", *[""] * 7, "swapped", *[""] * 7]
    visualize.plot_images([*pictures, *pictures[..., order]], titles, columns=8, figure=above)
    shades = matplotlib.colormaps["cividis"](np.linspace(0.55, 1, len(COLUMNS)))  # each name keeps its colour
    orders = {"customers, columns in order": np.arange(len(COLUMNS)), "swapped": column_order}
    for axes, (title, columns) in zip(below.subplots(2, 1), orders.items(), strict=True):
        cells = [[f"{value:.0f}" for value in row] for row in table[:, columns]]
        drawn = axes.table(cells, colLabels=np.array(COLUMNS)[columns], colColours=shades[columns], bbox=(0, 0, 1, 1))
        drawn.auto_set_font_size(False)
        drawn.set_fontsize(9)
        axes.set_title(title, fontsize=9, loc="left")
        axes.axis("off")
    return figure


def draw_accuracies(results):
    figure = visualize.new_figure(8, 3.6)
    for axes, (title, accuracies) in zip(figure.subplots(1, 2, sharey=True), results.items(), strict=True):
        for place, values in enumerate(accuracies.values()):
            axes.plot([place] * len(values), values, "os"[place // 2], color=visualize.COLOURS[place // 2], alpha=0.6)
            axes.hlines(np.mean(values), place - 0.3, place + 0.3, color="black")
        axes.set_xticks(range(4), ["\n".join(key) for key in accuracies], fontsize=9)
        axes.set(title=title, xlim=(-0.6, 3.6))
        axes.grid(axis="y", alpha=0.3)
    figure.supylabel("accuracy on unseen samples (line: mean)", fontsize=9)
    return figure


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    seeds = range(lesson.seed, lesson.seed + (2 if lesson.quick else 5))
    (x, y), (x_test, y_test) = nativecnn.datasets.load_mnist(lesson.data("mnist"), scaled=True)
    chosen = nativecnn.random.permutation(len(x), lesson.seed, "pictures")[:1000]
    train, test = (x[chosen, :, :, 0], y[chosen]), (x_test[:, :, :, 0], y_test)
    table, buys = customers(9000, lesson.seed)
    rows = (table - table[:4000].mean(axis=0)) / table[:4000].std(axis=0)
    results = {
        "pictures of digits": compare(conv_net_of_pictures, train, test, 10, seeds),
        "customers": compare(conv_net_of_rows, (rows[:4000], buys[:4000]), (rows[4000:], buys[4000:]), 15, seeds),
    }
    means = {(title, *key): float(np.mean(v)) for title, found in results.items() for key, v in found.items()}
    print(f"Accuracy on unseen samples, mean of {len(seeds)} seeds; each seed has its own order of the columns:")
    lesson.table(["data", "net", "columns", "accuracy"], [[*key, mean] for key, mean in means.items()], decimals=3)

    order, column_order = (nativecnn.random.permutation(count, lesson.seed, "columns") for count in (28, len(COLUMNS)))
    model = trained(dense_net, *train, 10, lesson.seed)
    twin = with_swapped_weights(model, order)
    difference = float(np.abs(twin.predict(test[0][..., order]) - model.predict(test[0])).max())
    print(f"A dense net with its first weights swapped along: outputs differ by {difference:.1e} at most (rounding)")
    lesson.save(draw_data(test[0][:8], table[:4], order, column_order), "when_it_does_not_help_data")
    lesson.save(draw_accuracies(results), "when_it_does_not_help_accuracy")
    return {"accuracy": means, "difference": difference}


if __name__ == "__main__":
    main()
