"""A training that stops anywhere and goes on gives the same bits as one that does not stop."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, load_model
from nativecnn._kernels import runtime
from nativecnn.callbacks import Callback, ModelCheckpoint
from nativecnn.formats import read_safetensors, write_safetensors
from nativecnn.networks import NETWORKS
from nativecnn.optimizers import SGD
from nativecnn.random import Stream
from support.data import real_data
from support.training import (
    BATCHES,
    OPTIMIZERS,
    X_VALIDATION,
    Y_VALIDATION,
    StopAfter,
    X,
    Y,
    joined,
    network,
    outcome,
    train,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def reloaded(model, path, seed=99):
    """Save and load a model, as a new process would that has set another seed."""
    model.save(path)
    nativecnn.set_random_seed(seed)
    return load_model(path)


# Every batch


@pytest.mark.parametrize(
    "backend, settings, steps",
    [("native", {}, 2 * BATCHES), ("reference", {"x": X[:7], "y": Y[:7], "batch_size": 3}, 6)],
    ids=["native", "reference"],
)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_stopping_after_any_batch_changes_nothing(path, optimizer, backend, settings, steps):
    with nativecnn.use_backend(backend):
        whole = network(optimizer)
        history = train(whole, **settings)
        assert whole.compilation.state.iterations == steps
        for batches in range(1, steps + 1):
            stopped = network(optimizer)
            first = train(stopped, callbacks=[StopAfter(batches)], **settings)
            assert stopped.compilation.state.iterations == batches
            again = reloaded(stopped, path)
            second = train(again, resume=True, **settings)
            assert joined(first, second) == joined(history)
            assert outcome(again) == outcome(whole)


@pytest.mark.parametrize(
    "settings",
    [
        {"shuffle": False},
        {"validation_data": (X_VALIDATION, Y_VALIDATION)},
        {"validation_split": 0.3},
        {"batch_size": 1},
        {"batch_size": None},
        {"batch_size": 25},
    ],
    ids=str,
)
def test_stopping_changes_nothing_whatever_the_settings(path, settings):
    whole = network("momentum")
    history = train(whole, **settings)
    for batches in (1, 2, 3, 5):
        stopped = network("momentum")
        first = train(stopped, callbacks=[StopAfter(batches)], **settings)
        again = reloaded(stopped, path)
        second = train(again, resume=True, **settings)
        assert joined(first, second) == joined(history)
        assert outcome(again) == outcome(whole)


def test_stopping_before_the_first_batch_changes_nothing(path):
    class StopAtOnce(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.stop_training = True

    whole, stopped = network(), network()
    history = train(whole)
    first = train(stopped, callbacks=[StopAtOnce()])
    assert stopped.compilation.state.iterations == 0 and first.epoch == []
    again = reloaded(stopped, path)
    assert joined(train(again, resume=True)) == joined(history)
    assert outcome(again) == outcome(whole)


def test_stopping_again_and_again_changes_nothing(path):
    whole, model = network(), network()
    history = train(whole, epochs=3)
    parts = [train(model, epochs=3, callbacks=[StopAfter(2)])]
    for batches in (1, 1, 3, 4):
        model = reloaded(model, path)
        parts.append(train(model, epochs=3, callbacks=[StopAfter(batches)], resume=True))
    assert [len(part.epoch) for part in parts] == [0, 0, 1, 0, 1]
    parts.append(train(reloaded(model, path), epochs=3, resume=True))
    assert joined(*parts) == joined(history)
    model = reloaded(model, path)
    train(model, epochs=3, resume=True)
    assert outcome(model) == outcome(whole)


def test_sums_that_are_not_finite_are_gone_on_with(path):
    def diverging():
        model = network(metrics=["mse"])
        model.compile(SGD(1e38), loss="categorical_crossentropy", metrics=["mse"])
        return model

    whole, stopped = diverging(), diverging()
    history = train(whole)
    assert not np.isfinite(history.history["loss"][-1])
    first = train(stopped, callbacks=[StopAfter(6)])
    again = reloaded(stopped, path)
    assert joined(first, train(again, resume=True)) == joined(history)


def test_a_layer_frozen_between_is_remembered(path):
    """Its velocity rests, and one that begins to train begins with none."""

    def two_parts(between):
        model = network("momentum")
        train(model, epochs=1)
        model.layers[0].trainable, model.layers[4].trainable = False, True
        model = between(model)
        train(model, epochs=2, callbacks=[StopAfter(1)], resume=True)
        model = between(model)
        train(model, epochs=2, resume=True)
        model.layers[0].trainable = True
        model = between(model)
        train(model, epochs=3, resume=True)
        return outcome(model)

    assert two_parts(lambda model: model) == two_parts(lambda model: reloaded(model, path))


# In the same process


@pytest.mark.parametrize("batches", [1, 4, 6])
def test_the_same_model_goes_on(batches):
    whole, stopped = network(), network()
    history = train(whole)
    first = train(stopped, callbacks=[StopAfter(batches)])
    assert stopped.stop_training and not first.interrupted
    nativecnn.set_random_seed(99)
    second = train(stopped, resume=True)
    assert not stopped.stop_training
    assert joined(first, second) == joined(history) and outcome(stopped) == outcome(whole)


@pytest.mark.skipif(os.name != "posix", reason="sends the signal as POSIX does")
def test_goes_on_after_ctrl_c(default_ctrl_c):
    class Press(Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.compilation.state.iterations == 6:
                os.kill(os.getpid(), signal.SIGINT)

    whole, stopped = network(), network()
    history = train(whole)
    first = train(stopped, callbacks=[Press()])
    assert first.interrupted and first.epoch == [0]
    second = train(stopped, resume=True)
    assert joined(first, second) == joined(history) and outcome(stopped) == outcome(whole)


def test_goes_on_after_an_error_between_batches():
    class Fail(Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.compilation.state.iterations == 5:
                raise OSError("disk full")

    whole, stopped = network(), network()
    train(whole)
    with pytest.raises(OSError, match="disk full"):
        train(stopped, callbacks=[Fail()])
    train(stopped, resume=True)
    assert outcome(stopped) == outcome(whole)


def test_a_training_without_resume_begins_another_epoch():
    seen = []

    def note(y_true, y_pred):
        seen.extend(y_true[:, 0].astype(int).tolist())
        return 0

    nativecnn.set_random_seed(7)
    model = nativecnn.Sequential([layers.Dense(1, input_dim=1)])
    model.compile(SGD(0.001, momentum=0.9), loss="mse", metrics=[note])
    numbers = np.arange(20.0)
    data = {"x": numbers[:, None], "y": numbers, "batch_size": 6, "verbose": 0}
    model.fit(**data, callbacks=[StopAfter(2)])
    history = model.fit(**data)
    orders = [Stream(7, "shuffle").permutation(20, step=step).tolist() for step in (0, 1)]
    assert seen == orders[0][:12] + orders[1] and history.epoch == [0]
    assert model.compilation.state.iterations == 2 + 4  # the velocity was kept as well


def test_a_finished_training_goes_on_with_further_epochs(path):
    whole, parts = network(), network()
    history = train(whole, epochs=3)
    first = train(parts, epochs=2)
    again = reloaded(parts, path)
    assert train(again, epochs=2, resume=True).epoch == []
    assert outcome(again) == outcome(parts)
    second = train(again, epochs=3, resume=True)
    assert joined(first, second) == joined(history) and outcome(again) == outcome(whole)


def test_a_training_that_has_not_begun_begins(path):
    whole = network()
    history = train(whole)
    for model in (network(), load_model_of(network(), path)):
        assert joined(train(model, resume=True)) == joined(history)
        assert outcome(model) == outcome(whole)


def load_model_of(model, path):
    model.save(path)
    return load_model(path)


def test_epochs_after_initial_epoch_go_on(path):
    whole, stopped = network(), network()
    history = train(whole, epochs=7, initial_epoch=5)
    first = train(stopped, epochs=7, initial_epoch=5, callbacks=[StopAfter(3)])
    again = reloaded(stopped, path)
    assert joined(first, train(again, epochs=7, resume=True)) == joined(history)
    assert outcome(again) == outcome(whole)


# On another machine


def test_threads_and_instruction_set_may_change(path, threads_for_any_work):
    whole = network("nesterov")
    train(whole)
    names = runtime.supported_instruction_sets()
    for before, after in [(names[0], names[-1]), (names[-1], names[0])]:
        for threads_before, threads_after in [(1, 4), (3, 1)]:
            active = runtime.set_instruction_set(before)
            try:
                with nativecnn.threads(threads_before):
                    stopped = network("nesterov")
                    train(stopped, callbacks=[StopAfter(5)])
                    stopped.save(path)
                runtime.set_instruction_set(after)
                with nativecnn.threads(threads_after):
                    again = load_model(path)
                    train(again, resume=True)
            finally:
                runtime.set_instruction_set(active)
            assert outcome(again) == outcome(whole)


@pytest.mark.parametrize("before, after", [("native", "reference"), ("reference", "native")])
def test_the_backend_may_change(path, before, after):
    whole = network()
    history = train(whole)
    with nativecnn.use_backend(before):
        stopped = network()
        first = train(stopped, callbacks=[StopAfter(6)])
        stopped.save(path)
    with nativecnn.use_backend(after):
        again = load_model(path)
        second = train(again, resume=True)
    assert joined(first, second) == joined(history) and outcome(again) == outcome(whole)


def run(program, *arguments, **environment):
    """Run a program in a process of its own, in which the modules of the tests are found."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": os.path.dirname(os.path.dirname(os.path.abspath(__file__)))} | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


