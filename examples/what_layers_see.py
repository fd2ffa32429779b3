"""What the layers see: a look into a ConvNet that reads handwritten digits (MNIST).

The kernels it learned, and the feature maps that it makes of one digit, layer by layer. Then what its units look for:
the patches of the test images that excite a unit most, and beside each what Zeiler and Fergus's deconvolutional view
(2014) shows of it: the activation alone, sent back to the pixels through the recorded switches of the poolings, rectified,
and filtered by the transposed kernels. Last, where the network looks when it decides: three maps of saliency, and a
test of them, in which as many pixels of ink are wiped out where saliency says they matter, and anywhere.
"""

import numpy as np
from lesson import Lesson, begin

import nativecnn
from nativecnn import layers, visualize

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


def similarity(some: np.ndarray, others: np.ndarray) -> float:
    """Return the mean correlation of patches with others, pair by pair."""
    pairs = zip(some.reshape(len(some), -1), others.reshape(len(others), -1), strict=True)
    return float(np.mean([np.corrcoef(one, other)[0, 1] for one, other in pairs]))


def show_units(lesson: Lesson, model: nativecnn.Model, images: np.ndarray) -> dict[str, float]:
    """Draw what three units of each convolution look for, those that some image excites most."""
    figures, rows = {}, []
    drawing = visualize.new_figure(8, 5)
    drawing.get_layout_engine().set(w_pad=0.015, h_pad=0.015, wspace=0, hspace=0)
    maps = visualize.feature_maps(model, images[:500], CONVOLUTIONS)
    for part, layer in zip(drawing.subfigures(3, 1), CONVOLUTIONS, strict=True):
        size = "{} × {}".format(*visualize.receptive_field(model, layer).size)
        units = np.argsort(-maps[layer].max(axis=(0, 1, 2)), kind="stable")[:3]
        own, other, inside = [], [], []
        for place, unit in zip(part.subfigures(1, 3), units, strict=True):
            strongest = visualize.strongest_patches(model, images, layer, unit, count=9)
            projections = visualize.deconvolve(model, images[strongest.images], layer, unit)
            seen = visualize.cut_boxes(projections, strongest.boxes)
            place.suptitle(f"{layer}, unit {unit}: {size} pixels", fontsize=9)
            left, right = place.subfigures(1, 2)
            visualize.plot_images(seen, columns=3, limits="symmetric", figure=left)
            visualize.plot_images(strongest.patches, columns=3, limits=(0, 1), figure=right)
            own.append(similarity(seen, strongest.patches))
            other.append(similarity(seen, np.roll(strongest.patches, 1, axis=0)))
            inside.append(np.square(seen).sum() / np.square(projections).sum())
        rows.append([layer, size, np.mean(own), np.mean(other)])
        figures |= {f"{layer}/own": np.mean(own), f"{layer}/other": np.mean(other), f"{layer}/inside": min(inside)}
    print("How like the projections are to the patches they were made from, and to others of the unit (correlation):")
    lesson.table(["layer", "a unit sees", "own patch", "another patch"], rows)
    lesson.save(drawing, "what_layers_see_units")
    return figures


def main(arguments: list[str] | None = None) -> dict[str, float]:
    lesson = begin(__doc__, arguments)
    (x, y), (x_test, y_test) = nativecnn.datasets.load_mnist(lesson.data("mnist"))
    x, x_test = (images[..., np.newaxis] / np.float32(255) for images in (x, x_test))
    samples, epochs, looked_at = (8000, 5, 1000) if lesson.quick else (60000, 4, 10000)
    model = network()
    model.compile(nativecnn.optimizers.Adam(0.003), "sparse_categorical_crossentropy", ["accuracy"])
    model.fit(x[:samples], y[:samples], batch_size=32, epochs=epochs, verbose=0)
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"Trained on {samples} digits, right on {accuracy:.2%} of {len(x_test)} others.\n")

    kernels = visualize.plot_kernels(model.get_layer("conv1"), columns=8, suptitle="conv1: 16 kernels of 5 × 5 (orange below 0, violet above)")
    lesson.save(kernels, "what_layers_see_kernels")
    maps = {"image": x_test[:1]} | visualize.feature_maps(model, x_test[:1])
    strongest_first = {name: array[..., np.argsort(-array.max(axis=(0, 1, 2)))] for name, array in maps.items()}
    lesson.save(visualize.plot_feature_maps(strongest_first), "what_layers_see_maps")
    figures = show_units(lesson, model, x_test[:looked_at])
    return {"accuracy": accuracy} | figures


if __name__ == "__main__":
    main()
