"""Transfer learning: features that a network found on some classes serve for others, of which there are few pictures.

A ConvNet learns the digits 0 to 4 from some 30,000 pictures. Its convolutions are then frozen: features, which look at
the digits 5 to 9 that they have never seen, and only a new dense head learns to tell these, from as few as one picture
of each. The same network from nothing has to find its features in these few pictures, too. Beside them are one that
begins with the learnt features and goes on to change them (fine-tuning), and one with frozen features that nobody ever
trained. You see the accuracy on all test pictures of the new digits by the number of pictures learnt from, over several
draws of these few, and what a step of training costs with and without frozen features.
"""

import copy
import time

import numpy as np

import nativecnn
from lesson import begin
from nativecnn import Sequential, layers, visualize

REUSED, TUNED, NOTHING, UNTRAINED = "features reused", "reused and tuned", "all from nothing", "untrained features"


def new_features(trainable=True):
    """Return convolutions, not yet trained, that make 576 features of a picture."""
    features = Sequential([layers.Input((28, 28, 1))], name="features")
    for filters in (16, 32, 64):
        features.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        features.add(layers.MaxPooling2D(2))
    features.add(layers.Flatten())
    features.trainable = trainable
    return features


def trainable_copy(features):
    """Return features with the same weights, which training may change."""
    copied = copy.deepcopy(features)
    copied.trainable = True
    return copied


def with_head(features):
    """Return a classifier of five digits: features, and a new dense head that tells the digit by them."""
    model = Sequential([features, layers.Dense(64, activation="relu"), layers.Dense(5, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    return model


def digits(samples, new):
    """Return the pictures of the digits 5 to 9 (``new``) or 0 to 4, and which of the five each is."""
    images, labels = samples
    chosen = (labels >= 5) == new
    return images[chosen], labels[chosen] % 5


def train_with_few(ways, counts, draws, samples, test, random):
    """Return by way of getting features the test accuracies, (counts, draws), and the milliseconds of a training step.

    In each draw all ways learn from the same few pictures, by at least 400 steps and at least 40 passes.
    """
    images, labels = samples
    accuracy, times = ({way: np.zeros((len(counts), draws)) for way in ways} for _ in range(2))
    for place in np.ndindex(len(counts), draws):
        count = counts[place[0]]
        few = np.concatenate([random.choice(np.flatnonzero(labels == digit), count, False) for digit in range(5)])
        batch_size = min(25, len(few))
        epochs = max(40, 400 * batch_size // len(few))
        steps = epochs * len(few) // batch_size
        for way, features in ways.items():
            model = with_head(features())
            start = time.perf_counter()
            model.fit(images[few], labels[few], batch_size=batch_size, epochs=epochs, verbose=0)
            times[way][place] = 1000 * (time.perf_counter() - start) / steps
            accuracy[way][place] = model.evaluate(*test, batch_size=500)[1]
    return accuracy, times


def curves(counts, accuracy, gains):
    """Draw accuracy by number of pictures, its spread as a band, and what the reused features gain in each draw."""
    figure = visualize.new_figure(8, 4)
    left, right = figure.subplots(1, 2, width_ratios=[1.6, 1])
    for way, colour, marker in zip(accuracy, visualize.COLOURS, visualize.MARKERS, strict=False):
        mean, spread = 100 * accuracy[way].mean(axis=1), 100 * accuracy[way].std(axis=1)
        compared = way in (REUSED, NOTHING)
        left.plot(counts, mean, "-" if compared else "--", color=colour, marker=marker, markersize=5, label=way)
        if compared:
            left.fill_between(counts, mean - spread, mean + spread, color=colour, alpha=0.15, linewidth=0)
    left.set_title("accuracy on test pictures, % (bands: standard deviation)", fontsize=10)
    left.legend(fontsize=9, loc="lower right")
    right.plot(counts, 100 * gains, ".", color=visualize.COLOURS[0], alpha=0.4)
    right.plot(counts, 100 * gains.mean(axis=1), "k_", markersize=14, markeredgewidth=2)
    right.axhline(0, color="black", linewidth=0.8)
    right.set_title("gain by reuse, percentage points", fontsize=10)
    for axes in (left, right):
        axes.set(xscale="log", xlabel="pictures of each new digit")
        axes.set_xticks(counts, [str(count) for count in counts])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    return figure


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    most, epochs, draws = (10000, 2, 3) if lesson.quick else (None, 5, 10)
    counts = (2, 10) if lesson.quick else (1, 2, 5, 10, 20, 50, 100)
    train, test = nativecnn.datasets.load_mnist(lesson.data("mnist"), scaled=True)

    x, y = digits(train, new=False)
    learnt = new_features()
    first = with_head(learnt)
    first.fit(x[:most], y[:most], batch_size=64, epochs=epochs, verbose=0)
    old_accuracy = first.evaluate(*digits(test, new=False))[1]
    print(f"digits 0 to 4, learnt from {len(y[:most]):,} pictures: test accuracy {old_accuracy:.4f}\n")
    learnt.trainable = False
    before = learnt.weights_sha256()

    ways = {
        REUSED: lambda: learnt,
        TUNED: lambda: trainable_copy(learnt),
        NOTHING: new_features,
        UNTRAINED: lambda: new_features(trainable=False),
    }
    random = np.random.default_rng(lesson.seed)
    accuracy, times = train_with_few(ways, counts, draws, digits(train, new=True), digits(test, new=True), random)
    gains = accuracy[REUSED] - accuracy[NOTHING]

    print(f"digits 5 to 9: accuracy on all test pictures, mean (and standard deviation) of {draws} draws")
    rows = []
    for row, count in enumerate(counts):
        cells = [f"{values[row].mean():.3f} ({values[row].std():.3f})" for values in accuracy.values()]
        rows.append([f"{count} of each", *cells, f"{(gains[row] > 0).sum()} of {draws}"])
    lesson.table(["pictures", *ways, "reused is better in"], rows)
    rows = []
    for way, features in ways.items():
        trained = sum(weight.size for weight in with_head(features()).trainable_weights.values())
        rows.append([way, f"{trained:,}", float(np.median(times[way]))])
    lesson.table(["a step of training", "weights it changes", "ms"], rows)
    unchanged = learnt.weights_sha256() == before
    print(f"the reused features after {gains.size} trainings: {'the same bits' if unchanged else 'CHANGED'}\n")
    lesson.save(curves(counts, accuracy, gains), "transfer_learning")
    return {
        "accuracy on old digits": old_accuracy,
        "accuracy": {way: values.mean(axis=1).tolist() for way, values in accuracy.items()},
        "gains": gains.tolist(),
        "features unchanged": unchanged,
        "milliseconds a step": {way: spent for way, _, spent in rows},
    }


if __name__ == "__main__":
    main()
