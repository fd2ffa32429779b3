"""Filters on a photograph: convolutions whose kernels somebody thought out.

A kernel of 3 × 3 weights is laid over every pixel; the products with the pixels below are summed. Weights that add up
to 1 keep the brightness: blur makes neighbours more alike, sharpen and emboss less. Weights that add up to 0 leave
nothing of what is plain, so only edges remain. A ConvNet's convolution does the same, with weights that it learns.
Red, green and blue are filtered each by itself (a depthwise convolution), and shown from 0 to 255.

Source of the kernels: GIMP's manual, "Convolution Matrix"; the top edge is the lecture's, the left edge its like.
"""

import numpy as np
from sklearn.datasets import load_sample_image

from lesson import begin
from nativecnn import ops, visualize

KERNELS = {
    "original": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "blur": [[1 / 9, 1 / 9, 1 / 9], [1 / 9, 1 / 9, 1 / 9], [1 / 9, 1 / 9, 1 / 9]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "edge enhance": [[0, 0, 0], [-1, 1, 0], [0, 0, 0]],
    "edge detect": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "top edge": [[-1, -1, -1], [1, 1, 1], [0, 0, 0]],
    "left edge": [[-1, 1, 0], [-1, 1, 0], [-1, 1, 0]],
}
DETAIL = slice(25, 175), slice(112, 304)  # rows and columns of the tower's roof, as many as are drawn


def filtered(photograph, kernel):
    """Return a photograph (rows, columns, 3) with every colour convolved by itself; two rows and columns less."""
    depthwise = np.repeat(np.array(kernel, np.float32)[:, :, None, None], 3, axis=2)  # (3, 3, channels, 1)
    return ops.depthwise_conv2d(photograph[None], depthwise)[0]


def as_photograph(values):
    """Return values as the bytes of a photograph: 0 for what is less, 255 for what is more."""
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def difference_of_neighbours(photograph):
    """Return by how much pixels differ from those to the right and below, in the mean."""
    return float(np.mean([np.abs(np.diff(photograph, axis=axis)).mean() for axis in (0, 1)]))


def draw(pictures):
    """Draw details of the filtered photographs below their kernels."""

    def text(weight):
        return "1/9" if weight == 1 / 9 else f"{weight:.0f}"

    figure = visualize.new_figure(8, 6)
    parts = figure.subfigures(4, 1, height_ratios=[1, 1.7, 1, 1.7])
    names = list(KERNELS)
    for chosen, above, below in ((names[:4], *parts[:2]), (names[4:], *parts[2:])):
        kernels = [KERNELS[name] for name in chosen]
        visualize.plot_images(kernels, chosen, limits="symmetric", numbers=text, figure=above)
        visualize.plot_images([as_photograph(pictures[name])[DETAIL] for name in chosen], figure=below)
    return figure


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    photograph = load_sample_image("china.jpg")
    plain = np.full((9, 9, 3), 100, np.uint8)
    pictures = {name: filtered(photograph, kernel) for name, kernel in KERNELS.items()}
    figures = {
        name: {
            "sum": float(np.sum(kernel)),
            "plain": float(filtered(plain, kernel).mean()),
            "difference": difference_of_neighbours(pictures[name]),
        }
        for name, kernel in KERNELS.items()
    }
    header = ["filter", "sum of the weights", "a plain 100 becomes", "difference of neighbours"]
    lesson.table(header, [[name, *row.values()] for name, row in figures.items()])
    lesson.save(draw(pictures), "photograph_filters")
    return figures


if __name__ == "__main__":
    main()
