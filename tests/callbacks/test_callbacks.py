"""The callbacks that are there: when they act, and on what."""

import csv
import math
import os

import numpy as np
import pytest

import nativecnn
from nativecnn import layers
from nativecnn.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from nativecnn.optimizers import SGD
from support.training import BATCHES, X_VALIDATION, Y_VALIDATION, StopAfter, X, Y, network, outcome, train

VALIDATION = {"validation_data": (X_VALIDATION, Y_VALIDATION)}


class Script(Callback):
    """Puts given values into the logs, one for each epoch."""

    def __init__(self, *values, name="score"):
        self.values, self.name = values, name

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = self.values[epoch]


def epochs_with(callback, *values, epochs=None, **settings):
    epochs = len(values) if epochs is None else epochs
    return len(train(network("sgd"), epochs, callbacks=[Script(*values), callback], **settings).epoch)


# EarlyStopping


@pytest.mark.parametrize(
    "settings, values, epochs",
    [
        ({"mode": "min"}, [3, 2, 2, 1], 3),
        ({"mode": "max"}, [1, 2, 3, 2, 9], 4),
        ({"mode": "min", "patience": 2}, [3, 2, 2, 1, 1, 1, 0], 6),
        ({"mode": "min", "patience": 2, "min_delta": 0.5}, [3, 2.6, 2.4, 2, 1], 5),
        ({"mode": "min", "patience": 2, "min_delta": 1.0}, [3, 2.6, 2.4, 2, 1], 3),
        ({"mode": "min", "patience": 2, "baseline": 2}, [4, 3, 2.5, 1], 2),
        ({"mode": "min", "patience": 2, "baseline": 3.5}, [4, 3, 2.5, 1], 4),
        ({"mode": "min", "start_from_epoch": 2}, [1, 2, 3, 2, 2, 2], 5),
        ({"mode": "min", "patience": 1}, [math.nan, math.nan, 1, 2, 1], 1),
        ({"mode": "min", "patience": 3}, [math.nan, 2, math.nan, math.nan, math.nan, 1], 5),
    ],
)
def test_early_stopping(settings, values, epochs):
    assert epochs_with(EarlyStopping("score", **settings), *values) == epochs


def test_early_stopping_restores_the_best_weights(capsys):
    weights = []
    note = LambdaCallback(on_epoch_end=lambda epoch, logs: weights.append(note.model.weights_sha256()))
    stopping = EarlyStopping("score", mode="min", patience=2, restore_best_weights=True, verbose=1)
    model = network()
    history = train(model, 9, callbacks=[Script(3, 1, 2, 2, 0), stopping, note])
    assert history.epoch == [0, 1, 2, 3] and stopping.stopped_epoch == 3
    assert (stopping.best, stopping.best_epoch) == (1, 1)
    assert model.weights_sha256() == weights[1] != weights[3]
    assert "stopped after epoch 4" in capsys.readouterr().out


def test_the_best_weights_are_restored_after_the_last_epoch_but_not_at_another_stop():
    for stop, restored in ((None, True), (3 * BATCHES - 1, False)):
        stopping, model = EarlyStopping("score", mode="min", patience=5, restore_best_weights=True), network()
        others = [] if stop is None else [StopAfter(stop)]
        train(model, 3, callbacks=[Script(1, 2, 3), stopping, *others])
        first = network()
        train(first, 1)
        assert (model.weights_sha256() == first.weights_sha256()) is restored


def test_a_monitor_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="EarlyStopping: expected 'val_loss' among .*, got loss, accuracy, mse"):
        train(network(), callbacks=[EarlyStopping()])
    with pytest.raises(ValueError, match="'val_mae' among"):
        train(network(), callbacks=[EarlyStopping("val_mae")], **VALIDATION)


def test_epochs_without_validation_do_not_count():
    stopping = EarlyStopping("val_loss", min_delta=1e9, patience=2)
    history = train(network(), 20, callbacks=[stopping], validation_freq=3, **VALIDATION)
    assert len(history.epoch) == 9 and len(history.history["val_loss"]) == 3


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"monitor": 3}, "EarlyStopping: expected as monitor"),
        ({"monitor": "score"}, 'EarlyStopping: expected for \'score\' the mode "min" or "max"'),
        ({"mode": "down"}, "got 'down'"),
        ({"patience": -1}, "EarlyStopping: patience"),
        ({"min_delta": -1}, "EarlyStopping: min_delta"),
        ({"start_from_epoch": 0.5}, "EarlyStopping: start_from_epoch"),
    ],
)
def test_wrong_settings_of_early_stopping_are_refused(settings, message):
    with pytest.raises((TypeError, ValueError), match=message):
        EarlyStopping(**settings)


