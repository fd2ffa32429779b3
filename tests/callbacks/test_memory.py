"""What callbacks remember: a training that stops anywhere and goes on ends as one that does not stop."""

import json

import numpy as np
import pytest

import nativecnn
from nativecnn import load_model
from nativecnn.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from nativecnn.formats import read_safetensors, write_safetensors
from support.training import BATCHES, X_VALIDATION, Y_VALIDATION, StopAfter, joined, network, outcome, train

VALIDATION = {"validation_data": (X_VALIDATION, Y_VALIDATION)}
EPOCHS = 8


def some_callbacks(folder):
    """Return new callbacks that all remember something; they reduce the rate, and stop before the last epoch."""
    return [
        ModelCheckpoint(folder / "last"),
        ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.02, cooldown=1),
        LearningRateScheduler(lambda epoch, rate: rate * 0.9),
        EarlyStopping("val_loss", mode="max", patience=2, min_delta=0.005, restore_best_weights=True),
        ModelCheckpoint(folder / "best", save_best_only=True, mode="max"),
        CSVLogger(folder / "log.csv"),
    ]


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "last"}


@pytest.mark.parametrize("stop", [1, BATCHES - 1, BATCHES, BATCHES + 1, 3 * BATCHES, 4 * BATCHES + 2, 6 * BATCHES])
def test_stopping_and_going_on_changes_nothing(tmp_path, stop):
    whole_folder, folder = tmp_path / "whole", tmp_path / "stopped"
    whole_folder.mkdir()
    folder.mkdir()
    whole = network()
    history = train(whole, EPOCHS, callbacks=some_callbacks(whole_folder), **VALIDATION)
    assert 4 < len(history.epoch) < EPOCHS and len(set(history.history["learning_rate"])) > 3
    assert outcome(whole)["weights"] != outcome(load_model(whole_folder / "last"))["weights"]  # restored
    stopped = network()
    first = train(stopped, EPOCHS, callbacks=[*some_callbacks(folder), StopAfter(stop)], **VALIDATION)
    stopped.save(tmp_path / "stopped.safetensors")
    nativecnn.set_random_seed(99)
    again = load_model(tmp_path / "stopped.safetensors")
    second = train(again, EPOCHS, callbacks=some_callbacks(folder), resume=True, **VALIDATION)
    assert joined(first, second) == joined(history)
    assert outcome(again) == outcome(whole)
    assert files(folder) == files(whole_folder)


def test_a_checkpoint_is_gone_on_from_though_more_was_done_after_it(tmp_path):
    """As when a process is killed some epochs after it wrote a file: the log is cut, the best model is kept."""
    whole_folder, folder = tmp_path / "whole", tmp_path / "killed"
    whole_folder.mkdir()
    folder.mkdir()
    whole, killed = network(), network()
    train(whole, EPOCHS, callbacks=some_callbacks(whole_folder), **VALIDATION)

    def copy(epoch, logs):
        if epoch == 2:
            (tmp_path / "third").write_bytes((folder / "last").read_bytes())
        if epoch == 4:
            raise OSError("killed")

    with pytest.raises(OSError, match="killed"):
        train(killed, EPOCHS, callbacks=[*some_callbacks(folder), LambdaCallback(on_epoch_end=copy)], **VALIDATION)
    assert (folder / "log.csv").read_text().count("\n") == 6
    again = load_model(tmp_path / "third")
    train(again, EPOCHS, callbacks=some_callbacks(folder), resume=True, **VALIDATION)
    assert outcome(again) == outcome(whole)
    assert (folder / "log.csv").read_bytes() == (whole_folder / "log.csv").read_bytes()


def test_a_training_that_had_stopped_early_stays_stopped(tmp_path):
    model = network()
    history = train(model, EPOCHS, callbacks=some_callbacks(tmp_path), **VALIDATION)
    again = load_model(tmp_path / "last")  # written before the best weights were restored
    assert train(again, EPOCHS, callbacks=some_callbacks(tmp_path), resume=True, **VALIDATION).epoch == []
    assert again.weights_sha256() == model.weights_sha256()
    assert history.epoch[-1] + 1 == again.compilation.position.epoch


def test_another_training_begins_with_no_memory(tmp_path):
    stopping, logger = EarlyStopping("loss", mode="max"), CSVLogger(tmp_path / "log.csv")
    for _ in range(2):
        assert len(train(network(), 4, callbacks=[stopping, logger]).epoch) == 2
        assert stopping.stopped_epoch == 1
    assert (tmp_path / "log.csv").read_text().count("\n") == 3


def test_callbacks_that_remember_may_be_added_where_there_were_none(tmp_path):
    model = network()
    train(model, 2)
    stopping = EarlyStopping("loss", mode="max", patience=1)
    assert train(model, 9, callbacks=[stopping], resume=True).epoch == [2, 3]


