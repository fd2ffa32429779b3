"""VGG16 and its family: ten networks from LeNet-5 to MobileNetV2, counted and timed on this machine.

For each you see its parameters, the multiplications with an addition that one picture takes (multiply-adds), the time
they take here, and how many that makes in a second: few parameters are not little work, and little work is not always
fast. Multiply-adds are counted as the definition has them; Winograd's algorithm computes 3 × 3 convolutions with fewer.
Then VGG16 (Simonyan and Zisserman, 2015) layer by layer: three quarters of its weights lie in the first dense layer,
nearly all of its work in the convolutions, and pictures shrink from 224 × 224 to 7 × 7 pixels while their channels grow
from 3 to 512. The weights are drawn at random: counts and times do not depend on them.
"""

import math
import statistics
import time
from itertools import groupby

import numpy as np

import nativecnn
from lesson import begin
from nativecnn import applications, layers, visualize

FAMILY = [  # by the year in which each became known
    ("LeNet-5", 1998, applications.LeNet5),
    ("AlexNet", 2012, applications.AlexNet),
    ("ZFNet", 2013, applications.ZFNet),
    ("GoogLeNet", 2014, applications.GoogLeNet),
    ("VGG16", 2014, applications.VGG16),
    ("VGG19", 2014, applications.VGG19),
    ("ResNet-18", 2015, applications.ResNet18),
    ("ResNet-50", 2015, applications.ResNet50),
    ("SqueezeNet", 2016, applications.SqueezeNet),
    ("MobileNetV2", 2018, applications.MobileNetV2),
]
QUICK = ("LeNet-5", "ResNet-18", "SqueezeNet", "MobileNetV2")
COLOUR_OF = dict(zip((layers.Conv2D, layers.MaxPooling2D, layers.Dense), visualize.COLOURS, strict=False))


def measured(model, repetitions, random):
    """Return parameters, multiply-adds, and the median milliseconds of predicting one picture."""
    picture = random.random((1, *model.input_shape), np.float32)
    times = []
    for _ in range(2 + repetitions):
        start = time.perf_counter()
        model.predict(picture)
        times.append(1000 * (time.perf_counter() - start))
    return model.count_params(), model.multiply_adds(), statistics.median(times[2:])  # the first two warm up


def bars(names, panels, colours, title):
    """Draw bars: a row for each name, side by side a panel for each quantity."""
    figure = visualize.new_figure(9, 0.8 + 0.25 * len(names))
    figure.suptitle(title, fontsize=11)
    for axes, (quantity, values) in zip(figure.subplots(1, len(panels), sharey=True), panels.items(), strict=True):
        numbers = [np.format_float_positional(value, 3, fractional=False, trim="-") for value in values]
        axes.bar_label(axes.barh(names, values, color=colours), numbers, padding=3, fontsize=8)
        axes.set_title(quantity, fontsize=10)
        axes.set_xlim(0, 1.4 * max(values))  # room for the numbers
        axes.set_xticks([])
        axes.margins(y=0.01)
        axes.tick_params(axis="y", length=0, labelsize=9)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.invert_yaxis()
    return figure


def slabs(maps):
    """Draw what convolutions and poolings give as slabs: as high as they have rows, a channel an eighth of a row."""
    figure = visualize.new_figure(9, 2.5)
    axes = figure.subplots()
    left = 0
    for rows, stage in groupby(maps, key=lambda layer: layer.output.shape[0]):
        start = left
        for layer in stage:
            _, columns, channels = layer.output.shape
            axes.bar(left, rows, channels / 8, -rows / 2, align="edge", color=COLOUR_OF[type(layer)])
            left += channels / 8 + 6
        axes.text((start + left - 6) / 2, rows / 2 + 8, f"{rows} × {columns} × {channels}", ha="center", fontsize=9)
        left += 60
    axes.set(xlim=(-40, left), ylim=(-115, 140), aspect="equal")
    axes.set_axis_off()
    axes.set_title("VGG16: convolutions (blue) keep the size of a picture, poolings (orange) halve it", fontsize=11)
    return figure


def layer_by_layer(lesson, model):
    """Draw each layer's weights, work and output; return what the first dense layer and the convolutions have of it."""
    shown = [layer for layer in model.layers if type(layer) in COLOUR_OF]
    parameters = np.array([layer.count_params() for layer in shown])
    work = np.array([layer.multiply_adds(layer.input.shape) for layer in shown])
    panels = {
        "parameters, millions": parameters / 1e6,
        "multiply-adds, 10⁹": work / 1e9,
        "values it gives, millions": [math.prod(layer.output.shape) / 1e6 for layer in shown],
    }
    names = [f"{layer.name}  {' × '.join(map(str, layer.output.shape))}" for layer in shown]
    colours = [COLOUR_OF[type(layer)] for layer in shown]
    lesson.save(slabs([layer for layer in shown if len(layer.output.shape) == 3]), "vgg_family_slabs")
    lesson.save(bars(names, panels, colours, "VGG16: its weights, its work, what its layers give"), "vgg_family_layers")
    convolutions = [isinstance(layer, layers.Conv2D) for layer in shown]
    return parameters.max() / parameters.sum(), work[convolutions].sum() / work.sum()


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    random = np.random.default_rng(lesson.seed)
    rows = []
    for name, year, network in FAMILY:
        if name in QUICK or not lesson.quick:
            parameters, work, spent = measured(network(), 3 if lesson.quick else 15, random)
            rows.append([f"{name} ({year})", parameters, work, spent, work / spent / 1e6])
    threads = nativecnn.get_num_threads()
    print(f"one picture at a time, on {threads} {'thread' if threads == 1 else 'threads'}")
    lesson.table(
        ["network", "parameters", "multiply-adds", "ms a picture", "10⁹ multiply-adds a second"],
        [[name, f"{parameters:,}", f"{work:,}", *timed] for name, parameters, work, *timed in rows],
    )
    names, parameters, work, spent, speed = zip(*rows, strict=True)
    panels = {
        "parameters, millions": np.divide(parameters, 1e6),
        "multiply-adds, 10⁹": np.divide(work, 1e9),
        "milliseconds a picture": spent,
        "10⁹ multiply-adds a second": speed,
    }
    lesson.save(bars(names, panels, visualize.COLOURS[0], "The family, by year"), "vgg_family")
    first_dense, convolutions = layer_by_layer(lesson, applications.VGG16())
    print(f"\nVGG16: {100 * first_dense:.1f} % of the weights are the first dense layer's,")
    print(f"{100 * convolutions:.1f} % of the multiply-adds the convolutions'")
    return {
        "parameters": dict(zip(names, parameters, strict=True)),
        "multiply-adds": dict(zip(names, work, strict=True)),
        "milliseconds": dict(zip(names, spent, strict=True)),
        "first dense layer's weights": first_dense,
        "convolutions' multiply-adds": convolutions,
    }


if __name__ == "__main__":
    main()
