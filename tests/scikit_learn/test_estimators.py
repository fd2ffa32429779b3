"""The estimators among scikit-learn's tools, on its digits: forms of the data, seeds, weights, errors."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")
from sklearn.base import clone  # noqa: E402 - where it is installed
from sklearn.datasets import load_digits, make_regression  # noqa: E402
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import MinMaxScaler, StandardScaler  # noqa: E402

import nativecnn  # noqa: E402
from nativecnn import layers, losses  # noqa: E402
from nativecnn.optimizers import SGD  # noqa: E402
from nativecnn.sklearn import CNNClassifier, CNNRegressor  # noqa: E402

ROWS, DIGITS = load_digits(return_X_y=True)
ROWS = (ROWS / 16).astype(np.float32)
IMAGES = ROWS.reshape(-1, 8, 8)
FEW = slice(0, 200)
X_REGRESSION, Y_REGRESSION = make_regression(300, 6, n_targets=3, random_state=0)
Y_REGRESSION = Y_REGRESSION / Y_REGRESSION.std(axis=0)


def bits(estimator):
    return estimator.model_.weights_sha256()


def small(**settings):
    return CNNClassifier(**({"epochs": 2, "input_shape": (8, 8, 1), "random_state": 1} | settings))


def softmax_of_pixels(input_shape, n_outputs):
    model = nativecnn.Sequential(name="softmax_of_pixels")
    model.add(layers.Flatten(input_shape=input_shape))
    model.add(layers.Dense(n_outputs, activation="softmax"))
    return model


# Among scikit-learn's tools


def test_cross_validation_of_images_is_accurate_and_the_same_in_processes():
    assert cross_val_score(CNNClassifier(input_shape=(8, 8, 1), epochs=15), ROWS, DIGITS, cv=3).mean() > 0.92
    scores = cross_val_score(small(), ROWS[FEW], DIGITS[FEW], cv=2)
    assert cross_val_score(small(), ROWS[FEW], DIGITS[FEW], cv=2, n_jobs=2).tolist() == scores.tolist()


def test_a_grid_of_settings_within_a_pipeline():
    pipeline = make_pipeline(MinMaxScaler(), CNNClassifier(softmax_of_pixels, epochs=20))
    grid = {"cnnclassifier__learning_rate": [1e-6, 0.03], "cnnclassifier__optimizer": ["adam", SGD(momentum=0.9)]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(ROWS[FEW], DIGITS[FEW])
    assert search.best_params_["cnnclassifier__learning_rate"] == 0.03
    assert search.best_score_ > 0.8 > 2 * search.cv_results_["mean_test_score"].min()
    assert search.predict(ROWS[FEW]).shape == (200,)


def test_regression_of_one_target_and_of_several():
    regressor = make_pipeline(StandardScaler(), CNNRegressor(epochs=60))
    several = regressor.fit(X_REGRESSION, Y_REGRESSION)
    assert several.score(X_REGRESSION, Y_REGRESSION) > 0.9
    assert several.predict(X_REGRESSION).shape == (300, 3)
    single = clone(regressor).fit(X_REGRESSION, Y_REGRESSION[:, 0])
    assert single.score(X_REGRESSION, Y_REGRESSION[:, 0]) > 0.9
    assert single.predict(X_REGRESSION).shape == (300,)


# Data


def test_rows_and_images_are_the_same_samples():
    expected = small().fit(ROWS[FEW], DIGITS[FEW])
    for x in (IMAGES[FEW], IMAGES[FEW, ..., np.newaxis], IMAGES[FEW].tolist(), IMAGES[FEW, ::-1][:, ::-1]):
        estimator = small(input_shape=None).fit(x, DIGITS[FEW])
        assert bits(estimator) == bits(expected)
        assert estimator.input_shape_ == (8, 8, 1) and estimator.n_features_in_ == 64
        assert (estimator.predict_proba(ROWS) == expected.predict_proba(IMAGES)).all()
    assert bits(small(input_shape=None).fit(ROWS[FEW], DIGITS[FEW])) != bits(expected)


def test_integers_are_not_copied_as_numbers_of_another_type():
    pixels = (IMAGES * 16).astype(np.uint8)
    assert bits(small().fit(pixels[FEW], DIGITS[FEW])) == bits(small().fit(pixels[FEW].astype(float), DIGITS[FEW]))


def test_classes_may_be_texts():
    names = np.array(list("abcdefghij"))
    numbers, texts = small().fit(ROWS[FEW], DIGITS[FEW]), small().fit(ROWS[FEW], names[DIGITS[FEW]])
    assert texts.classes_.tolist() == names.tolist()
    assert (texts.predict(ROWS) == names[numbers.predict(ROWS)]).all()
    assert bits(texts) == bits(numbers)


def test_predictions_do_not_depend_on_other_samples():
    for estimator in (
        small(epochs=1).fit(ROWS[FEW], DIGITS[FEW]),
        CNNRegressor(epochs=1).fit(ROWS[FEW], ROWS[FEW, :3]),
    ):
        together = estimator.predict(ROWS)
        assert all((estimator.predict(ROWS[n : n + 1]) == together[n : n + 1]).all() for n in range(0, 100, 7))


# Seeds


def test_random_state_is_the_seed_and_that_of_the_process_stays():
    nativecnn.set_random_seed(7)
    before = nativecnn.Sequential([layers.Dense(2, input_dim=3)]).get_weights()[0].tolist()
    nativecnn.set_random_seed(7)
    one, two = small(random_state=5), small(random_state=6)
    assert bits(one.fit(ROWS[FEW], DIGITS[FEW])) == bits(clone(one).fit(ROWS[FEW], DIGITS[FEW]))
    assert bits(one) != bits(two.fit(ROWS[FEW], DIGITS[FEW]))
    drawn = [small(random_state=np.random.RandomState(3)).fit(ROWS[FEW], DIGITS[FEW]) for _ in range(2)]
    assert bits(drawn[0]) == bits(drawn[1]) != bits(one)
    of_process = small(random_state=None).fit(ROWS[FEW], DIGITS[FEW])
    assert bits(of_process) == bits(small(random_state=7).fit(ROWS[FEW], DIGITS[FEW]))
    assert nativecnn.random.random_seed() == 7
    assert nativecnn.Sequential([layers.Dense(2, input_dim=3)]).get_weights()[0].tolist() == before


def test_pickled_estimators_predict_the_same_bits_and_go_on():
    estimator = small(warm_start=True).fit(ROWS[FEW], DIGITS[FEW])
    again = pickle.loads(pickle.dumps(estimator))
    assert again.predict_proba(ROWS).tobytes() == estimator.predict_proba(ROWS).tobytes()
    assert bits(again.fit(ROWS[FEW], DIGITS[FEW])) == bits(estimator.fit(ROWS[FEW], DIGITS[FEW]))


def test_warm_start_goes_on_with_weights_optimizer_and_orders():
    whole = small(epochs=4).fit(ROWS[FEW], DIGITS[FEW])
    parts = small(epochs=2, warm_start=True)
    parts.fit(ROWS[FEW], DIGITS[FEW])
    half = bits(parts)
    parts.fit(ROWS[FEW], DIGITS[FEW])
    assert bits(parts) == bits(whole) != half
    assert whole.history_["loss"][2:] == parts.history_["loss"]
    with pytest.raises(ValueError, match="warm_start: expected the classes of before"):
        parts.fit(ROWS[FEW], DIGITS[FEW] + 1)


# Settings


def test_weights_of_classes_and_samples_multiply():
    y = DIGITS[FEW]
    expected = small().fit(ROWS[FEW], y, sample_weight=np.where(y == 3, 2.5, 1) * np.where(y < 5, 0.5, 1))
    class_weight = {label: 0.5 if label < 5 else 1.0 for label in range(10)}
    actual = small(class_weight=class_weight).fit(ROWS[FEW], y, sample_weight=np.where(y == 3, 2.5, 1))
    assert bits(actual) == bits(expected) != bits(small().fit(ROWS[FEW], y))
    balanced = small(class_weight="balanced").fit(ROWS[FEW], y)
    assert bits(balanced) == bits(small().fit(ROWS[FEW], y, sample_weight=20 / np.bincount(y)[y]))


def test_weights_of_a_regressor_s_samples():
    weights = np.linspace(0, 2, 300)
    plain, weighted = (
        CNNRegressor(epochs=1).fit(X_REGRESSION, Y_REGRESSION, sample_weight=w) for w in (np.ones(300), weights)
    )
    assert bits(plain) == bits(CNNRegressor(epochs=1).fit(X_REGRESSION, Y_REGRESSION)) != bits(weighted)


@pytest.mark.parametrize(
    "loss", ["categorical_crossentropy", losses.SparseCategoricalCrossentropy(label_smoothing=0.1), "kld"]
)
def test_other_losses_of_classes(loss):
    estimator = small(loss=loss, epochs=5).fit(ROWS, DIGITS)
    assert estimator.score(ROWS, DIGITS) > 0.9
    assert np.allclose(estimator.predict_proba(ROWS[FEW]).sum(axis=1), 1, atol=1e-6)


def test_probabilities_where_the_loss_takes_logits():
    plain = small().fit(ROWS[FEW], DIGITS[FEW])
    logits = small(loss=losses.SparseCategoricalCrossentropy(from_logits=True)).fit(ROWS[FEW], DIGITS[FEW])
    assert (plain.predict_proba(ROWS) == logits.predict_proba(ROWS)).all()
    assert (plain.predict(ROWS) == logits.predict(ROWS)).all()
    assert np.allclose(np.exp(logits.predict_log_proba(ROWS[FEW])), logits.predict_proba(ROWS[FEW]), atol=1e-6)


def test_part_of_the_samples_validates():
    estimator = small(validation_fraction=0.25, epochs=3).fit(ROWS[FEW], DIGITS[FEW])
    assert len(estimator.history_["val_loss"]) == len(estimator.history_["loss"]) == 3
    weighted = small(validation_fraction=0.25, epochs=3).fit(ROWS[FEW], DIGITS[FEW], sample_weight=np.full(200, 2.0))
    assert weighted.history_["val_loss"][0] > 1.5 * estimator.history_["val_loss"][0]
    with pytest.raises(ValueError, match="validation_fraction: expected to leave samples"):
        small(validation_fraction=0.001).fit(ROWS[FEW], DIGITS[FEW])


def test_callbacks_are_copies_in_each_training():
    class Count(nativecnn.callbacks.Callback):
        epochs = 0

        def on_epoch_end(self, epoch, logs=None):
            self.epochs += 1
            self.model.stop_training = self.epochs == 2

    callback = Count()
    estimator = small(callbacks=[callback], epochs=9)
    for _ in range(2):
        assert len(estimator.fit(ROWS[FEW], DIGITS[FEW]).history_["loss"]) == 2
    assert callback.epochs == 0


# Errors


@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({"epochs": 0}, ValueError, "epochs: expected an integer of at least 1, got 0"),
        ({"input_shape": (8, 7, 1)}, ValueError, "input_shape: expected a shape of 64 values, as X has"),
        ({"input_shape": 64}, TypeError, "input_shape: expected a tuple of integers, got 64"),
        ({"model": "net"}, TypeError, "model: expected a function of input_shape and n_outputs, got 'net'"),
        ({"model": lambda shape, outputs: None}, TypeError, "returns a nativecnn model, got None"),
        (
            {"model": lambda shape, outputs: softmax_of_pixels(shape, 3)},
            ValueError,
            r"CNNClassifier: expected a network from samples \(8, 8, 1\) to outputs \(10,\), got one .* to \(3,\)",
        ),
        ({"loss": "mse"}, ValueError, "loss: expected one of classes, such as cross-entropy, got mean_squared_error"),
        ({"optimizer": "best"}, ValueError, "got 'best'"),
        ({"random_state": -1}, ValueError, "expected a random seed of 0 or more, got -1"),
        ({"validation_fraction": 1}, ValueError, r"validation_fraction: expected a number in \[0, 1\)"),
    ],
    ids=lambda value: None,
)
def test_wrong_settings_are_refused_when_training(settings, error, message):
    with pytest.raises(error, match=message):
        small(**settings).fit(ROWS[FEW], DIGITS[FEW])


def test_wrong_data_are_refused():
    with pytest.raises(ValueError, match="two classes or more, got one class"):
        small().fit(ROWS[FEW], np.zeros(200, int))
    estimator = small().fit(ROWS[FEW], DIGITS[FEW])
    with pytest.raises(ValueError, match="X has 63 features, but CNNClassifier is expecting 64"):
        estimator.predict(ROWS[:, 1:])
    with pytest.raises(NotFittedError):
        small().predict(ROWS)
    with pytest.raises(ValueError, match="NaN"):
        small().fit(np.where(IMAGES[FEW] > 0.9, np.nan, 0), DIGITS[FEW])
    with pytest.raises(ValueError, match="Negative"):
        small().fit(ROWS[FEW], DIGITS[FEW], sample_weight=-np.ones(200))
