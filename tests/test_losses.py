"""Losses as models use them: names, targets, values."""

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, losses, ops
from nativecnn.random import Stream


@pytest.mark.parametrize(
    "name, cls",
    [
        ("logloss", losses.BinaryCrossentropy),
        ("binary_crossentropy", losses.BinaryCrossentropy),
        ("categorical_crossentropy", losses.CategoricalCrossentropy),
        ("sparse_categorical_crossentropy", losses.SparseCategoricalCrossentropy),
        ("mse", losses.MeanSquaredError),
        ("mean_squared_error", losses.MeanSquaredError),
        ("half_squared_error", losses.HalfSquaredError),
    ],
)
def test_names(name, cls):
    loss = losses.get(name)
    assert type(loss) is cls
    assert type(losses.get(loss.get_config())) is cls


def test_from_logits_is_part_of_the_configuration():
    loss = losses.BinaryCrossentropy(from_logits=True)
    assert losses.get(loss.get_config()).from_logits
    with pytest.raises(ValueError, match="mean_squared_error"):
        losses.MeanSquaredError(from_logits=True)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="logloss.*got 'crossentropy'"):
        losses.get("crossentropy")


def model_of(loss, activation=None, outputs=3):
    model = nativecnn.Sequential([layers.Dense(outputs, activation=activation, input_dim=4)])
    model.compile(loss=loss)
    return model


X = Stream(2, "x").uniform((6, 4))
LABELS = np.array([0, 2, 1, 1, 0, 2])
ROWS = np.eye(3, dtype=np.float32)[LABELS]


def test_labels_and_rows_give_the_same_loss():
    nativecnn.set_random_seed(0)
    sparse = model_of("sparse_categorical_crossentropy", "softmax").evaluate(X, LABELS)
    nativecnn.set_random_seed(0)
    assert sparse == model_of("categorical_crossentropy", "softmax").evaluate(X, ROWS)


@pytest.mark.parametrize(
    "loss, function, activation",
    [
        ("mse", "mean_squared_error", None),
        ("half_squared_error", "half_squared_error", "tanh"),
        ("categorical_crossentropy", "categorical_crossentropy", "sigmoid"),
        ("binary_crossentropy", "binary_crossentropy", "tanh"),
        (losses.CategoricalCrossentropy(from_logits=True), "softmax_crossentropy", None),
        (losses.BinaryCrossentropy(from_logits=True), "sigmoid_crossentropy", None),
    ],
)
def test_values_are_those_of_the_functions(loss, function, activation):
    model = model_of(loss, activation)
    expected, _ = getattr(ops, function)(model.predict(X), ROWS)
    assert model.evaluate(X, ROWS) == pytest.approx(expected, rel=1e-7)


def test_the_lectures_loss_is_the_sum_over_all_samples_whatever_the_batches():
    model = model_of("half_squared_error")
    expected = 0.5 * ((model.predict(X).astype(float) - ROWS) ** 2).sum()
    for batch_size in (1, 4, 6):
        assert model.evaluate(X, ROWS, batch_size=batch_size) == pytest.approx(expected, rel=1e-6)


def test_outputs_of_any_rank_are_flattened():
    model = nativecnn.Sequential([layers.Conv2D(2, 2, input_shape=(3, 3, 1))])
    model.compile(loss="mse")
    x, y = Stream(1, "x").uniform((2, 3, 3, 1)), Stream(1, "y").uniform((2, 2, 2, 2))
    expected = ((model.predict(x).astype(float) - y) ** 2).mean()
    assert model.evaluate(x, y) == pytest.approx(expected, rel=1e-6)
    assert nativecnn.gradient_check(model, x, y).passed


@pytest.mark.parametrize(
    "loss, y, error, message",
    [
        ("sparse_categorical_crossentropy", [0, 2, 3, 1, 0, 2], ValueError, "from 0 to 2, got 3 in sample 2"),
        ("sparse_categorical_crossentropy", [0, 2, 1, 1, -1, 2], ValueError, "from 0 to 2, got -1 in sample 4"),
        ("sparse_categorical_crossentropy", [0, 2, 1, 1.5, 1, 2], ValueError, "got 1.5 in sample 3"),
        ("sparse_categorical_crossentropy", [0, 2, 1, np.nan, 1, 2], ValueError, "got nan in sample 3"),
        ("sparse_categorical_crossentropy", ROWS, ValueError, "rows of probabilities use categorical_crossentropy"),
        ("sparse_categorical_crossentropy", list("abcabc"), TypeError, "real numbers"),
        ("categorical_crossentropy", LABELS, ValueError, "class labels use sparse_categorical_crossentropy"),
        ("categorical_crossentropy", ROWS * 2, ValueError, "from 0 to 1, got 2.0 in sample 0"),
        ("categorical_crossentropy", ROWS[:, :2], ValueError, r"shape \(6, 3\), got \(6, 2\)"),
        ("binary_crossentropy", ROWS - 1, ValueError, "from 0 to 1, got -1.0 in sample 0"),
        ("mse", ROWS * np.nan, ValueError, "numbers, got nan in sample 0"),
        ("mse", ROWS[:4], ValueError, r"one target for each of 6 samples, got shape \(4, 3\)"),
        ("mse", ROWS * 1j, TypeError, "real numbers, got dtype complex"),
        ("mse", 3.0, ValueError, "one target for each of 6"),
        ("mse", None, TypeError, "got None"),
    ],
)
def test_targets_that_do_not_fit_are_refused_before_any_training(loss, y, error, message):
    model = model_of(loss, "softmax")
    before = model.weights_sha256()
    for attempt in (model.fit, model.evaluate, model.train_on_batch):
        with pytest.raises(error, match=message):
            attempt(X, y)
    assert model.weights_sha256() == before


