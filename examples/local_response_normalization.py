"""Local response normalisation: in AlexNet, a strong feature damps those in the channels beside it.

Each value a is divided by (k + α Σ a²)^β. The sum is over its own channel and two on either side, at the same pixel;
AlexNet has k = 2, α = 0.0001 and β = 0.75. For values about 1 that is a constant, or nearly. But AlexNet sees pixels
from 0 to 255, and what it computes from them is in the hundreds: as here, first with one strong channel among equals,
then with edges of a photograph in eight directions. (Krizhevsky, Sutskever and Hinton: "ImageNet classification with
deep convolutional neural networks", 2012. Most later networks leave it out.)
"""

import numpy as np
from sklearn.datasets import load_sample_image

import nativecnn
from lesson import begin
from nativecnn import layers, ops, visualize

CHANNELS, STRONG = 9, 4


def normalised(maps):
    """Return maps (rows, columns, channels) as the layer gives them; AlexNet's settings are its defaults."""
    model = nativecnn.Sequential([layers.LocalResponseNormalization(input_shape=maps.shape)])
    return model.predict(maps[None])[0]


def blobs():
    """Return maps (13, 13, channels) with a blob in the middle, four times as strong in one channel."""
    distance = np.hypot(*np.mgrid[-6:7, -6:7])
    strengths = np.where(np.arange(CHANNELS) == STRONG, 400, 100)
    return np.exp(-((distance / 3) ** 2))[:, :, None] * strengths


def responses(activations, neighbour):
    """Return what becomes of a channel's activations (count,) beside a channel that has a constant one."""
    maps = np.zeros((1, len(activations), CHANNELS))
    maps[..., STRONG], maps[..., STRONG - 1] = neighbour, activations
    return normalised(maps)[0, :, STRONG - 1]


def directed_edges(picture):
    """Return maps (rows, columns, 8) of the edges of a grey picture, from dark to light in eight directions."""
    right, down = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]), np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
    angles = np.arange(8) * np.pi / 4
    kernel = right[:, :, None, None] * np.cos(angles) + down[:, :, None, None] * np.sin(angles)
    return ops.relu(ops.conv2d(picture[None, :, :, None], kernel))[0]


def draw(before, after, titles, title):
    """Draw channels of maps (rows, columns, channels) side by side: above as they are, below normalised."""
    count = before.shape[-1]
    figure = visualize.new_figure(8, 1.3 + 16 / count)
    figure.suptitle(title, fontsize=11)
    parts = figure.subfigures(2, 1)
    for part, name, maps, texts in zip(parts, ["before", "normalised"], [before, after], titles, strict=True):
        look = {"columns": count, "limits": "shared", "colour_map": visualize.MAGNITUDE, "suptitle": name}
        visualize.plot_images(np.moveaxis(maps, -1, 0), texts, **look, figure=part)
    return figure


def draw_responses(activations, curves):
    figure = visualize.new_figure(6, 3.6)
    axes = figure.subplots()
    for number, (neighbour, values) in enumerate(curves.items()):
        style = {"marker": visualize.MARKERS[number], "color": visualize.COLOURS[number]}
        axes.plot(activations, values, label=f"beside a channel of {neighbour}", **style)
    axes.set(title="one channel's response, by AlexNet's settings", xlabel="activation", ylabel="normalised activation")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=9)
    return figure


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    before = blobs()
    after = normalised(before)
    peaks = {"before": before[6, 6].tolist(), "normalised": after[6, 6].tolist()}
    print("The pixel in the middle of the blobs")
    lesson.table(
        ["channel", *map(str, range(CHANNELS))], [[name, *values] for name, values in peaks.items()], decimals=1
    )
    titles = [[f"{value:.0f}" for value in values] for values in peaks.values()]
    figure = draw(before, after, titles, "a blob in each of nine channels, and the value in its middle")
    lesson.save(figure, "local_response_normalization_blobs")

    activations = np.arange(0, 401, 25)
    curves = {neighbour: responses(activations, neighbour).tolist() for neighbour in (0, 200, 400)}
    lesson.save(draw_responses(activations, curves), "local_response_normalization_curves")

    edges = directed_edges(load_sample_image("china.jpg")[:400:4, :400:4].mean(axis=2))
    middle, arrows = slice(2, 6), ["↓", "↙", "←", "↖"]  # the channels that have two on either side
    title = "edges of a photograph, by the direction from dark to light"
    figure = draw(edges[..., middle], normalised(edges)[..., middle], [arrows, arrows], title)
    lesson.save(figure, "local_response_normalization_edges")
    return {"peaks": peaks, "curves": curves}


if __name__ == "__main__":
    main()
