"""The lecture's program, in its own words."""

import numpy as np
import pytest

import nativecnn
from nativecnn.random import Stream


def test_the_lectures_program_runs(capsys):
    from nativecnn import Sequential
    from nativecnn.layers import Activation, Convolution2d, Dense, Flatten
    from nativecnn.optimizers import SGD

    X_data = Stream(0, "x").uniform((20, 9, 9, 1))  # noqa: N806 - the lecture's name
    y_data = (Stream(0, "y").uniform((20, 6)) > 0.5).astype(int)
    optimizer, metrics = SGD(learning_rate=0.01), ["accuracy"]

    model = Sequential()
    model.add(Convolution2d(5, 3, 3))
    model.add(Flatten())
    model.add(Dense(6, input_dim=8))
    model.add(Activation("tanh"))
    model.compile(optimizer, loss="logloss", metrics=metrics)
    with pytest.warns(UserWarning, match=r"'dense'.*declared with input shape \(8,\).*shape \(245,\)"):
        history = model.fit(X_data, y_data)

    assert model.output_shape == (6,)
    assert list(history.history) == ["loss", "accuracy"] and np.isfinite(history.history["loss"]).all()
    assert "Epoch 1/1" in capsys.readouterr().out


def test_the_slides_metrics_without_its_keyword_also_run():
    # compile(optimizer, loss='logloss', metrics) is no Python; in order, without keywords, it is.
    model = nativecnn.Sequential([nativecnn.layers.Dense(6, input_dim=8), nativecnn.layers.Activation("tanh")])
    model.compile("sgd", "logloss", ["accuracy"])
    history = model.fit(Stream(0, "x").uniform((10, 8)), np.ones((10, 6)), verbose=0)
    assert list(history.history) == ["loss", "accuracy"]


def test_the_modern_names_build_the_same_network():
    nativecnn.set_random_seed(0)
    old = nativecnn.layers.Convolution2d(5, 3, 3, name="c")
    new = nativecnn.layers.Conv2D(5, 3, name="c")
    old.build((9, 9, 1))
    new.build((9, 9, 1))
    assert np.array_equal(old.weights["kernel"], new.weights["kernel"])


@pytest.mark.parametrize("batch_size, steps", [(None, 1), ("all", 1), (7, 3), (1, 20), (100, 1)])
def test_batch_mini_batch_and_stochastic_gradient_descent(batch_size, steps):
    model = nativecnn.Sequential([nativecnn.layers.Dense(1, input_dim=2)])
    model.compile("sgd", loss="half_squared_error")
    model.fit(Stream(0, "x").uniform((20, 2)), np.ones(20), batch_size=batch_size, verbose=0)
    assert model.compilation.state.iterations == steps