@pytest.mark.parametrize("name, mode", [("val_loss", "min"), ("accuracy", "max"), ("val_auc", "max"), ("mse", "min")])
def test_the_mode_is_told_from_the_name(name, mode):
    assert EarlyStopping(name)._monitor.mode == mode


# The learning rate


def test_a_schedule_sets_the_rate_of_every_epoch(capsys):
    model, rates = network("sgd"), []
    note = LambdaCallback(
        on_train_batch_end=lambda batch, logs: rates.append(model.compilation.optimizer.learning_rate)
    )
    scheduler = LearningRateScheduler(lambda epoch, rate: rate if epoch < 1 else rate / 2, verbose=1)
    history = train(model, 3, callbacks=[scheduler, note])
    assert rates == [0.1] * BATCHES + [0.05] * BATCHES + [0.025] * BATCHES
    assert history.history["learning_rate"] == [0.1, 0.05, 0.025]
    assert "epoch 3: learning rate 0.025" in capsys.readouterr().out
    by_epoch = train(network("sgd"), 3, callbacks=[LearningRateScheduler(lambda epoch: 0.1 / 2**epoch)])
    assert by_epoch.history == history.history


@pytest.mark.parametrize("rate", [-1, math.nan, "x", None])
def test_a_wrong_rate_is_refused(rate):
    with pytest.raises((TypeError, ValueError), match="learning rate"):
        train(network(), callbacks=[LearningRateScheduler(lambda epoch: rate)])
    with pytest.raises(TypeError, match="expected a function"):
        LearningRateScheduler(0.1)


@pytest.mark.parametrize(
    "settings, values, rates",
    [
        ({"patience": 1}, [3, 2, 2, 1, 1], [0.1, 0.1, 0.1, 0.05, 0.05]),
        ({"patience": 2}, [3, 3, 3, 3, 3, 3], [0.1, 0.1, 0.1, 0.05, 0.05, 0.025]),
        ({"patience": 1, "cooldown": 2}, [3, 3, 3, 3, 3, 3], [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]),
        ({"patience": 1, "min_lr": 0.04}, [3, 3, 3, 3, 3], [0.1, 0.1, 0.05, 0.04, 0.04]),
        ({"patience": 1, "min_delta": 2}, [3, 2, 1, 0], [0.1, 0.1, 0.05, 0.025]),
        ({"patience": 1, "mode": "max"}, [3, 4, 5, 4, 4], [0.1, 0.1, 0.1, 0.1, 0.05]),
    ],
)
def test_the_rate_is_reduced_on_a_plateau(settings, values, rates):
    reduce = ReduceLROnPlateau("score", factor=0.5, **({"mode": "min", "min_delta": 0} | settings))
    history = train(network("sgd"), len(values), callbacks=[Script(*values), reduce])
    assert history.history["learning_rate"] == rates


def test_a_factor_that_does_not_reduce_is_refused():
    with pytest.raises(ValueError, match="ReduceLROnPlateau: factor"):
        ReduceLROnPlateau(factor=1.0)


# Files


def test_only_the_best_model_is_kept(tmp_path, capsys):
    path = tmp_path / "{epoch}-{score:.1f}"
    checkpoint = ModelCheckpoint(path, "score", save_best_only=True, mode="min", verbose=1)
    train(network(), 5, callbacks=[Script(3, 4, 2, math.nan, 2), checkpoint])
    assert sorted(os.listdir(tmp_path)) == ["1-3.0", "3-2.0"] and checkpoint.best == 2
    assert capsys.readouterr().out.count("saved") == 2
    better = ModelCheckpoint(path, "score", save_best_only=True, mode="min", initial_value_threshold=1.5)
    train(network(), 3, callbacks=[Script(3, 1, 2), better])
    assert sorted(os.listdir(tmp_path)) == ["1-3.0", "2-1.0", "3-2.0"]


def test_weights_alone_are_written(tmp_path):
    model = network()
    train(model, callbacks=[ModelCheckpoint(tmp_path / "weights", save_weights_only=True)])
    other = network()
    other.load_weights(tmp_path / "weights")
    assert other.weights_sha256() == model.weights_sha256()
    with pytest.raises(nativecnn.ModelFileError):
        nativecnn.load_model(tmp_path / "weights")


def test_a_name_of_a_value_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="only loss, accuracy, mse, epoch, got 'val_loss'"):
        train(network(), callbacks=[ModelCheckpoint(tmp_path / "{val_loss}")])


def test_what_remembers_is_called_before_what_writes():
    called = []

    def noting(base, *arguments, **settings):
        class Noting(base):
            def on_epoch_end(self, epoch, logs=None):
                called.append(base.__name__)

        return Noting(*arguments, **settings)

    callbacks = [
        noting(Callback),
        noting(ModelCheckpoint, "x"),
        noting(Callback),
        noting(EarlyStopping),
        noting(ModelCheckpoint, "x", save_weights_only=True),
    ]
    train(network(), 1, callbacks=callbacks)
    assert called == ["Callback", "EarlyStopping", "ModelCheckpoint", "ModelCheckpoint", "Callback"]


