"""X or O: what a literal comparison of pixels cannot do, and a small ConvNet can.

The trickier cases are an X or O of 9 × 9 pixels that is moved, smaller or larger, turned, or drawn with other strokes.
Hardly any equals the ideal X or O in all pixels. To ask with which of the two it has more pixels in common works for
other strokes and small turns, but where the letter is moved not much better than a coin. A ConvNet learns from other
generated pictures to tell unseen ones of all kinds apart; its votes are shown before and after training. After Brandon
Rohrer, "How convolutional neural networks work", 2016.
"""

import numpy as np

import nativecnn
from lesson import begin
from nativecnn import layers, visualize
from nativecnn.datasets import make_x_or_o

LETTERS = ("X", "O")
KINDS = {variation: [variation] for variation in ("translation", "scaling", "rotation", "weight")}
KINDS["all together"] = [*KINDS]
METHODS = ("all pixels equal", "more equal pixels", "ConvNet")

# The X that the slides compare with the ideal one.
TRICKIER_X = """
    .........
    ......#..
    .#...#...
    ..##.#...
    ....#....
    ...#.##..
    ...#...#.
    ..#......
    .........
"""


def drawing(text):
    """Return a drawing as a picture (rows, columns, 1): 1 for a stroke, -1 for the ground."""
    return np.array([[[1.0 if sign == "#" else -1.0] for sign in row] for row in text.split()], np.float32)


def ideal_pictures():
    """Return the ideal X and the ideal O, (2, 9, 9, 1)."""
    pictures, labels = make_x_or_o(20, variations=())
    return np.stack([pictures[labels == letter][0] for letter in range(2)])


def equal_pixels(pictures, ideals):
    """Return in how many of 81 pixels each picture equals the ideal X and the ideal O, (pictures, 2)."""
    return (pictures[:, None] == ideals).sum(axis=(2, 3, 4))


def trickiest(letter, pictures, labels, ideals):
    """Return the picture of a letter that equals the other ideal letter the most in comparison with its own."""
    candidates = pictures[labels == letter]
    counts = equal_pixels(candidates, ideals)
    return candidates[np.argmax(counts[:, 1 - letter] - counts[:, letter])]


def make_network():
    """Twice features of 3 × 3, ReLU and pooling; then all that is left votes for X and for O, each from 0 to 1."""
    return nativecnn.Sequential(
        [
            layers.Conv2D(16, 3, activation="relu", input_shape=(9, 9, 1)),
            layers.MaxPooling2D(2, ceil_mode=True),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2, ceil_mode=True),
            layers.Flatten(),
            layers.Dense(2, activation="sigmoid"),
        ]
    )


def show_literal_comparison(lesson, trickier, ideals):
    counts = equal_pixels(trickier[None], ideals)[0].tolist()
    pictures, titles = [], []
    for letter, ideal, count in zip(LETTERS, ideals, counts, strict=True):
        print(f"The trickier X equals the ideal {letter} in {count} of 81 pixels.")
        pictures += [ideal, trickier, np.where(trickier == ideal, ideal, 0)]
        titles += [f"the ideal {letter}", "a trickier X", f"{count} of 81 pixels are equal"]
    texts = {-1: "-1", 0: "×", 1: "1"}
    figure = visualize.plot_images(pictures, titles, columns=3, limits=(-1, 1), numbers=texts.get)
    lesson.save(figure, "x_or_o_literal")
    return counts


def accuracies(model, ideals, pictures, labels):
    """Return the share of right answers by method."""
    counts = equal_pixels(pictures, ideals)
    all_equal = counts[np.arange(len(labels)), labels] == ideals[0].size
    answers = [all_equal, counts.argmax(axis=1) == labels, model.predict(pictures).argmax(axis=1) == labels]
    return {method: float(right.mean()) for method, right in zip(METHODS, answers, strict=True)}


def draw_accuracies(shares):
    figure = visualize.new_figure(8, 4)
    axes = figure.subplots()
    for number, (method, hatch) in enumerate(zip(METHODS, ("//", "..", ""), strict=True)):
        widths = [100 * share[method] for share in shares.values()]
        places = np.arange(len(shares)) + 0.28 * (number - 1)
        look = {"color": visualize.COLOURS[number], "hatch": hatch, "edgecolor": "white"}
        axes.bar_label(axes.barh(places, widths, 0.26, label=method, **look), fmt="%.2f", fontsize=8, padding=2)
    axes.set_yticks(range(len(shares)), shares)
    axes.set(ylim=(len(shares) - 0.5, -0.5), xlim=(0, 108), xlabel="right answers, %")
    figure.legend(loc="outside upper center", ncols=len(METHODS), fontsize=9)
    return figure


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    ideals, trickier = ideal_pictures(), drawing(TRICKIER_X)
    figures = {"equal_pixels": show_literal_comparison(lesson, trickier, ideals)}

    def unseen(kind, strength=2):  # 2: moved by up to 2 pixels, 0.43 to 1.5 times as large, turned by up to 41 degrees
        return make_x_or_o(5000, seed=lesson.seed + 1, variations=KINDS[kind], strength=strength)

    # The slides' trickier X; then the trickiest unseen X and the trickiest unseen O of each kind.
    letters = [0, *np.repeat([0, 1], len(KINDS))]
    shown = [trickier, *(trickiest(letter, *unseen(kind), ideals) for letter in range(2) for kind in KINDS)]
    answers = np.eye(2)  # the right votes for an X, 1 and 0, and for an O, 0 and 1

    model = make_network()
    model.compile("adam", "mean_squared_error")
    before = model.predict(shown)
    pictures, labels = make_x_or_o(4000 if lesson.quick else 20000, seed=lesson.seed, strength=2)
    model.fit(pictures, answers[labels], epochs=10, batch_size=32, verbose=0)
    after = model.predict(shown)

    right, table = answers[letters], []
    errors = [abs(right - before), abs(right - after)]
    for number, name in ((0, "trickier X"), (5, "unseen X"), (10, "unseen O")):
        columns = right[number], before[number], errors[0][number], after[number], errors[1][number]
        table += zip([f"{name}: {letter}" for letter in LETTERS], *columns, strict=True)
        table.append(["total", "", "", errors[0][number].sum(), "", errors[1][number].sum()])
    lesson.table(["votes", "right answer", "before training", "error", "after training", "error"], table)
    figures["total_errors"] = [error.sum(axis=1).tolist() for error in errors]
    text = "{}\nbefore: X {:.2f}, O {:.2f}\nafter: X {:.2f}, O {:.2f}"
    titles = [text.format(*row) for row in zip([*KINDS, *KINDS], *before[1:].T, *after[1:].T, strict=True)]
    lesson.save(visualize.plot_images(shown[1:], titles, columns=len(KINDS), limits=(-1, 1)), "x_or_o_votes")

    for strength in (1, 2):
        shares = {kind: accuracies(model, ideals, *unseen(kind, strength)) for kind in KINDS}
        rows = [[kind, *(100 * value for value in share.values())] for kind, share in shares.items()]
        lesson.table([f"right answers, %, at strength {strength}", *METHODS], rows)
        figures[f"accuracy_{strength}"] = shares
    lesson.save(draw_accuracies(shares), "x_or_o_accuracy")
    return figures


if __name__ == "__main__":
    main()
