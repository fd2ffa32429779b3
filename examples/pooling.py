"""Pooling: smaller maps, which care less about where a feature was found.

First what it does to numbers: the largest, or the mean, of each window. Then pictures of digits are moved by some
pixels. How much do maps of edges change: not pooled, pooled once, twice, three times, over the whole picture? And how
well do networks read moved digits that were trained on digits in the middle? Pooling twice helps a little, against two
or three pixels; only the maximum over the whole picture makes the place unimportant. (Large networks suffer too: Azulay
and Weiss, "Why do deep convolutional networks generalize so poorly to small image transformations?", 2019.)
"""

import numpy as np
from matplotlib.patches import Rectangle

import nativecnn
from lesson import begin
from nativecnn import layers, ops, visualize

NUMBERS = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]], np.float32)
TOP_EDGE, LEFT_EDGE = np.array([[-1, -1, -1], [1, 1, 1], [0, 0, 0]]), np.array([[-1, 1, 0]] * 3)
EDGES = np.stack([TOP_EDGE, TOP_EDGE[::-1], LEFT_EDGE, LEFT_EDGE[:, ::-1]], axis=-1)[:, :, None]  # (3, 3, 1, 4)
SHIFTS = range(7)
SHAPE = (32, 32, 1)


def moved(pictures, pixels):
    """Return pictures (count, rows, columns, 1) moved to the right; what leaves there was empty."""
    return np.roll(pictures, pixels, axis=2)


def map_of_the_x():
    """Return where the lecture's X of 9 × 9 pixels agrees with a falling stroke: a map (7, 7), rectified."""
    x = np.pad(np.where(np.eye(7) + np.eye(7)[::-1], 1, -1), 1, constant_values=-1)
    stroke = 2 * np.eye(3) - 1
    return ops.relu(ops.conv2d(x[None, :, :, None], stroke[:, :, None, None]) / np.float32(9))[0, :, :, 0]


def draw_windows():
    """Draw maps with their windows, and the number that either pooling makes of each window."""
    figure = visualize.new_figure(8.5, 6)
    for part, numbers in zip(figure.subfigures(2, 1), (NUMBERS, map_of_the_x()), strict=True):
        pools = {"max": ops.max_pool2d, "average": ops.average_pool2d}
        pooled = [pool(numbers[None, :, :, None], ceil_mode=True)[0, :, :, 0] for pool in pools.values()]
        titles = ["windows of 2 × 2, stride 2", *(f"{name} pooling" for name in pools)]
        text = {"limits": "shared", "numbers": lambda value: f"{round(value, 2):g}".replace("0.", ".")}
        visualize.plot_images([numbers, *pooled], titles, **text, figure=part)
        for axes, step in zip(part.axes, (2, 1, 1), strict=True):
            for row, column in np.ndindex(pooled[0].shape):
                height, width = (min(step, len(numbers) - step * n) - 0.1 for n in (row, column))  # some are partial
                place, colour = (step * column - 0.45, step * row - 0.45), visualize.COLOURS[(row + 2 * column) % 5]
                axes.add_patch(Rectangle(place, width, height, fill=False, edgecolor=colour, linewidth=2.5))
    return figure


def edge_maps():
    """Return a network that looks for edges and pools what it finds three times, then over all that is left."""
    model = nativecnn.Sequential([layers.Input(SHAPE)])
    model.add(layers.Conv2D(4, 3, padding="same", activation="relu", use_bias=False, name="not pooled"))
    for times in ("once", "twice", "three times"):
        model.add(layers.MaxPooling2D(2, name=f"pooled {times}"))
    model.add(layers.GlobalMaxPooling2D(keepdims=True, name="over the whole picture"))
    model.layers[0].set_weights([EDGES])
    return model