@pytest.mark.parametrize(
    "callbacks, got",
    [
        ([], "got none"),
        ([EarlyStopping("loss")], "got EarlyStopping"),
        ([ReduceLROnPlateau("loss"), EarlyStopping("loss")], "got ReduceLROnPlateau, EarlyStopping"),
        ([Callback(), ModelCheckpoint("x")], "got none"),
    ],
)
def test_other_callbacks_that_remember_are_refused(callbacks, got):
    model = network()
    train(model, 1, callbacks=[EarlyStopping("loss"), StopAfter(9), ReduceLROnPlateau("loss")])
    before = outcome(model)
    with pytest.raises(ValueError, match=f"EarlyStopping, ReduceLROnPlateau, {got}"):
        train(model, 2, callbacks=callbacks, resume=True)
    assert outcome(model) == before
    assert train(model, 2, callbacks=[EarlyStopping("loss"), ReduceLROnPlateau("loss")], resume=True).epoch == [1]


# Of one's own


class Own(Callback):
    """Counts batches, and keeps an array."""

    def __init__(self):
        self.batches, self.array = 0, np.zeros(3, np.int16)

    def state(self):
        return {"batches": self.batches, "array": self.array}

    def set_state(self, state):
        self.batches, self.array = (0, np.zeros(3, np.int16)) if state is None else (state["batches"], state["array"])

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1
        self.array = self.array + np.int16(1)


def test_a_callback_of_ones_own_remembers(tmp_path):
    model = network()
    train(model, callbacks=[Own(), StopAfter(3)])
    model.save(tmp_path / "model")
    tensors, metadata = read_safetensors(tmp_path / "model")
    assert tensors["callbacks/0/array"].tolist() == [3, 3, 3]
    assert json.loads(metadata["nativecnn"])["training"]["callbacks"] == [{"class": "Own", "state": {"batches": 3}}]
    own = Own()
    train(load_model(tmp_path / "model"), callbacks=[own], resume=True)
    assert own.batches == 2 * BATCHES and own.array.tolist() == [8, 8, 8]


def test_what_json_cannot_hold_is_refused(tmp_path):
    class Wrong(Own):
        def state(self):
            return {"x": {1, 2}}

    with pytest.raises(TypeError, match="Wrong: expected of state"):
        train(network(), callbacks=[Wrong(), ModelCheckpoint(tmp_path / "model")])


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda states: states.append(3), "callbacks: expected an object with the fields class, state, got 3"),
        (lambda states: states[0].update({"class": 1}), "expected the name of a class"),
        (lambda states: states.clear(), "only arrays of its weights, got also callbacks/0/best_weights"),
    ],
)
def test_wrong_states_in_a_file_are_refused(tmp_path, change, message):
    path = tmp_path / "model"
    train(network(), callbacks=[EarlyStopping("loss", restore_best_weights=True), ModelCheckpoint(path)])
    tensors, metadata = read_safetensors(path)
    description = json.loads(metadata["nativecnn"])
    change(description["training"]["callbacks"])
    write_safetensors(path, tensors, {"nativecnn": json.dumps(description)})
    with pytest.raises(nativecnn.ModelFileError, match=message):
        load_model(path)


@pytest.mark.parametrize(
    "make, state, message",
    [
        (EarlyStopping, {"wait": 1}, "EarlyStopping: expected an object with the fields wait, best, best_epoch"),
        (EarlyStopping, {"wait": -1, "best": None, "best_epoch": None, "stopped_epoch": None}, "EarlyStopping: wait"),
        (EarlyStopping, {"wait": 0, "best": 1.0, "best_epoch": None, "stopped_epoch": None}, "hexadecimal"),
        (ReduceLROnPlateau, {"wait": 0, "cooling": "x", "best": None}, "ReduceLROnPlateau: cooling"),
        (lambda: LearningRateScheduler(float), {"epoch": 1.5}, "LearningRateScheduler: epoch"),
        (lambda: ModelCheckpoint("x", save_best_only=True), {}, "ModelCheckpoint: expected an object"),
        (lambda: CSVLogger("none/x"), {"bytes": 0, "columns": 3}, "list of columns"),
    ],
)
def test_wrong_states_are_refused(make, state, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make().set_state(state)


def test_best_weights_of_another_model_are_refused(tmp_path):
    stopping = EarlyStopping("loss", restore_best_weights=True)
    stopping.set_model(network())
    state = {"wait": 0, "best": None, "best_epoch": None, "stopped_epoch": None, "best_weights/x": np.zeros(3)}
    with pytest.raises(ValueError, match="expected best weights of the model's shapes"):
        stopping.set_state(state)


def test_a_log_that_is_shorter_than_it_was_is_refused(tmp_path):
    path, model = tmp_path / "log.csv", network()
    train(model, 1, callbacks=[CSVLogger(path)])
    path.write_text("")
    with pytest.raises(ValueError, match="bytes, got 0 bytes"):
        train(model, 2, callbacks=[CSVLogger(path)], resume=True)
    path.unlink()
    train(model, 2, callbacks=[CSVLogger(path)], resume=True)
    assert [line.split(",")[0] for line in path.read_text().splitlines()] == ["epoch", "1"]
