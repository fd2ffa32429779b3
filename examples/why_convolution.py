"""Why convolution: what a dense layer costs on pictures, and what a convolution takes for granted instead.

One dense layer from a picture of 256 × 256 × 3 to 1,000 classes has 196,608,000 weights, and four times as many for a
picture twice as high and wide. A convolution is a dense layer whose matrix is almost empty, as each output looks at few
neighbours, and repeats the same few weights at every place. So its weights do not grow with the picture, and what it
finds moves with the input: shift the one, and the other shifts. One picture shows this for a signal of one line, the
other how the channels of a picture are filtered, each by its own slice of the filter, and added up.
"""

import numpy as np

from lesson import begin
from nativecnn import layers, ops, visualize

PLACES, FIRST, SHIFT = 24, 7, 8
DIFFERENCE = np.array([-1, -2, 0, 2, 1]) / 6  # of what comes after a place and what comes before

# A picture's corner with its padding, and a filter, by channel. The numbers are those of an animation that many
# courses show (S. Saha, "A comprehensive guide to convolutional neural networks", 2018).
CORNER = np.array(
    [
        [[0, 0, 0], [0, 156, 155], [0, 153, 154]],
        [[0, 0, 0], [0, 167, 166], [0, 164, 165]],
        [[0, 0, 0], [0, 163, 162], [0, 160, 161]],
    ]
)
FILTER = np.array(
    [
        [[-1, -1, 1], [0, 1, -1], [0, 1, 1]],
        [[1, 0, 0], [1, -1, -1], [1, 0, -1]],
        [[0, 1, 1], [0, 1, 0], [1, -1, 1]],
    ]
)
BIAS = 1


def show_costs(lesson):
    """Show the weights of dense layers and convolutions on pictures of two sizes, without making any."""
    rows, weights = [], {}
    for side in (256, 512):
        for name, layer, shape in (
            ("dense layer, 1,000 classes", layers.Dense(1000, use_bias=False), (side * side * 3,)),
            ("convolution, 64 filters 3 × 3", layers.Conv2D(64, 3, use_bias=False), (side, side, 3)),
        ):
            count = weights[f"{name}, {side}"] = layer.count_params(shape)
            megabytes, multiply_adds = f"{4 * count / 1e6:,.3f}", f"{layer.multiply_adds(shape):,}"
            rows.append([name, f"{side} × {side} × 3", f"{count:,}", megabytes, multiply_adds])
    lesson.table(["", "picture", "weights", "MB", "multiply-adds"], rows)
    return weights


def convolve(signals):
    return ops.conv1d(signals[:, :, None], DIFFERENCE[:, None, None], padding="same")[:, :, 0]


def bump(middle):
    """Return a signal that is 0 but around a place."""
    return np.maximum(0, 1 - abs(np.arange(PLACES) - middle) / 4)


def draw_sharing(titles, matrices, outputs):
    figure = visualize.new_figure(9, 6)
    rows = figure.subplots(2, 2, width_ratios=(1, 2))
    for (left, right), title, (name, matrix) in zip(rows, titles, matrices.items(), strict=True):
        most = abs(matrix).max()
        left.imshow(matrix.T, visualize.SIGNED, vmin=-most, vmax=most)
        left.set(title=title, xlabel="input", ylabel="output")
        first, second = outputs[name]
        for number, (values, label) in enumerate(((first, "output"), (second, f"output, input shifted by {SHIFT}"))):
            look = {"color": visualize.COLOURS[number], "marker": visualize.MARKERS[number]}
            right.fill_between(range(PLACES), bump(FIRST + SHIFT * number), color="lightgrey")
            right.plot(values, ("-", "--")[number], label=label, **look)
        right.plot(range(SHIFT, PLACES), first[:-SHIFT], "kx", label=f"first output, shifted by {SHIFT}")
        right.set(title="outputs for a bump (grey) at two places", xlabel="place", ylim=(-1.6, 1.6))
    right.legend(fontsize=8, loc="lower right")
    return figure


def show_sharing(lesson):
    """Show a convolution as a matrix beside that of a dense layer, and what both make of a shifted input."""
    dense = layers.Dense(PLACES, use_bias=False)
    dense.build((PLACES,))
    # What the convolution makes of a 1 at each place alone are the rows of the matrix that does the same.
    matrices = {"dense layer": dense.weights["kernel"], "convolution": convolve(np.eye(PLACES))}
    signals = np.stack([bump(FIRST), bump(FIRST + SHIFT)])
    outputs = {name: ops.dense(signals, matrix) for name, matrix in matrices.items()}
    is_convolution = np.array_equal(outputs["convolution"], convolve(signals))
    print(f"The convolution's matrix gives the same bits as the convolution: {is_convolution}", end="\n\n")
    changes = {name: float(abs(second[SHIFT:] - first[:-SHIFT]).max()) for name, (first, second) in outputs.items()}
    lesson.table(["", "output of the shifted input - shifted output, at most"], list(changes.items()))
    counts = (dense.count_params(), DIFFERENCE.size)
    titles = [f"{name}: {count} weights" for name, count in zip(matrices, counts, strict=True)]
    lesson.save(draw_sharing(titles, matrices, outputs), "why_convolution_sharing")
    return is_convolution, changes


def show_channels(lesson):
    """Draw how a place's channels are filtered and added up; return that sum and the convolution's."""
    products = CORNER * FILTER
    sums = products.sum(axis=(1, 2)).tolist()
    total = sum(sums) + BIAS
    image, kernel = np.moveaxis(CORNER, 0, -1)[None], np.moveaxis(FILTER, 0, -1)[..., None]
    output = ops.conv2d(image, kernel, [BIAS]).item()
    figure, names = visualize.new_figure(8, 7.5), ("red", "green", "blue")
    terms = " ".join(f"{number:+}" for number in sums)
    figure.suptitle(f"sums of the channels and bias: {terms} {BIAS:+} = {total}", fontsize=12)
    columns = (
        (CORNER, [f"{name} channel" for name in names], visualize.GREY, (0, 255)),
        (FILTER, ["its slice of the filter"] * 3, visualize.SIGNED, (-2, 2)),
        (products, [f"products, sum {number}" for number in sums], visualize.SIGNED, (-330, 330)),
    )
    for part, (arrays, titles, colours, limits) in zip(figure.subfigures(1, 3), columns, strict=True):
        visualize.plot_images(
            arrays, titles, columns=1, colour_map=colours, limits=limits, numbers="{:.0f}", figure=part
        )
    lesson.save(figure, "why_convolution_channels")
    lesson.table(["", *names, "bias", "total", "conv2d"], [["sums", *sums, BIAS, total, f"{output:g}"]])
    return total, output


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    weights = show_costs(lesson)
    is_convolution, changes = show_sharing(lesson)
    total, output = show_channels(lesson)
    return {
        "weights": weights,
        "matrix is the convolution": is_convolution,
        "changes by a shift": changes,
        "channels": {"by hand": total, "conv2d": output},
    }


if __name__ == "__main__":
    main()
