"""Callbacks: what they are called with and when, and what they can do."""

import os

import pytest

import nativecnn
from nativecnn.callbacks import Callback, ModelCheckpoint
from support.training import BATCHES, X_VALIDATION, Y_VALIDATION, StopAfter, X, Y, network, outcome, train


class Note(Callback):
    """Notes every call."""

    def __init__(self):
        self.calls = []

    def on_train_begin(self, logs=None):
        self.calls.append(("train begin", logs))

    def on_train_end(self, logs=None):
        self.calls.append(("train end", logs))

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(("epoch begin", epoch, logs))

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(("epoch end", epoch, dict(logs)))

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append(("batch begin", batch, logs))

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(("batch end", batch, logs))

    def names(self):
        return [call[:-1] for call in self.calls]


def batches(numbers):
    return [(f"batch {word}", number) for number in numbers for word in ("begin", "end")]


def epoch_of(number):
    return [("epoch begin", number), *batches(range(BATCHES)), ("epoch end", number)]


def test_hooks_are_called_in_order():
    note = Note()
    train(network(), callbacks=[note])
    assert note.names() == [("train begin",), *epoch_of(0), *epoch_of(1), ("train end",)]


def test_logs_are_the_values_so_far():
    note = Note()
    history = train(network(), callbacks=[note], validation_data=(X_VALIDATION, Y_VALIDATION)).history
    logs = {call[:-1]: call[-1] for call in note.calls}  # the last of each
    last = {name: values[-1] for name, values in history.items()}
    assert logs["epoch end", 1] == logs[("train end",)] == last
    assert logs["batch end", BATCHES - 1] == {name: last[name] for name in ("loss", "accuracy", "mse")}
    assert logs["batch end", 0] != logs["batch end", 1]
    assert logs["batch begin", 0] == logs["epoch begin", 0] == logs[("train begin",)] == {}
    first, model = {}, network()
    first["loss"], first["accuracy"], first["mse"] = model.train_on_batch(X[:16], Y[:16])
    note = Note()
    train(network(), callbacks=[note], shuffle=False)
    assert note.calls[3] == ("batch end", 0, pytest.approx(first, rel=1e-6))


def test_callbacks_know_model_and_settings():
    model, callback = network(), Callback()
    train(model, callbacks=callback)
    assert callback.model is model
    assert callback.params == {"epochs": 2, "steps": BATCHES, "verbose": 0, "validation": False}


def test_several_callbacks_are_called_in_their_order():
    called = []

    class Named(Callback):
        def __init__(self, name):
            self.name = name

        def on_epoch_end(self, epoch, logs=None):
            called.append(self.name)

    train(network(), epochs=1, callbacks=(Named("first"), Named("second")))
    assert called == ["first", "second"]