GO_ON = """
    import json, sys, nativecnn
    from support.training import joined, train
    nativecnn.set_random_seed(12345)
    model = nativecnn.load_model(sys.argv[1])
    print(json.dumps([joined(train(model, resume=True)), model.weights_sha256()]))
"""


def test_a_killed_training_goes_on_from_its_checkpoint_in_another_process(path):
    whole = network()
    history = train(whole)
    killed = run(
        """
        import os, sys
        from nativecnn.callbacks import Callback, ModelCheckpoint
        from support.training import network, train

        class Die(Callback):
            def on_train_batch_end(self, batch, logs=None):
                if self.model.compilation.state.iterations == 7:
                    os._exit(9)

        train(network(), callbacks=[ModelCheckpoint(sys.argv[1], save_freq=3), Die()])
        """,
        path,
    )
    assert killed.returncode == 9, killed.stderr
    assert load_model(path).compilation.state.iterations == 6
    continued = run(GO_ON, path, NATIVECNN_NUM_THREADS="3", NATIVECNN_ISA="generic")
    assert continued.returncode == 0, continued.stderr
    (epochs, values), digest = json.loads(continued.stdout)
    expected_epochs, expected = joined(history)
    assert epochs == expected_epochs[1:]
    assert values == {name: numbers[1:] for name, numbers in expected.items()}
    assert digest == whole.weights_sha256()


