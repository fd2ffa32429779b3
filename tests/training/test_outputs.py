"""Several outputs: losses, their weights, metrics, weights of samples."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Input, Model, layers, load_model
from nativecnn.random import Stream

X, LABELS = Stream(0, "x").uniform((20, 6)) - np.float32(0.5), np.arange(20) % 3
NUMBERS = Stream(0, "numbers").uniform((20, 2))
WEIGHTS = Stream(0, "weights").uniform((20,))


def network(**compiled):
    nativecnn.set_random_seed(0)
    x = Input((6,), name="x")
    hidden = layers.Dense(8, activation="tanh", name="hidden")(x)
    classes = layers.Dense(3, activation="softmax", name="classes")(hidden)
    model = Model(x, [classes, layers.Dense(2, name="numbers")(hidden), hidden])
    model.compile("sgd", **{"loss": ["sparse_categorical_crossentropy", "mse", None], **compiled})
    return model


def test_the_loss_is_the_weighted_sum_of_those_of_the_outputs():
    model = network(loss_weights={"numbers": 0.25}, metrics={"classes": ["accuracy"], "numbers": ["mae", "mse"]})
    values = model.evaluate(X, [LABELS, NUMBERS], return_dict=True)
    assert list(values) == [
        *("loss", "classes_loss", "numbers_loss"),
        *("classes_accuracy", "numbers_mae", "numbers_mse"),
    ]
    assert values["loss"] == values["classes_loss"] + 0.25 * values["numbers_loss"]
    predicted = model.predict(X)
    assert values["classes_accuracy"] == np.mean(predicted[0].argmax(1) == LABELS)
    alone = Model(model.input, model.outputs[1])
    alone.compile("sgd", "mse")
    assert values["numbers_loss"] == alone.evaluate(X, NUMBERS) == pytest.approx(values["numbers_mse"], rel=1e-6)


def test_losses_may_be_named_and_data_too():
    one = network(loss_weights=[1, 0.5, 1])
    two = network(loss={"numbers": "mse", "classes": "sparse_categorical_crossentropy"}, loss_weights={"numbers": 0.5})
    one.fit(X, [LABELS, NUMBERS], epochs=2, verbose=0)
    two.fit({"x": X}, {"numbers": NUMBERS, "classes": LABELS}, epochs=2, verbose=0)
    assert one.weights_sha256() == two.weights_sha256()


def test_gradients_of_several_outputs_with_weights_are_the_slopes_of_the_loss():
    model = network(loss_weights=[1, 0.25, 1])
    report = nativecnn.gradient_check(model, X[:5], [LABELS[:5], NUMBERS[:5]])
    assert report.passed, report
    other = network(loss_weights=[1, 4, 1])
    assert model.evaluate(X, [LABELS, NUMBERS])[0] != other.evaluate(X, [LABELS, NUMBERS])[0]


def test_an_output_of_weight_one_alone_trains_as_a_model_of_its_own():
    both = network(loss=["sparse_categorical_crossentropy", None, None])
    nativecnn.set_random_seed(0)
    before = both.get_weights()
    both.fit(X, LABELS, epochs=2, verbose=0)
    after = both.get_weights()
    x = Input((6,), name="x")
    hidden = layers.Dense(8, activation="tanh", name="hidden")(x)
    alone = Model(x, layers.Dense(3, activation="softmax", name="classes")(hidden))
    alone.set_weights(before[:4])
    alone.compile("sgd", "sparse_categorical_crossentropy")
    alone.fit(X, LABELS, epochs=2, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(alone.get_weights(), after, strict=False))
    assert all(np.array_equal(a, b) for a, b in zip(before[4:], after[4:], strict=True))


def test_weights_of_samples_are_factors_of_their_losses():
    model = network(loss=["sparse_categorical_crossentropy", None, None])
    each = [model.evaluate(X[n : n + 1], LABELS[n : n + 1])[0] for n in range(20)]
    weighted = model.evaluate(X, LABELS, sample_weight=WEIGHTS)[0]
    assert weighted == pytest.approx(np.mean(np.array(each) * WEIGHTS), rel=1e-6)
    whole, part = network(), network()
    kept = np.arange(20) < 8
    whole.fit(X, [LABELS, NUMBERS], sample_weight=kept * 2.5, batch_size=20, shuffle=False, verbose=0)
    part.fit(X[:8], [LABELS[:8], NUMBERS[:8]], batch_size=8, verbose=0)
    # 8 of 20 samples with weight 20 / 8 have the mean of the 8, up to rounding.
    assert np.allclose(whole.get_weights()[0], part.get_weights()[0], rtol=0, atol=1e-6)


def test_weights_of_one_change_nothing():
    one, two = network(), network()
    one.fit(X, [LABELS, NUMBERS], verbose=0)
    two.fit(X, [LABELS, NUMBERS], sample_weight={"classes": np.ones(20), "numbers": np.ones(20)}, verbose=0)
    assert one.weights_sha256() == two.weights_sha256()


def test_a_training_goes_on_from_a_file(tmp_path):
    def make():
        return network(metrics={"classes": "accuracy"}, loss_weights=[1, 0.3, 1])

    whole, half = make(), make()
    history = whole.fit(X, [LABELS, NUMBERS], epochs=3, batch_size=8, verbose=0).history
    half.fit(X, [LABELS, NUMBERS], epochs=1, batch_size=8, verbose=0)
    half.save(tmp_path / "m.safetensors")
    loaded = load_model(tmp_path / "m.safetensors")
    assert loaded.compilation.get_config() == half.compilation.get_config()
    rest = loaded.fit(X, [LABELS, NUMBERS], epochs=3, batch_size=8, verbose=0, resume=True).history
    assert loaded.weights_sha256() == whole.weights_sha256()
    assert {name: values[1:] for name, values in history.items()} == rest


@pytest.mark.parametrize(
    ("compiled", "message"),
    [
        ({"loss": ["mse"]}, r"loss: expected one for each of 3 outputs \(classes, numbers, hidden\), got 1"),
        ({"loss": {"other": "mse"}}, "loss: expected by name the outputs classes, numbers, hidden, got 'other'"),
        ({"loss_weights": [1, 2]}, "loss_weights: expected one for each of 3 outputs"),
        ({"loss_weights": [1, -2, 1]}, "loss_weights: expected .*got -2"),
        ({"metrics": ["mae"]}, "metrics: expected one for each of 3 outputs"),
        ({"metrics": {"hidden": ["mae"]}}, "none for output 'hidden', as it has no loss"),
    ],
)
def test_what_does_not_fit_the_outputs_is_refused(compiled, message):
    with pytest.raises(ValueError, match=message):
        network(**compiled)


def test_weights_of_losses_are_a_list_or_a_dict():
    with pytest.raises(TypeError, match="loss_weights: expected a list"):
        network(loss_weights=2)