def test_what_a_callback_adds_comes_into_the_history():
    class Add(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["learning_rate"] = self.model.compilation.optimizer.learning_rate

    assert train(network("sgd"), callbacks=[Add()]).history["learning_rate"] == [0.1, 0.1]


def test_callbacks_that_only_watch_change_no_bit():
    class Watch(Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.predict(X_VALIDATION)
            self.model.evaluate(X_VALIDATION, Y_VALIDATION)

    plain, watched = network(), network()
    train(plain)
    train(watched, callbacks=[Watch()])
    assert outcome(plain) == outcome(watched)


# Stopping


@pytest.mark.parametrize(
    "hook, expected",
    [
        ("on_train_begin", [("train begin",), ("train end",)]),
        ("on_epoch_begin", [("train begin",), ("epoch begin", 0), ("train end",)]),
        ("on_train_batch_begin", [("train begin",), ("epoch begin", 0), *batches([0]), ("train end",)]),
        ("on_train_batch_end", [("train begin",), ("epoch begin", 0), *batches([0]), ("train end",)]),
        ("on_epoch_end", [("train begin",), *epoch_of(0), ("train end",)]),
    ],
)
def test_stop_training_stops_after_the_batch_at_hand(hook, expected):
    class Stop(Callback):
        def stop(self, *_):
            self.model.stop_training = True

    note, stop = Note(), Stop()
    setattr(stop, hook, stop.stop)
    history = train(network(), callbacks=[note, stop])
    assert note.names() == expected
    assert history.epoch == ([0] if hook == "on_epoch_end" else []) and not history.interrupted


def test_stopping_after_the_last_batch_of_an_epoch_leaves_it_whole():
    note = Note()
    history = train(network(), callbacks=[note, StopAfter(BATCHES)], validation_data=(X_VALIDATION, Y_VALIDATION))
    assert history.epoch == [0] and len(history.history["val_loss"]) == 1
    assert note.names()[-2:] == [("epoch end", 0), ("train end",)]


def test_a_stopped_model_can_be_trained_again():
    model = network()
    train(model, callbacks=[StopAfter(1)])
    assert train(model).epoch == [0, 1]


def test_batches_are_counted_on_where_a_training_goes_on():
    model, note = network(), Note()
    train(model, callbacks=[StopAfter(BATCHES + 1)])
    train(model, callbacks=[note], resume=True)
    assert note.names()[1:-1] == [("epoch begin", 1), *batches(range(1, BATCHES)), ("epoch end", 1)]


HOOKS = [name for name in vars(Callback) if name.startswith("on_") and "test" not in name and "predict" not in name]


@pytest.mark.parametrize("hook", HOOKS)
def test_an_error_of_a_callback_ends_the_training_and_leaves_the_model_usable(hook):
    def fail(*_):
        raise LookupError("a callback's own error")

    model, callback = network(), Callback()
    setattr(callback, hook, fail)
    with pytest.raises(LookupError, match="own error"):
        train(model, callbacks=[callback])
    whole = network()
    train(whole)
    train(model, resume=True)
    assert outcome(model) == outcome(whole)


def test_a_callback_cannot_train_the_model():
    class Again(Callback):
        def on_train_batch_end(self, batch, logs=None):
            with pytest.raises(RuntimeError, match="being trained already"):
                train(self.model)

    model = network()
    train(model, epochs=1, callbacks=[Again()])
    assert model.compilation.state.iterations == BATCHES


@pytest.mark.parametrize(
    "callbacks",
    ["early_stopping", 3, [print], [Callback], ["x"], {"a": Callback()}],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_callback_is_refused(callbacks):
    model = network()
    with pytest.raises(TypeError, match="callbacks: expected"):
        train(model, callbacks=callbacks)
    assert model.compilation.state.iterations == 0


# Checkpoints


def test_checkpoints_replace_each_other_or_have_names_of_their_own(tmp_path):
    train(network(), callbacks=[ModelCheckpoint(tmp_path / "model")])
    assert os.listdir(tmp_path) == ["model"]
    assert nativecnn.load_model(tmp_path / "model").compilation.state.iterations == 2 * BATCHES
    checkpoints = [
        ModelCheckpoint(str(tmp_path / "{epoch:02d}")),
        ModelCheckpoint(tmp_path / "{epoch}-{batch}-{{}}", save_freq=3),
    ]
    train(network(), callbacks=checkpoints)
    assert sorted(os.listdir(tmp_path)) == ["01", "02", "1-3-{}", "2-2-{}", "model"]


def test_a_checkpoint_has_the_same_bytes_as_a_saved_model(tmp_path):
    model = network()
    train(model, callbacks=[ModelCheckpoint(tmp_path / "checkpoint", save_freq=1), StopAfter(6)])
    model.save(tmp_path / "saved")
    assert (tmp_path / "checkpoint").read_bytes() == (tmp_path / "saved").read_bytes()


def test_a_checkpoint_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="folder"):
        train(network(), callbacks=[ModelCheckpoint(tmp_path / "none" / "model")])


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: ModelCheckpoint("{batch}"), ValueError, r"no fields .* but {epoch}, and names .* got '\{batch\}'"),
        (lambda: ModelCheckpoint("{epoch", save_freq=1), ValueError, "but {epoch} and {batch}, and"),
        (lambda: ModelCheckpoint("{loss:q}"), ValueError, "got '{loss:q}'"),
        (lambda: ModelCheckpoint("x", save_best_only=True, save_freq=3), ValueError, "got 'val_loss'"),
        (lambda: ModelCheckpoint("x", save_best_only=True, mode="best"), ValueError, "got 'best'"),
        (lambda: ModelCheckpoint("x", save_best_only=True, monitor="score"), ValueError, 'mode "min" or "max"'),
        (lambda: ModelCheckpoint("{epoch:z}"), ValueError, "got '{epoch:z}'"),
        (lambda: ModelCheckpoint("{}"), ValueError, "got '{}'"),
        (lambda: ModelCheckpoint("{epoch.x}"), ValueError, "got '{epoch.x}'"),
        (lambda: ModelCheckpoint(b"model"), TypeError, "text"),
        (lambda: ModelCheckpoint(None), TypeError, "NoneType"),
        (lambda: ModelCheckpoint("x", save_freq="batch"), TypeError, "save_freq.*got 'batch'"),
        (lambda: ModelCheckpoint("x", save_freq=0), ValueError, "save_freq.*at least 1, got 0"),
        (lambda: ModelCheckpoint("x", save_freq=True), TypeError, "save_freq"),
    ],
    ids=lambda value: None,
)
def test_a_wrong_setting_of_a_checkpoint_is_refused_at_once(make, error, message):
    with pytest.raises(error, match=message):
        make()