@pytest.mark.parametrize("save_freq", ["epoch", 1, 3, 5])
def test_any_checkpoint_can_be_gone_on_from(tmp_path, save_freq):
    whole = network("momentum")
    name = "{epoch}.safetensors" if save_freq == "epoch" else "{epoch}-{batch}.safetensors"
    train(whole, callbacks=[ModelCheckpoint(tmp_path / name, save_freq=save_freq)])
    files = sorted(tmp_path.iterdir())
    assert len(files) == (2 if save_freq == "epoch" else 2 * BATCHES // save_freq)
    for file in files:
        again = load_model(file)
        done = again.compilation.state.iterations
        whole_epochs = done // BATCHES if save_freq == "epoch" else (done - 1) // BATCHES
        assert train(again, resume=True).epoch == [0, 1][whole_epochs:]
        assert outcome(again) == outcome(whole)


def test_lenet5_on_mnist_goes_on_with_the_same_bits(path):
    (x, y), _ = nativecnn.datasets.load_mnist(real_data("mnist"))
    x, y = x[:1000, ..., np.newaxis] / np.float32(255), y[:1000]
    settings = {"batch_size": 64, "verbose": 0, "validation_split": 0.1, "epochs": 2}

    def lenet5():
        nativecnn.set_random_seed(0)
        model = NETWORKS["lenet5"].build((28, 28, 1), 10)
        model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    whole = lenet5()
    history = whole.fit(x, y, **settings)
    for batches in (1, 9, 15, 22):
        stopped = lenet5()
        first = stopped.fit(x, y, callbacks=[StopAfter(batches)], **settings)
        again = reloaded(stopped, path)
        second = again.fit(x, y, resume=True, **settings)
        assert joined(first, second) == joined(history) and outcome(again) == outcome(whole)


# What cannot be gone on with


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"x": X[:-1], "y": Y[:-1]}, "samples to train with of before, 50, got 49"),
        ({"validation_split": 0.2}, "samples to train with of before, 50, got 40"),
        ({"batch_size": 8}, "batch_size of before, 16, got 8"),
        ({"shuffle": False}, "shuffle of before, True, got False"),
        ({"initial_epoch": 1}, r"resume or an initial_epoch, got both \(initial_epoch=1\)"),
    ],
    ids=lambda value: None,
)
@pytest.mark.parametrize("batches", [2, 4], ids=["within_an_epoch", "between_epochs"])
def test_other_settings_are_refused_and_change_nothing(path, settings, message, batches):
    model = network()
    train(model, callbacks=[StopAfter(batches)])
    before = outcome(model)
    arguments = {"x": X, "y": Y, "batch_size": 16, "epochs": 2, "verbose": 0, "resume": True}
    for refusing in (model, reloaded(model, path)):
        with pytest.raises(ValueError, match=message):
            refusing.fit(**(arguments | settings))
        assert outcome(refusing) == before
    train(model, resume=True)


