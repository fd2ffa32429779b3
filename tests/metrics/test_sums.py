"""The sums of metrics: exact, in whatever order the samples come, and kept in files."""

import math
from fractions import Fraction

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, metrics
from nativecnn.metrics.base import add_exactly
from nativecnn.random import Stream

X = Stream(2, "x").uniform((23, 4))
LABELS = Stream(2, "labels").permutation(23) % 3
KINDS = {
    "accuracy": "accuracy",
    "top_k": metrics.SparseTopKCategoricalAccuracy(k=2),
    "precision": metrics.Precision(0.3),
    "recall": metrics.Recall(0.35, class_id=1),
    "f1_score": metrics.F1Score(),
    "auc": metrics.AUC(num_thresholds=50),
}


def network(watched, loss="sparse_categorical_crossentropy"):
    nativecnn.set_random_seed(1)
    model = nativecnn.Sequential([layers.Dense(3, activation="softmax", input_dim=4)])
    model.compile("adam", loss=loss, metrics=watched)
    return model


def parts_of(values, size):
    return [values[first : first + size] for first in range(0, len(values), size)]


@pytest.mark.parametrize("seed", range(5))
def test_a_sum_is_exact_and_no_order_changes_its_parts(seed):
    generator = np.random.default_rng(seed)
    values = (generator.standard_normal(40) * 10.0 ** generator.integers(-300, 300, 40)).tolist()
    values += [-value for value in values[:10]] + [5e-324, -0.0]
    results = []
    for size in (1, 3, 7, 100):
        parts = []
        for batch in parts_of(generator.permutation(values).tolist(), size):
            add_exactly(parts, batch)
        results.append(parts)
    assert all(parts == results[0] for parts in results)
    assert sum(map(Fraction, results[0])) == sum(map(Fraction, values))


def test_a_sum_of_infinities_and_of_what_is_no_number():
    for values, expected in ([[math.inf, 1.0], [math.inf]], [[math.nan, 1.0], [math.nan]]):
        parts = [3.0]
        add_exactly(parts, values)
        add_exactly(parts, [1.0])
        assert repr(parts) == repr(expected)


@pytest.mark.parametrize("batch_size", [1, 5, 23])
@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_no_metric_depends_on_the_batch_size(loss, batch_size):
    dense = loss.startswith("categorical")
    watched = [value for name, value in KINDS.items() if not (dense and name == "top_k")]
    if dense:
        watched += [metrics.TopKCategoricalAccuracy(2), "mse", "mae", "rmse"]
    model, y = network(watched, loss), np.eye(3)[LABELS] if dense else LABELS
    whole = model.evaluate(X, y, batch_size=None, return_dict=True)
    assert model.evaluate(X, y, batch_size=batch_size, return_dict=True) == whole
    assert model.test_on_batch(X, y) == list(whole.values())


def test_metrics_are_saved_with_their_settings_and_training_goes_on_with_their_sums(tmp_path):
    path = tmp_path / "model.safetensors"
    settings = {"batch_size": 5, "epochs": 2, "verbose": 0}
    whole = network(list(KINDS.values()))
    expected = whole.fit(X, LABELS, **settings).history

    class Stop(nativecnn.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                self.model.stop_training = True

    stopped = network(list(KINDS.values()))
    stopped.fit(X, LABELS, callbacks=[Stop()], **settings)
    stopped.save(path)
    again = nativecnn.load_model(path)
    assert again.compilation.get_config() == stopped.compilation.get_config()
    assert again.compilation.position == stopped.compilation.position
    assert again.fit(X, LABELS, resume=True, **settings).history == expected
    assert again.weights_sha256() == whole.weights_sha256()


def test_sums_that_are_none_of_a_metric_s_are_refused():
    model = network([metrics.AUC(num_thresholds=3), metrics.Precision(), metrics.F1Score()])
    model.fit(X, LABELS, batch_size=5, verbose=0)
    for name, sums in (("auc", [1.0]), ("precision", [1.0, -2.0, 0.0]), ("f1_score", [0.5] * 9)):
        model.compilation.position.sums.samples = 5
        model.compilation.position.sums.metrics = {"auc": [0.0] * 8, "precision": [0.0] * 3, "f1_score": [0.0] * 9}
        model.compilation.position.sums.metrics[name] = sums
        with pytest.raises(ValueError, match=f"{name}: expected [389] counts, got"):
            model.fit(X, LABELS, batch_size=5, verbose=0, resume=True)


def test_metrics_of_other_classes_are_not_saved(tmp_path):
    class Own(metrics.MeanAbsoluteError):
        pass

    model = network([Own("own"), "mae"], "categorical_crossentropy")
    with pytest.warns(UserWarning, match=r"not saved: metrics that are functions \(own\)"):
        model.save(tmp_path / "model.safetensors")
    assert nativecnn.load_model(tmp_path / "model.safetensors").compilation.metrics.value == [["mae"]]