@pytest.mark.parametrize("y", [LABELS[:, None], LABELS.astype(float), LABELS.astype(np.uint8), LABELS.tolist()])
def test_labels_may_be_of_any_whole_numbers(y):
    model = model_of("sparse_categorical_crossentropy", "softmax")
    assert model.evaluate(X, y) == model.evaluate(X, LABELS)


def test_one_output_takes_targets_without_an_axis_for_it():
    model = model_of("logloss", "sigmoid", outputs=1)
    y = np.array([0, 1, 1, 0, 1, 0])
    assert model.evaluate(X, y) == model.evaluate(X, y[:, None]) == model.evaluate(X, y.astype(bool))


def test_classes_need_two_outputs():
    with pytest.raises(ValueError, match=r"two or more, got \(1,\)"):
        model_of("sparse_categorical_crossentropy", "softmax", outputs=1)


# Losses besides cross-entropies and squared errors

FUNCTIONS = {
    "mean_absolute_error": {},
    "mean_squared_logarithmic_error": {},
    "huber": {"delta": 0.3},
    "log_cosh": {},
    "poisson": {},
    "hinge": {},
    "squared_hinge": {},
    "categorical_hinge": {},
    "kl_divergence": {},
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_loss_is_its_function_and_has_its_gradient(name):
    loss = losses.get({"name": name, **FUNCTIONS[name]})
    assert losses.get(loss.get_config()).get_config() == loss.get_config() == {"name": name, **FUNCTIONS[name]}
    model = model_of(loss, "sigmoid")
    targets = 2 * ROWS - 1 if name in ("hinge", "squared_hinge") else ROWS
    expected, _ = getattr(ops, name)(model.predict(X), targets, **FUNCTIONS[name])
    assert model.evaluate(X, ROWS) == pytest.approx(expected, rel=1e-7)
    assert nativecnn.gradient_check(model, X, ROWS).passed


@pytest.mark.parametrize(
    "alias, name",
    [
        ("bce", "binary_crossentropy"),
        ("kld", "kl_divergence"),
        ("logcosh", "log_cosh"),
        ("mae", "mean_absolute_error"),
        ("msle", "mean_squared_logarithmic_error"),
    ],
)
def test_short_names(alias, name):
    assert losses.get(alias).get_config() == {"name": name}


def test_targets_of_hinges_are_of_either_kind_but_not_of_both():
    model = model_of("hinge")
    assert model.evaluate(X, ROWS) == model.evaluate(X, 2 * ROWS - 1) == model.evaluate(X, ROWS.astype(bool))
    mixed = ROWS.copy()
    mixed[4] = [-1, 1, -1]
    for y in (mixed, ROWS * 2, ROWS / 2):
        with pytest.raises(ValueError, match="expected values of -1 and 1, or of 0 and 1, got .* in sample"):
            model.evaluate(X, y)


def test_hinges_have_an_accuracy_with_the_threshold_zero():
    model = nativecnn.Sequential([layers.Dense(1, input_dim=4)])
    model.compile(loss="hinge", metrics=["accuracy"])
    signs = np.sign(model.predict(X))
    assert model.evaluate(X, signs)[1] == model.evaluate(X, signs > 0)[1] == 1


@pytest.mark.parametrize(
    "loss, y, message",
    [
        ("poisson", ROWS - 1, "0 or more, got -1.0 in sample 0"),
        ("msle", np.where(ROWS, np.nan, 0), "0 or more, got nan in sample 0"),
        ("kld", ROWS * 2, "from 0 to 1, got 2.0 in sample 0"),
        ("categorical_hinge", LABELS, "for class labels use sparse"),
    ],
)
def test_targets_that_do_not_fit_other_losses_are_refused(loss, y, message):
    with pytest.raises(ValueError, match=message):
        model_of(loss, "softmax").evaluate(X, y)


@pytest.mark.parametrize("delta", [0, -1, np.inf, np.nan, 1e-50])
def test_delta_of_huber_is_positive_and_finite(delta):
    with pytest.raises(ValueError, match="huber: delta: expected a number"):
        losses.Huber(delta)


# Label smoothing


@pytest.mark.parametrize("s", [0.1, 0.7, 1])
def test_label_smoothing_replaces_targets(s):
    kept, share = np.float32(1 - s), np.float32(s / 3)
    smoothed = ROWS * kept + share
    assert smoothed.dtype == np.float32
    model = model_of("categorical_crossentropy", "softmax")
    expected = model.evaluate(X, smoothed)
    for cls, y in ((losses.CategoricalCrossentropy, ROWS), (losses.SparseCategoricalCrossentropy, LABELS)):
        loss = cls(label_smoothing=s)
        model.compile(loss=loss)
        assert model.evaluate(X, y) == expected
        assert nativecnn.gradient_check(model, X, y).passed
        assert losses.get(loss.get_config()).label_smoothing == s
    logits = np.float32([[1, 2, 3]] * 6)
    actual, expected = (
        ops.softmax_crossentropy(logits, LABELS, label_smoothing=s),
        ops.softmax_crossentropy(logits, smoothed),
    )
    assert actual[0] == expected[0] and actual[1].tobytes() == expected[1].tobytes()


def test_label_smoothing_of_binary_targets_is_of_two_classes():
    model = model_of("logloss", "sigmoid")
    expected = model.evaluate(X, ROWS * np.float32(0.8) + np.float32(0.1))
    model.compile(loss=losses.BinaryCrossentropy(label_smoothing=0.2), metrics=["accuracy"])
    value, accuracy = model.evaluate(X, ROWS)
    assert value == expected
    model.compile(loss="logloss", metrics=["accuracy"])
    assert model.evaluate(X, ROWS)[1] == accuracy  # metrics see the targets as they were
    with pytest.raises(ValueError, match="binary_crossentropy: label_smoothing: expected a number in"):
        losses.BinaryCrossentropy(label_smoothing=1.5)


# Outputs of several places


def test_classes_of_each_pixel():
    nativecnn.set_random_seed(4)
    x, labels = Stream(1, "x").uniform((5, 4, 3, 2)), Stream(1, "y").permutation(60).reshape(5, 4, 3) % 3
    model = nativecnn.Sequential([layers.Conv2D(3, 1, activation="softmax", input_shape=(4, 3, 2))])
    results = []
    for loss, y in (
        ("sparse_categorical_crossentropy", labels),
        ("sparse_categorical_crossentropy", labels[..., np.newaxis]),
        ("categorical_crossentropy", np.eye(3)[labels]),
    ):
        model.compile("sgd", loss=loss, metrics=["accuracy"])
        results.append(model.evaluate(x, y, batch_size=2))
        assert nativecnn.gradient_check(model, x, y).passed
    assert results[0] == results[1] == results[2]
    p = model.predict(x).astype(float)
    expected = -np.log(np.take_along_axis(p, labels[..., np.newaxis], -1)).mean()
    assert results[0][0] == pytest.approx(expected, rel=1e-6)
    assert results[0][1] == pytest.approx((p.argmax(-1) == labels).mean(), rel=1e-15)
    with pytest.raises(ValueError, match=r"class labels of shape \(5, 4, 3\), got \(5, 12\)"):
        model.compile(loss="sparse_categorical_crossentropy")
        model.evaluate(x, labels.reshape(5, 12))


@pytest.mark.parametrize("loss", ["kl_divergence", "categorical_hinge"])
def test_other_losses_of_classes_of_each_pixel(loss):
    x, y = Stream(1, "x").uniform((2, 4, 3, 2)), np.eye(3)[Stream(1, "y").permutation(24).reshape(2, 4, 3) % 3]
    model = nativecnn.Sequential([layers.Conv2D(3, 1, activation="softmax", input_shape=(4, 3, 2))])
    model.compile(loss=loss)
    expected, _ = getattr(ops, loss)(model.predict(x).reshape(24, 3), y.reshape(24, 3))
    assert model.evaluate(x, y) == pytest.approx(expected, rel=1e-6)
    assert nativecnn.gradient_check(model, x, y).passed


# Weights of samples


@pytest.mark.parametrize("name", ["softmax_crossentropy", "huber", "half_squared_error"])
def test_weights_of_samples_multiply_losses_and_gradients(name):
    logits, weights = Stream(1, "logits").uniform((6, 3)), np.array([0, 1, 2, 0.5, 1, 3])
    _, gradient = getattr(ops, name)(logits, ROWS)
    value, weighted = getattr(ops, name)(logits, ROWS, sample_weight=weights)
    assert weighted.tolist() == (gradient * weights.astype(np.float32)[:, np.newaxis]).tolist()
    own = [getattr(ops, name)(logits[n : n + 1], ROWS[n : n + 1])[0] for n in range(6)]
    expected = np.dot(own, weights) / (1 if name == "half_squared_error" else 6)
    assert value == pytest.approx(expected, rel=1e-6)
    with pytest.raises(ValueError, match=rf"{name}: sample_weight: expected shape \(6,\), got \(5,\)"):
        getattr(ops, name)(logits, ROWS, sample_weight=weights[:5])
