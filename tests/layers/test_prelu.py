"""ReLU with learned slopes as a layer."""

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, ops
from nativecnn.random import Stream

IMAGE = (5, 4, 3)


def samples(shape):
    return Stream(1, "x").uniform(shape) - np.float32(0.5)


@pytest.mark.parametrize(
    "shared_axes, shape",
    [
        (None, (5, 4, 3)),
        ((1, 2), (1, 1, 3)),
        ([2, 1], (1, 1, 3)),
        (3, (5, 4, 1)),
        ((1, 2, 3), (1, 1, 1)),
        ((), (5, 4, 3)),
    ],
    ids=str,
)
def test_slopes_are_shared_along_axes(shared_axes, shape):
    layer = layers.PReLU("he_uniform", shared_axes)
    x = samples((2, *IMAGE))
    y = nativecnn.Sequential([layer]).predict(x)
    assert layer.weights["alpha"].shape == shape
    assert y.tobytes() == ops.prelu(x, layer.weights["alpha"]).tobytes()
    assert layers.PReLU.from_config(layer.get_config()).get_config() == layer.get_config()


def test_slopes_begin_at_zero():
    x = samples((2, *IMAGE))
    assert np.array_equal(nativecnn.Sequential([layers.PReLU()]).predict(x), np.maximum(x, 0))


@pytest.mark.parametrize("shared_axes", [None, (1, 2), (3,), (1, 3)], ids=str)
def test_gradients_agree_with_numerical_ones(shared_axes):
    model = nativecnn.Sequential(
        [
            layers.Conv2D(3, 2, input_shape=IMAGE),
            layers.PReLU({"name": "constant", "value": 0.3}, shared_axes),
            layers.PReLU("glorot_uniform", shared_axes),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    model.compile(loss="mse")
    report = nativecnn.gradient_check(model, samples((6, *IMAGE)), samples((6, 2)))
    assert report.passed, str(report)


@pytest.mark.parametrize("trainable", [False, True])
def test_slopes_are_trained_saved_and_loaded(trainable, tmp_path):
    nativecnn.set_random_seed(0)
    model = nativecnn.Sequential([layers.Conv2D(3, 3, input_shape=IMAGE), layers.PReLU(shared_axes=(1, 2))])
    model.add(layers.Flatten())
    model.add(layers.Dense(2))
    model.layers[1].trainable = trainable
    model.compile("sgd", "mse")
    model.fit(samples((20, *IMAGE)), samples((20, 2)), epochs=3, batch_size=7, verbose=0)
    assert bool(model.layers[1].weights["alpha"].any()) == trainable
    model.save(tmp_path / "model.safetensors")
    again = nativecnn.load_model(tmp_path / "model.safetensors")
    assert again.layers[1].trainable == trainable
    assert again.predict(samples((3, *IMAGE))).tobytes() == model.predict(samples((3, *IMAGE))).tobytes()


@pytest.mark.parametrize("axes, error", [(0, ValueError), (-1, ValueError), (1.0, TypeError), ("12", TypeError)])
def test_axes_are_integers_from_1(axes, error):
    with pytest.raises(error, match=r"^layer 'prelu' \(PReLU\): shared_axes: expected an integer"):
        layers.PReLU(shared_axes=axes)


def test_axes_must_be_the_samples():
    with pytest.raises(ValueError, match=r"PReLU\): expected samples that have axis 2, got shape \(4,\)"):
        layers.PReLU(shared_axes=(1, 2)).build((4,))
