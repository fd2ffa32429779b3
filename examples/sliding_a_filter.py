"""Sliding a filter: what a convolution of one line computes, place by place.

A filter is laid over the input at one place after the other; each time its numbers are multiplied with those below
and added up. A moving average smooths, a difference finds edges, and a difference of averages finds them through the
noise. Size, stride, dilation and padding decide where the filter is laid, and so how long the output is. One picture
shows a signal under four filters, the other six ways to lay a filter over eight numbers.
"""

import numpy as np

from lesson import begin
from nativecnn import ops, visualize

FILTERS = {
    "moving average of 3": np.full(3, 1 / 3),
    "moving average of 9": np.full(9, 1 / 9),
    "difference": np.array([-1, 0, 1]),
    "difference of averages": np.array([-1, -1, -1, -1, 0, 1, 1, 1, 1]) / 4,
}
WINDOWS = (  # size of the filter, settings, and the zeros that these put to the left and to the right
    (3, {}, (0, 0)),
    (5, {}, (0, 0)),
    (3, {"strides": 2}, (0, 0)),
    (3, {"dilation_rate": 2}, (0, 0)),
    (3, {"padding": "same"}, (1, 1)),
    (3, {"padding": "causal", "strides": 3}, (2, 0)),
)


def convolve(signal, weights, **settings):
    """Return the convolution of one signal with one filter."""
    return ops.conv1d(signal[None, :, None], weights[:, None, None], **settings)[0, :, 0]


def show_filters(lesson):
    """Draw what filters make of a noisy signal; return how much of the noise each leaves."""
    places, random = np.arange(120), np.random.default_rng(lesson.seed)
    clean = np.interp(places, [0, 29, 30, 55, 56, 75, 95, 115], [0, 0, 1, 1, 0, 0, 1, 0])
    signal, noise = clean + random.normal(0, 0.1, 120), random.normal(0, 0.1, 20_000)
    figure, rows = visualize.new_figure(9, 7), []
    panels = figure.subplots(4, 2, width_ratios=(1, 3))
    for (left, right), (name, weights) in zip(panels, FILTERS.items(), strict=True):
        left.bar(np.arange(len(weights)) - len(weights) // 2, weights, color=visualize.COLOURS[1])
        left.set(title=name, xlim=(-5, 5), ylim=(-1.3, 1.3), xticks=(-4, 0, 4))
        right.plot(places, signal, color="grey", linewidth=1, label="signal")
        right.plot(places, convolve(signal, weights, padding="same"), color=visualize.COLOURS[0], label="output")
        right.set_ylim(-1.3, 1.3)
        remains = convolve(noise, weights).std() / noise.std()
        rows.append([name, float(remains), float(np.sqrt((weights**2).sum()))])
    panels[0, 1].legend(fontsize=8, loc="lower right", ncols=2)
    lesson.table(["filter", "of the noise remains", "by theory √Σw²"], rows, decimals=3)
    lesson.save(figure, "sliding_a_filter_signal")
    return {name: (measured, theory) for name, measured, theory in rows}


def draw_windows(axes, title, padded, outputs, starts, taps, zeros):
    for place, value in enumerate(padded):
        is_zero = not zeros[0] <= place < len(padded) - zeros[1]
        axes.text(place, 1, f"{value:g}", ha="center", va="center", bbox={"facecolor": ("white", "lightgrey")[is_zero]})
    for number, (start, output) in enumerate(zip(starts, outputs, strict=True)):
        middle, colour = start + taps[-1] / 2, visualize.COLOURS[number % 2]
        for tap in taps:
            axes.plot([start + tap, middle], [0.85, 0.15], color=colour, linestyle=("-", "--")[number % 2])
        axes.text(middle, 0, f"{output:g}", ha="center", va="center", color=colour, weight="bold")
    axes.set(title=title, xlim=(-0.7, 9.7), ylim=(-0.2, 1.25))
    axes.set_axis_off()


def show_windows(lesson):
    """Draw where filters of ones are laid; return whether the lengths are those of the formula, and the sums right."""
    signal, rows, right = np.arange(1, 9), [], True
    figure = visualize.new_figure(9, 5)
    for axes, (size, settings, zeros) in zip(figure.subplots(3, 2).flat, WINDOWS, strict=True):
        stride, dilation = settings.get("strides", 1), settings.get("dilation_rate", 1)
        outputs = convolve(signal, np.ones(size), **settings)
        padded, taps = np.pad(signal, zeros), dilation * np.arange(size)
        length = (len(signal) + sum(zeros) - dilation * (size - 1) - 1) // stride + 1
        starts = stride * np.arange(length)
        right &= np.array_equal(outputs, [padded[start + taps].sum() for start in starts])
        title = ", ".join([f"size {size}", *(f"{name} {value}" for name, value in settings.items())])
        draw_windows(axes, title, padded, outputs, starts, taps, zeros)
        rows.append([title, sum(zeros), length, len(outputs)])
    formula = "(8 + zeros - dilation * (size - 1) - 1) // stride + 1"
    lesson.table(["8 places filtered", "zeros added", formula, "outputs"], rows)
    lesson.save(figure, "sliding_a_filter_windows")
    return right


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    return {"noise": show_filters(lesson), "windows": show_windows(lesson)}


if __name__ == "__main__":
    main()
