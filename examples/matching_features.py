"""Matching features: what a convolution, ReLU and pooling make of an X, number by number.

A feature is a piece of 3 × 3 pixels. Laid over a place of the picture, each of its pixels is multiplied with the one
below, and the products are averaged: 1 where all agree, -1 where none does. All places give a map of 7 × 7. ReLU puts
0 for what is negative; pooling keeps the largest of 2 × 2 numbers, which leaves 4 × 4, and again, 2 × 2. In one row,
these vote for X or O. As on the slides, decimals are cut off: 7/9 is written 0.77.

Source: Brandon Rohrer, "How convolutional neural networks work", 2016.
"""

import math

import numpy as np

from lesson import begin
from nativecnn import ops, visualize
from x_or_o import TRICKIER_X, drawing, ideal_pictures

FEATURES = {"\\": drawing("#.. .#. ..#"), "x": drawing("#.# .#. #.#"), "/": drawing("..# .#. #..")}


def written(value):
    """Return a number as the slides write it."""
    return f"{math.trunc(round(100 * value, 3)) / 100:.2f}"


def find_features(pictures):
    """Return the maps after each step, (pictures, rows, columns, features)."""
    kernel = np.stack(list(FEATURES.values()), axis=-1)  # (3, 3, 1, 3)
    matches = ops.conv2d(pictures, kernel) / np.float32(9)
    rectified = ops.relu(matches)
    # 7 numbers make 4 pairs: the last has but one number (ceil_mode).
    pooled = ops.max_pool2d(rectified, pool_size=2, strides=2, ceil_mode=True)
    stacked = ops.max_pool2d(pooled, pool_size=2, strides=2, ceil_mode=True)
    return {"matches": matches, "ReLU": rectified, "pooled": pooled, "pooled again": stacked}


def in_one_row(maps):
    """Return all numbers of each picture, feature after feature, (pictures, numbers)."""
    return maps.transpose(0, 3, 1, 2).reshape(len(maps), -1)


def voting_weights(x, o):
    """Return weights (numbers, 2) with which those that are larger for the ideal X vote for X, and the same for O."""
    votes = np.stack([x > o, o > x], axis=1)
    return (votes / votes.sum(axis=0)).astype(np.float32)


def draw_matches(picture, matches):
    """Draw the features, and where the picture has each of them in all 9 pixels."""
    figure = visualize.new_figure(7.5, 4.6)
    above, below = figure.subfigures(2, 1, height_ratios=[1, 2])
    titles = [f"feature {name}" for name in FEATURES]
    visualize.plot_images(FEATURES.values(), titles, limits=(-1, 1), numbers="{:.0f}", figure=above)
    places = [np.argwhere(matches[:, :, number] == 1) for number in range(len(FEATURES))]
    titles = [f"places where all pixels agree: {len(found)}" for found in places]
    visualize.plot_images([picture] * len(FEATURES), titles, limits=(-1, 1), figure=below)
    for axes, found in zip(below.axes, places, strict=True):
        for row, column in found:
            corners = np.array([[0, 0], [0, 3], [3, 3], [3, 0], [0, 0]]) - 0.5
            axes.plot(*(corners + [column, row]).T, color=visualize.COLOURS[1], linewidth=2)
    return figure


def draw_steps(steps):
    """Draw the maps of the first picture: a column for each step, a row for each feature."""
    figure = visualize.new_figure(8, 7.6)
    parts = figure.subfigures(1, len(steps), width_ratios=[2.3, 2.3, 1.4, 0.9])
    look = {"limits": (-1, 1), "colour_map": visualize.SIGNED, "numbers": written}
    for part, (name, maps) in zip(parts, steps.items(), strict=True):
        titles = [f"{name}, {feature}" for feature in FEATURES]
        visualize.plot_images(maps[0].transpose(2, 0, 1), titles, columns=1, figure=part, **look)
    return figure


def draw_votes(pictures, names, rows, weights, votes):
    """Draw the numbers of each picture as bars, by the letter that they vote for."""
    figure = visualize.new_figure(8, 5.6)
    left, right = figure.subfigures(1, 2, width_ratios=[1, 4])
    visualize.plot_images(pictures, names, columns=1, limits=(-1, 1), figure=left)
    places = np.arange(1, rows.shape[1] + 1)
    groups = {"votes for X": weights[:, 0] > 0, "votes for O": weights[:, 1] > 0, "no vote": ~weights.any(axis=1)}
    looks = zip((*visualize.COLOURS[:2], "lightgrey"), ("", "//", ""), strict=True)
    looks = [{"color": colour, "hatch": hatch, "edgecolor": "white"} for colour, hatch in looks]
    for axes, row, (x, o) in zip(right.subplots(len(rows), 1), rows, votes.tolist(), strict=True):
        for (label, members), look in zip(groups.items(), looks, strict=True):
            bars = axes.bar(places[members], row[members], label=label, **look)
            axes.bar_label(bars, fmt=written, fontsize=8)
        axes.set_title(f"votes: X {written(x)}, O {written(o)}", fontsize=9)
        axes.set_xticks(places)
        axes.set_ylim(0, 1.25)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8)
    return figure


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    pictures = np.stack([*ideal_pictures(), drawing(TRICKIER_X)])
    names = ["the ideal X", "the ideal O", "a trickier X"]
    steps = find_features(pictures)
    for name, maps in steps.items():
        print(f"{name}, feature \\ of the ideal X:")
        print("\n".join(" ".join(f"{written(value):>5}" for value in row) for row in maps[0, :, :, 0].tolist()), "\n")
    lesson.save(draw_matches(pictures[0], steps["matches"][0]), "matching_features_matches")
    lesson.save(draw_steps(steps), "matching_features_steps")

    rows = in_one_row(steps["pooled again"])
    weights = voting_weights(*rows[:2])
    votes = ops.dense(rows, weights)
    lesson.table(
        ["", "X", "O"], [[name, *map(written, vote)] for name, vote in zip(names, votes.tolist(), strict=True)]
    )
    lesson.save(draw_votes(pictures, names, rows, weights, votes), "matching_features_votes")
    return {"steps": {name: maps[0].tolist() for name, maps in steps.items()}, "votes": votes.tolist()}


if __name__ == "__main__":
    main()
