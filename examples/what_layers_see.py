"""What the layers see: a look into a ConvNet that reads handwritten digits (MNIST).

First the kernels that it learned, and the feature maps that it makes of one digit, layer by layer. Then what its units
answer to: the patches of the test images that excite a unit most, each beside the deconvolutional view of Zeiler and
Fergus (2014): the activation alone, sent back to the pixels through the recorded switches of the poolings, rectified
and filtered by the transposed kernels. Last, where the network looks when it decides, by gradient, occlusion and class
activation; whether that matters is tried by wiping out a fifth of the ink there, and elsewhere.
"""

import numpy as np

import nativecnn
from lesson import Lesson, begin
from nativecnn import layers, visualize
from nativecnn.random import Stream

CONVOLUTIONS = ("conv1", "conv2", "conv3")


def network() -> nativecnn.Sequential:
    return nativecnn.Sequential(
        [
            layers.Conv2D(16, 5, padding="same", activation="relu", input_shape=(28, 28, 1), name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Conv2D(64, 3, padding="same", activation="relu", name="conv3"),
            layers.GlobalAveragePooling2D(name="means"),
            layers.Dense(10, activation="softmax", name="votes"),
        ]
    )


def show_kernels_and_maps(lesson: Lesson, model: nativecnn.Model, image: np.ndarray) -> None:
    title = "conv1: 16 kernels of 5 × 5 (orange below 0, violet above)"
    lesson.save(visualize.plot_kernels(model.get_layer("conv1"), columns=8, suptitle=title), "what_layers_see_kernels")
    maps = {"digit": image} | visualize.feature_maps(model, image)
    strongest_first = {name: array[..., np.argsort(-array.max(axis=(0, 1, 2)))] for name, array in maps.items()}
    lesson.save(visualize.plot_feature_maps(strongest_first), "what_layers_see_maps")


def correlation(some: np.ndarray, others: np.ndarray) -> float:
    """Return the mean correlation of patches with others, pair by pair."""
    pairs = zip(some.reshape(len(some), -1), others.reshape(len(others), -1), strict=True)
    return float(np.mean([np.corrcoef(*pair)[0, 1] for pair in pairs]))


def show_units(lesson: Lesson, model: nativecnn.Model, images: np.ndarray) -> dict[str, dict[str, float]]:
    """Draw what three units of each convolution answer to: those that any of some images excites most."""
    figures, pairs = {}, {}
    maps = visualize.feature_maps(model, images[:500], CONVOLUTIONS)
    for layer in CONVOLUTIONS:
        rows, columns = visualize.receptive_field(model, layer).size
        own, other, inside = [], [], []
        for unit in np.argsort(-maps[layer].max(axis=(0, 1, 2)), kind="stable")[:3]:
            strongest = visualize.strongest_patches(model, images, layer, unit, count=9)
            projections = visualize.deconvolve(model, images[strongest.images], layer, unit)
            views = visualize.cut_boxes(projections, strongest.boxes)
            pairs[f"{layer}, unit {unit}: {rows} × {columns} pixels"] = views, strongest.patches
            own.append(correlation(views, strongest.patches))
            other.append(correlation(views, np.roll(strongest.patches, 1, axis=0)))
            inside.append(np.square(views).sum() / np.square(projections).sum())
        figures[layer] = {"own": np.mean(own), "other": np.mean(other), "inside": min(inside)}
    print("How views resemble the patch that they were made from, and another of the same unit (correlation):")
    lesson.table(["layer", "own", "other"], [[layer, *list(values.values())[:2]] for layer, values in figures.items()])
    title = "Left: an activation sent back to the pixels. Right: the patches that excite it most"
    lesson.save(visualize.plot_projections(pairs, suptitle=title), "what_layers_see_units")
    return figures


def show_saliency(lesson: Lesson, model: nativecnn.Model, images: np.ndarray) -> dict[str, np.ndarray]:
    """Draw where the network looks, by three methods, and return it."""
    gradient = visualize.gradient_saliency(model, images)
    maps = {
        "gradient": np.abs(gradient[..., 0]),
        "occlusion": visualize.enlarge(visualize.occlusion(model, images, window=7, stride=2), 28),
        "class activation": visualize.enlarge(visualize.class_activation_map(model, images), 28),
    }
    drawing = visualize.new_figure(8, 6.3)
    digits, *parts = drawing.subfigures(1, 4)
    visualize.plot_images(images[:3], ["digit", "", ""], columns=1, figure=digits)
    for part, (name, values) in zip(parts, maps.items(), strict=True):
        visualize.plot_images(values[:3], [name, "", ""], columns=1, colour_map=visualize.MAGNITUDE, figure=part)
    lesson.save(drawing, "what_layers_see_saliency")
    return maps


def near_strokes(images: np.ndarray, saliency: np.ndarray) -> dict[str, float]:
    """Return which part of the most salient pixels, and of all, lies on a stroke or at most two pixels from one."""
    near = nativecnn.ops.max_pool2d(images, pool_size=5, strides=1, padding="same")[..., 0] > 0
    salient = saliency >= np.quantile(saliency, 0.95, axis=(1, 2), keepdims=True)
    return {"salient": near[salient].mean(), "all": near.mean()}


def without_ink(images: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """Return images without the most important fifth of their ink."""
    wiped = images.copy()
    for image, values in zip(wiped, importance, strict=True):
        rows, columns = np.nonzero(image[..., 0])
        first = np.argsort(-values[rows, columns], kind="stable")[: len(rows) // 5]
        image[rows[first], columns[first]] = 0
    return wiped


def wipe_out(lesson: Lesson, model: nativecnn.Model, images: np.ndarray, maps: dict[str, np.ndarray]) -> dict:
    """Return the mean probability of what the network saw, with ink wiped out here and there."""
    count, votes = len(images), model.predict(images)
    pixels, regions = (Stream(lesson.seed, "ink", side).uniform((count, side, side)) for side in (28, 4))
    chance = {"pixels by chance": pixels, "regions by chance": visualize.enlarge(regions, 28)}
    figures = {"nothing": float(votes.max(axis=1).mean())}
    for name, importance in (chance | maps).items():
        left = model.predict(without_ink(images, importance))
        figures[name] = float(left[np.arange(count), votes.argmax(axis=1)].mean())
    return figures


def main(arguments: list[str] | None = None) -> dict:
    lesson = begin(__doc__, arguments)
    (x, y), (x_test, y_test) = nativecnn.datasets.load_mnist(lesson.data("mnist"), scaled=True)
    samples, epochs, looked_at = (8000, 5, 1000) if lesson.quick else (60000, 4, 10000)
    model = network()
    model.compile(nativecnn.optimizers.Adam(0.003), "sparse_categorical_crossentropy", ["accuracy"])
    model.fit(x[:samples], y[:samples], batch_size=32, epochs=epochs, verbose=0)
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"Trained on {samples} digits; of {len(x_test)} others, {accuracy:.2%} are recognised.\n")

    show_kernels_and_maps(lesson, model, x_test[:1])
    units = show_units(lesson, model, x_test[:looked_at])
    digits = x_test[: looked_at // 10]
    maps = show_saliency(lesson, model, digits)
    near = near_strokes(digits, maps["gradient"])
    print(f"Of all pixels, {near['all']:.0%} are on a stroke or at most two pixels beside one;")
    print(f"of the twentieth of each image with the largest gradients, {near['salient']:.0%} are.\n")
    probability = wipe_out(lesson, model, digits, maps)
    lesson.table(["wiped out, a fifth of the ink", "probability"], list(probability.items()))
    return {"accuracy": accuracy, "units": units, "near strokes": near, "probability": probability}


if __name__ == "__main__":
    main()