def test_other_metrics_are_refused_within_an_epoch(path):
    def own(y_true, y_pred):
        return 0

    model = network(metrics=["accuracy", own])
    train(model, callbacks=[StopAfter(2)])
    with pytest.warns(UserWarning, match="functions"):
        again = reloaded(model, path)
    again.compilation.metrics.parts()[0].append(own)
    with pytest.raises(ValueError, match="metrics of before, accuracy, got accuracy, own"):
        train(again, resume=True)
    again.compilation.metrics.parts()[0].pop()
    train(again, resume=True)
    train(model, resume=True)
    assert again.weights_sha256() == model.weights_sha256()


def unknown_by_an_error(path):
    def fail(y_true, y_pred):
        raise OSError("a metric's own error")

    model = network(metrics=[fail])
    with pytest.raises(OSError, match="own error"):
        train(model)
    return model


def unknown_by_an_error_and_saved(path):
    with pytest.warns(UserWarning, match="functions"):
        return reloaded(unknown_by_an_error(path), path)


def without_optimizer(path):
    model = network()
    train(model, callbacks=[StopAfter(2)])
    model.save(path, include_optimizer=False)
    return load_model(path)


def of_format_1(path):
    without_optimizer(path)
    tensors, metadata = read_safetensors(path)
    description = json.loads(metadata["nativecnn"])
    description["format_version"] = 1
    del description["training"]
    write_safetensors(path, tensors, {"nativecnn": json.dumps(description)})
    return load_model(path)


def compiled_again(path):
    model = network()
    train(model, callbacks=[StopAfter(2)])
    model.compile("adam", loss="categorical_crossentropy")
    return model


def loaded_and_compiled_again(path):
    model = without_optimizer(path)
    model.compile("adam", loss="categorical_crossentropy")
    return model


@pytest.mark.parametrize(
    "make",
    [
        unknown_by_an_error,
        unknown_by_an_error_and_saved,
        without_optimizer,
        of_format_1,
        compiled_again,
        loaded_and_compiled_again,
    ],
    ids=lambda f: f.__name__,
)
def test_a_training_that_stands_nowhere_cannot_be_gone_on_with_but_another_can_begin(path, make):
    model = make(path)
    with pytest.raises(ValueError, match="stopped between two batches"):
        train(model, resume=True)
    model.compilation.metrics.parts()[0].clear()
    assert train(model, callbacks=[StopAfter(2)]).epoch == []
    assert train(model, resume=True).epoch == [0, 1]