def test_the_log_has_every_value_exactly(tmp_path):
    path = tmp_path / "log.csv"
    history = train(network(), 3, callbacks=[CSVLogger(path)], **VALIDATION).history
    rows = list(csv.DictReader(path.open(newline="")))
    assert [row.pop("epoch") for row in rows] == ["0", "1", "2"]
    assert {name: [float(row[name]) for row in rows] for name in rows[0]} == history


def test_a_log_has_other_separators_gaps_and_more_trainings(tmp_path):
    path = tmp_path / "log.csv"
    for append in (True, True):
        train(network(), 2, callbacks=[CSVLogger(path, ";", append)], validation_freq=2, **VALIDATION)
    lines = path.read_text().splitlines()
    assert lines[0] == "epoch;loss;accuracy;mse;val_loss;val_accuracy;val_mse"
    assert [line.count("NA") for line in lines] == [0, 3, 0, 3, 0] and lines[1:3] == lines[3:]
    train(network(), 1, callbacks=[CSVLogger(path)])
    assert len(path.read_text().splitlines()) == 2


def test_a_log_is_refused_before_training_or_where_values_come_late(tmp_path):
    model = network()
    with pytest.raises(FileNotFoundError):
        train(model, callbacks=[CSVLogger(tmp_path / "none" / "log.csv")])
    assert model.compilation.state.iterations == 0
    with pytest.raises(TypeError, match="single character"):
        CSVLogger("x", separator=", ")

    class Late(Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch:
                logs["late"] = 1.0

    with pytest.raises(ValueError, match="got also .'late'"):
        train(network(), callbacks=[Late(), CSVLogger(tmp_path / "log.csv")])


# Others


def test_functions_are_called():
    calls = []
    model = network()
    train(
        model,
        1,
        callbacks=LambdaCallback(
            on_train_begin=lambda logs: calls.append("begin"),
            on_epoch_end=lambda epoch, logs: calls.append((epoch, sorted(logs))),
            on_train_end=None,
        ),
    )
    assert calls == ["begin", (0, ["accuracy", "loss", "mse"])]
    for functions in ({"on_epoch": print}, {"on_epoch_end": 3}):
        with pytest.raises(TypeError, match="LambdaCallback: expected"):
            LambdaCallback(**functions)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_ends_the_training(value, capsys):
    model = nativecnn.Sequential([layers.Dense(1, input_dim=1)])
    model.compile(SGD(0.0), loss="mse")
    x = np.zeros((10, 1))
    x[4] = value
    history = model.fit(x, np.zeros(10), epochs=3, batch_size=2, shuffle=False, verbose=0, callbacks=[TerminateOnNaN()])
    assert history.epoch == [] and model.compilation.state.iterations == 3
    assert "batch 2: the loss is" in capsys.readouterr().out


def test_hooks_of_evaluation_and_prediction():
    names = [name for name in vars(Callback) if name.startswith(("on_test", "on_predict"))]
    calls = []
    noting = LambdaCallback(**{name: lambda *arguments, name=name: calls.append((name, *arguments)) for name in names})
    model = network()
    value = model.evaluate(X, Y, batch_size=30, callbacks=[noting], return_dict=True)
    assert [call[:-1] for call in calls] == [
        ("on_test_begin",),
        *[(f"on_test_batch_{when}", batch) for batch in (0, 1) for when in ("begin", "end")],
        ("on_test_end",),
    ]
    assert calls[-1][-1] == value and calls[-2][-1] == pytest.approx(value, rel=1e-6)
    calls.clear()
    outputs = model.predict(X, batch_size=50, callbacks=[noting])
    assert [call[0] for call in calls] == [
        "on_predict_begin",
        "on_predict_batch_begin",
        "on_predict_batch_end",
        "on_predict_end",
    ]
    assert np.array_equal(calls[2][-1]["outputs"][0], outputs)
    calls.clear()
    train(model, 1, callbacks=[noting], **VALIDATION)
    assert {call[0] for call in calls} == {name for name in names if "test" in name}


def test_callbacks_change_no_bit_of_what_they_only_watch(tmp_path):
    plain, watched = network(), network()
    train(plain, 3, **VALIDATION)
    callbacks = [
        EarlyStopping(patience=9),
        CSVLogger(tmp_path / "log"),
        TerminateOnNaN(),
        ModelCheckpoint(tmp_path / "x"),
    ]
    train(watched, 3, callbacks=callbacks, **VALIDATION)
    assert outcome(plain) == outcome(watched)