def changes(model, pictures):
    """Return by layer, for each shift, by how much the maps change relative to their size, as a mean over pictures."""
    still, found = visualize.feature_maps(model, pictures), {}
    for shift in SHIFTS:
        for name, maps in visualize.feature_maps(model, moved(pictures, shift)).items():
            change, size = ((array**2).sum(axis=(1, 2, 3)) ** 0.5 for array in (maps - still[name], still[name]))
            found.setdefault(name, []).append(float(np.mean(change / size)))
    return found


def reader(pooling=None, last=layers.Flatten):
    """Return a network of three convolutions, of which two are pooled, or none, for ten digits."""
    model = nativecnn.Sequential([layers.Input(SHAPE)])
    for filters in (16, 32):
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        if pooling:
            model.add(pooling(2))
    model.add(layers.Conv2D(32, 3, padding="same", activation="relu"))
    model.add(last())
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def draw_maps(model, picture, shift):
    """Draw what the network makes of the top edges of a picture, of the moved one, and the difference."""
    still, shifted = (visualize.feature_maps(model, moved(picture, pixels)) for pixels in (0, shift))
    rows = [[maps[name][0, :, :, 0] for name in still] for maps in (still, shifted)]
    rows.append([np.abs(a - b) for a, b in zip(*rows, strict=True)])
    titles = [*still, f"moved by {shift} pixels", *[""] * 4, "difference", *[""] * 4]
    suptitle = "upper edges of the strokes, and their maximum in ever larger windows"
    images, look = sum(rows, []), {"colour_map": visualize.MAGNITUDE, "limits": "shared"}
    return visualize.plot_images(images, titles, columns=5, suptitle=suptitle, **look)


def draw_curves(panels):
    """Draw curves over the shift: panels by title, curves by name."""
    figure = visualize.new_figure(9, 4.4)
    for axes, (title, curves) in zip(figure.subplots(1, 2), panels.items(), strict=True):
        for number, (name, values) in enumerate(curves.items()):
            axes.plot(SHIFTS, values, marker=visualize.MARKERS[number], color=visualize.COLOURS[number], label=name)
        axes.set(title=title, xlabel="picture moved by so many pixels")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=9, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.18))
    return figure


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    count, epochs, unseen = (1000, 4, 500) if lesson.quick else (3000, 6, 2000)
    (x, y), (x_test, y_test) = nativecnn.datasets.load_mnist(lesson.data("mnist"), scaled=True)
    chosen = nativecnn.random.permutation(len(x), lesson.seed, "pictures")[:count]
    x, x_test = (np.pad(a, ((0, 0), (2, 2), (2, 2), (0, 0))) for a in (x[chosen], x_test[:unseen]))

    model = edge_maps()
    found = changes(model, x_test[:300])
    print("Change of the maps of edges, relative to their size, where pictures are moved by so many pixels")
    lesson.table(["max pooling", *map(str, SHIFTS)], [[name, *values] for name, values in found.items()])

    networks = {
        "no pooling": reader(),
        "max pooling twice": reader(layers.MaxPooling2D),
        "average pooling twice": reader(layers.AveragePooling2D),
        "max twice, then whole picture": reader(layers.MaxPooling2D, layers.GlobalMaxPooling2D),
    }
    accuracy = {}
    for name, network in networks.items():
        network.fit(x, y[chosen], epochs=epochs, verbose=0)
        accuracy[name] = [network.evaluate(moved(x_test, shift), y_test[:unseen])[1] for shift in SHIFTS]
    print("Accuracy of trained networks on moved pictures")
    lesson.table(["network", *map(str, SHIFTS)], [[name, *values] for name, values in accuracy.items()], decimals=3)

    lesson.save(draw_windows(), "pooling_windows")
    lesson.save(draw_maps(model, x_test[:1], 2), "pooling_maps")
    lesson.save(draw_curves({"relative change of maps": found, "accuracy of networks": accuracy}), "pooling_shifts")
    return {"change": found, "accuracy": accuracy}


if __name__ == "__main__":
    main()
