"""From logistic regression to a ConvNet: handwritten digits (MNIST) by three networks of growing depth.

One dense layer (which is logistic regression for ten classes) weighs every pixel once for every digit, and is right
about 92 times in 100. A hidden layer in between combines pixels into features first: about 98. A ConvNet looks for
small features everywhere in the picture: about 99, with less than half of the hidden layer's weights, but five times
its arithmetic. All three are trained alike: same pictures, same number of epochs, same steps. To be seen are their
curves, what the single layer has learnt, what each step up sets right, and what the ConvNet still takes for what.
"""

import time

import numpy as np

from lesson import begin
from nativecnn import Sequential, datasets, layers, optimizers, visualize

SHAPE = (28, 28, 1)
EPOCHS, BATCH = 10, 100


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    train, test = datasets.load_mnist(lesson.data("mnist"), scaled=True)
    if lesson.quick:
        train, test = [array[:5000] for array in train], [array[:2000] for array in test]
    x_test, y_test = test

    models, histories, outputs, rows, accuracy = networks(), {}, {}, [], {}
    for name, model in models.items():
        print(f"training {name} …", flush=True)
        histories[name], training_seconds = trained(model, train, test)
        outputs[name], test_seconds = timed(model.predict, test[0], batch_size=BATCH)
        accuracy[name] = float(np.mean(outputs[name].argmax(axis=1) == y_test))
        sizes = f"{model.count_params():,}", f"{model.multiply_adds():,}"
        percentages = 100 * histories[name].history["accuracy"][-1], 100 * accuracy[name]
        rows.append([name, *sizes, training_seconds, 1e6 * test_seconds / len(x_test), *percentages])
    header = ["network", "parameters", "multiply-adds", "training, s", "a picture, µs", "training, %", "test, %"]
    print()
    lesson.table(header, rows)

    draw_curves(lesson, histories)
    draw_templates(lesson, models["one dense layer"].layers[-1])
    matrix = visualize.confusion_matrix(y_test, outputs["ConvNet"])
    title = f"the ConvNet: {len(y_test) - np.trace(matrix)} of {len(y_test):,} wrong"
    lesson.save(visualize.plot_confusion_matrix(matrix, title=title), "logistic_regression_to_convnet_confusion")
    return {
        "accuracy": accuracy,
        "parameters": {name: model.count_params() for name, model in models.items()},
        "multiply-adds": {name: model.multiply_adds() for name, model in models.items()},
        "mistakes": draw_mistakes(lesson, x_test, y_test, outputs),
    }


def networks():
    return {
        "one dense layer": Sequential(
            [
                layers.Flatten(input_shape=SHAPE),
                layers.Dense(10, activation="softmax", kernel_initializer="zeros"),  # pixels never inked keep 0
            ]
        ),
        "two dense layers": Sequential(
            [
                layers.Flatten(input_shape=SHAPE),
                layers.Dense(512, activation="relu"),
                layers.Dense(10, activation="softmax"),
            ]
        ),
        "ConvNet": Sequential(
            [
                layers.Conv2D(16, 5, activation="relu", input_shape=SHAPE),
                layers.MaxPooling2D(2),
                layers.Conv2D(64, 5, activation="relu"),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dense(128, activation="relu"),
                layers.Dense(10, activation="softmax"),
            ]
        ),
    }


def trained(model, train, test):
    """Train a network in steps that become smaller towards the end; return its history and the seconds taken.

    The test pictures are looked at after every epoch, which takes some of that time, for the curves alone: nothing is
    chosen by them.
    """
    steps = EPOCHS * len(train[0]) // BATCH
    optimizer = optimizers.Adam(optimizers.schedules.CosineDecay(0.001, steps))
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return timed(model.fit, *train, batch_size=BATCH, epochs=EPOCHS, verbose=0, validation_data=test)


def timed(function, *arguments, **settings):
    begun = time.perf_counter()
    return function(*arguments, **settings), time.perf_counter() - begun


def draw_curves(lesson, histories):
    """Loss and wrong pictures; on scales of powers, as accuracies near 100 % cannot be told apart on another."""
    curves = {name: dict(history.history) for name, history in histories.items()}
    for values in curves.values():
        for part in ("", "val_"):
            values[f"{part}wrong of 100"] = [100 * (1 - accuracy) for accuracy in values.pop(f"{part}accuracy")]
    figure = visualize.plot_history(curves, validation_name="test")
    for axes in figure.axes:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("")
    lesson.save(figure, "logistic_regression_to_convnet_curves")


def draw_templates(lesson, layer):
    """The single layer's weights as ten pictures: it compares what is written with each, and adds up."""
    templates = layer.weights["kernel"].T.reshape(10, 28, 28)
    titles = [f"votes for {digit}" for digit in range(10)]
    title = "All that one dense layer knows: where ink speaks for a digit (violet), and against it (orange)"
    figure = visualize.plot_images(templates, titles, limits="symmetric", suptitle=title)
    lesson.save(figure, "logistic_regression_to_convnet_templates")


def draw_mistakes(lesson, images, right, outputs):
    """Three rows: what a hidden layer sets right, what convolutions set right, and what is still wrong."""
    said = {name: output.argmax(axis=1) for name, output in outputs.items()}
    one, two, convnet = (digits == right for digits in said.values())
    rows = {
        "One dense layer is wrong, the other two are right": (["one dense layer"], ~one & two & convnet),
        "Both dense networks are wrong, the ConvNet alone is right": (list(said)[:2], ~one & ~two & convnet),
        "The ConvNet is wrong": (["ConvNet"], ~convnet),
    }
    figure = visualize.new_figure(8, 5.6)
    for part, (title, (wrong, chosen)) in zip(figure.subfigures(3, 1), rows.items(), strict=True):
        surest = np.argsort(-outputs[wrong[-1]].max(axis=1) * chosen, kind="stable")[: min(8, chosen.sum())]
        titles = [f"true {right[i]}\nsaid {' and '.join(str(said[name][i]) for name in wrong)}" for i in surest]
        title += f": {chosen.sum()} pictures, the surest errors first"
        visualize.plot_images(images[surest], titles, columns=8, suptitle=title, figure=part)
    lesson.save(figure, "logistic_regression_to_convnet_mistakes")
    return {wrong[-1]: int(chosen.sum()) for wrong, chosen in rows.values()}


if __name__ == "__main__":
    main()
