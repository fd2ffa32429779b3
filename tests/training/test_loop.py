"""Training: what fit does, in which order, what it allocates, how it stops."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import tracemalloc

import numpy as np
import pytest

import nativecnn
from nativecnn import Sequential, layers
from nativecnn.optimizers import SGD
from nativecnn.random import Stream

X = Stream(5, "x").uniform((50, 6, 6, 1))
Y = (X.mean(axis=(1, 2, 3)) > np.median(X.mean(axis=(1, 2, 3)))).astype(int)


def convnet(optimizer="sgd", metrics=("accuracy",), loss="sparse_categorical_crossentropy"):
    nativecnn.set_random_seed(0)
    model = Sequential(
        [
            layers.Conv2D(3, 3, activation="relu", input_shape=(6, 6, 1)),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(optimizer, loss=loss, metrics=list(metrics))
    return model


# What it computes


def test_a_task_is_learned():
    model = convnet(SGD(0.1, momentum=0.9))
    history = model.fit(X, Y, epochs=60, batch_size=10, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert model.evaluate(X, Y)[1] > 0.9


def test_the_same_program_gives_the_same_weights():
    results = set()
    for _ in range(2):
        model = convnet("adam")
        model.fit(X, Y, epochs=2, batch_size=7, verbose=0)
        results.add(model.weights_sha256())
    assert len(results) == 1


@pytest.mark.parametrize(
    "optimizer", [SGD(0.1), SGD(0.1, momentum=0.9, nesterov=True), "adam"], ids=["sgd", "nesterov", "adam"]
)
def test_both_backends_end_with_the_same_weights(optimizer):
    results, histories = [], []
    for backend in ("native", "reference"):
        with nativecnn.use_backend(backend):
            model = convnet(optimizer)
            histories.append(model.fit(X, Y, epochs=2, batch_size=16, verbose=0).history)
            results.append(model.weights_sha256())
    assert results[0] == results[1] and histories[0] == histories[1]


def test_epochs_in_one_call_or_several_are_the_same():
    whole = convnet("adam")
    whole.fit(X, Y, epochs=5, batch_size=8, verbose=0)
    parts = convnet("adam")
    parts.fit(X, Y, epochs=2, batch_size=8, verbose=0)
    parts.fit(X, Y, epochs=5, initial_epoch=2, batch_size=8, verbose=0)
    again = convnet("adam")
    for _ in range(5):
        again.fit(X, Y, batch_size=8, verbose=0)
    assert whole.weights_sha256() == parts.weights_sha256() == again.weights_sha256()


def test_fit_makes_the_steps_of_train_on_batch():
    fitted, stepped = convnet("adam"), convnet("adam")
    history = fitted.fit(X, Y, batch_size=20, shuffle=False, verbose=0).history
    losses = [stepped.train_on_batch(X[n : n + 20], Y[n : n + 20])[0] * len(X[n : n + 20]) for n in (0, 20, 40)]
    assert fitted.weights_sha256() == stepped.weights_sha256()
    assert history["loss"] == [pytest.approx(sum(losses) / 50, rel=1e-12)]


def test_shuffling_takes_every_sample_once_in_an_order_of_each_epochs_own():
    seen = []

    def note(y_true, y_pred):
        seen.extend(y_true[:, 0].tolist())
        return 0

    model = Sequential([layers.Dense(1, input_dim=1)])
    model.compile(SGD(0), loss="mse", metrics=[note])
    numbers = np.arange(20.0)
    model.fit(numbers[:, None], numbers, batch_size=6, epochs=2, verbose=0)
    first, second = seen[:20], seen[20:]
    assert sorted(first) == sorted(second) == numbers.tolist()
    assert first != second and first != numbers.tolist()
    seen.clear()
    model.fit(numbers[:, None], numbers, batch_size=6, shuffle=False, verbose=0)
    assert seen == numbers.tolist()


def test_labels_may_lie_in_memory_in_any_way():
    labels, results = np.arange(50) % 2, []
    wide = np.zeros((50, 3), np.int64)
    wide[:, 1] = labels
    for y in (labels, wide[:, 1], labels[::-1].copy()[::-1]):
        model = convnet("adam")
        model.compile("adam", loss="sparse_categorical_crossentropy")
        model.fit(X, y, batch_size=8, verbose=0)
        results.append(model.weights_sha256())
    assert results[0] == results[1] == results[2]


def test_samples_and_targets_stay_together_when_shuffled():
    model = Sequential([layers.Activation("linear", input_shape=(1,))])
    model.compile(loss="mse")
    numbers = np.arange(20.0)
    assert model.fit(numbers[:, None], numbers, batch_size=3, verbose=0).history["loss"] == [0]


# History and validation


def test_history_holds_every_epoch():
    history = convnet().fit(X, Y, epochs=3, verbose=0, validation_split=0.2)
    assert history.epoch == [0, 1, 2] and not history.interrupted
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert all(len(values) == 3 for values in history.history.values())


def test_validation_split_takes_the_last_samples_and_does_not_train_with_them():
    split, explicit = convnet(), convnet()
    one = split.fit(X, Y, epochs=2, validation_split=0.3, verbose=0)
    two = explicit.fit(X[:35], Y[:35], epochs=2, validation_data=(X[35:], Y[35:]), verbose=0)
    assert one.history == two.history
    assert split.weights_sha256() == explicit.weights_sha256()
    assert one.history["val_loss"][-1] == split.evaluate(X[35:], Y[35:])[0]


def test_initial_epoch_counts_from_there():
    history = convnet().fit(X, Y, epochs=5, initial_epoch=3, verbose=0)
    assert history.epoch == [3, 4]
    assert convnet().fit(X, Y, epochs=2, initial_epoch=2, verbose=0).epoch == []


def test_progress_is_a_line_for_each_epoch(capsys):
    convnet().fit(X, Y, epochs=2, verbose=2, validation_split=0.2)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[1].startswith("Epoch 2/2")
    assert all(word in lines[0] for word in ("images/s", "loss", "accuracy", "val_loss", "val_accuracy"))
    convnet().fit(X, Y, verbose=0)
    assert capsys.readouterr().out == ""


def test_results_of_evaluate_have_the_forms_of_keras():
    model = convnet()
    loss, accuracy = model.evaluate(X, Y)
    assert model.evaluate(X, Y, return_dict=True) == {"loss": loss, "accuracy": accuracy}
    assert model.test_on_batch(X, Y) == [loss, accuracy]
    bare = convnet(metrics=())
    assert isinstance(bare.evaluate(X, Y), float) and isinstance(bare.train_on_batch(X, Y), float)


# Data


def test_a_memory_map_of_bytes_is_read_batch_by_batch(tmp_path):
    images = (X * 255).astype(np.uint8)
    path = tmp_path / "images.npy"
    np.save(path, images)
    mapped, plain = convnet(), convnet()
    mapped.fit(np.load(path, mmap_mode="r"), Y, epochs=2, batch_size=8, verbose=0)
    plain.fit(images.astype(np.float32), Y, epochs=2, batch_size=8, verbose=0)
    assert mapped.weights_sha256() == plain.weights_sha256()


def test_data_of_any_memory_order_train_alike():
    plain, strided = convnet(), convnet()
    x = np.empty((100, 6, 6, 2), np.float32)[::2, :, :, :1]
    x[...] = X
    plain.fit(X, Y, batch_size=8, verbose=0)
    strided.fit(x, Y.astype(np.int8)[::-1][::-1], batch_size=8, verbose=0)
    assert plain.weights_sha256() == strided.weights_sha256()


@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({"x": X[:0], "y": Y[:0]}, ValueError, "at least one sample"),
        ({"y": Y[:-1]}, ValueError, r"one target for each of 50 samples, got shape \(49,\)"),
        ({"y": Y + 1}, ValueError, "labels from 0 to 1, got 2"),
        ({"x": None}, TypeError, "x: expected an array, got None"),
        ({"x": X[..., 0]}, ValueError, "'conv2d'.*newaxis"),
        ({"epochs": -1}, ValueError, "epochs"),
        ({"epochs": 1.5}, TypeError, "epochs"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"batch_size": "whole"}, TypeError, '"all"'),
        ({"validation_split": 1.0}, ValueError, "validation_split"),
        ({"x": X[:1], "y": Y[:1], "validation_split": 0.5}, ValueError, "leave samples"),
        ({"validation_split": 0.1, "validation_data": (X, Y)}, ValueError, "got both"),
        ({"validation_data": (X[:, :5], Y)}, ValueError, "validation x"),
        ({"validation_data": (X, Y + 1)}, ValueError, "validation y.*got 2"),
        ({"validation_data": X}, TypeError, r"pair \(x, y\)"),
        ({"verbose": 7}, ValueError, "verbose"),
    ],
    ids=lambda value: None,
)
def test_wrong_arguments_are_refused_before_training(settings, error, message):
    model = convnet()
    before = model.weights_sha256()
    with pytest.raises(error, match=message):
        model.fit(**({"x": X, "y": Y, "verbose": 0} | settings))
    assert model.weights_sha256() == before


def test_a_model_must_be_compiled_with_a_loss():
    model = Sequential([layers.Dense(2, input_dim=3)])
    for attempt in (model.fit, model.evaluate, model.train_on_batch):
        with pytest.raises(RuntimeError, match="expected compile.*got no compilation"):
            attempt(np.zeros((2, 3)), np.zeros((2, 2)))
    model.compile("sgd")
    with pytest.raises(RuntimeError, match="without a loss"):
        model.fit(np.zeros((2, 3)), np.zeros((2, 2)))


def test_outputs_that_the_loss_does_not_take_are_refused_when_known():
    model = Sequential([layers.Flatten(), layers.Dense(1)])
    model.compile(loss="categorical_crossentropy")
    with pytest.raises(ValueError, match="two or more"):
        model.fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match="two or more"):
        Sequential([layers.Dense(1, input_dim=2)]).compile(loss="categorical_crossentropy")


# Frozen layers


def test_frozen_layers_keep_their_weights_bit_for_bit():
    model = convnet("adam")
    model.layers[0].trainable = False
    before = model.get_weights()
    model.fit(X, Y, epochs=2, verbose=0)
    after = model.get_weights()
    assert [np.array_equal(a, b) for a, b in zip(before, after, strict=True)] == [True, True, False, False]
    model.layers[0].trainable = True
    model.fit(X, Y, verbose=0)
    assert not np.array_equal(before[0], model.get_weights()[0])


def test_a_model_without_weights_trains_without_effect():
    model = Sequential([layers.Flatten(), layers.Softmax()])
    model.compile(loss="categorical_crossentropy")
    assert np.isfinite(model.fit(X, np.eye(36)[np.arange(50) % 36], verbose=0).history["loss"]).all()


# Memory


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.float64])
@pytest.mark.parametrize("metrics", [(), ("accuracy", "sparse_categorical_accuracy")])
def test_after_the_first_batches_training_allocates_nothing_of_the_size_of_an_activation(dtype, metrics):
    nativecnn.set_random_seed(0)
    model = Sequential(
        [
            layers.Conv2D(16, 3, padding="same", activation="relu", input_shape=(32, 32, 4)),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    allocated = []

    def measure(y_true, y_pred):
        allocated.append(tracemalloc.get_traced_memory())
        tracemalloc.reset_peak()
        return 0

    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=[*metrics, measure])
    x, y = (Stream(0, "x").uniform((40, 32, 32, 4)) * 255).astype(dtype), np.arange(40) % 10
    tracemalloc.start()
    try:
        model.fit(x, y, batch_size=8, epochs=3, verbose=0)
    finally:
        tracemalloc.stop()
    # A batch of activations has half a megabyte; between epochs a new order is drawn.
    steady = [peak - before for (before, _), (_, peak) in zip(allocated[5:], allocated[6:], strict=False)]
    assert len(steady) == 9 and max(steady) < 8192, steady


def test_a_partial_last_batch_uses_the_same_memory():
    model = convnet()
    model.fit(X, Y, batch_size=16, epochs=2, verbose=0)
    with model._lend_plan("train", 16) as plan:
        assert plan.batch_size == 16 and sorted(plan._prepared) == [2, 16]


# Stopping


def interrupting(times, at=2):
    """Return a metric that presses Ctrl-C in its ``at``-th batch."""
    batches = []

    def press(y_true, y_pred):
        batches.append(1)
        if len(batches) == at:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)
                for _ in range(1000):  # the handler runs between instructions
                    pass
        return 0

    return press


def test_ctrl_c_stops_after_the_batch_and_keeps_what_was_done(default_ctrl_c):
    model = convnet(metrics=[interrupting(1, at=7)])
    history = model.fit(X, Y, batch_size=10, epochs=50, verbose=0)
    assert history.interrupted and history.epoch == [0] and len(history.history["loss"]) == 1
    assert model.compilation.state.iterations == 7
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not model.fit(X, Y, verbose=0).interrupted


def test_a_second_ctrl_c_interrupts_at_once(default_ctrl_c):
    model = convnet(metrics=[interrupting(2)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=10, epochs=50, verbose=0)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    model.compile(loss="sparse_categorical_crossentropy")
    model.fit(X, Y, verbose=0)


def test_the_handler_is_restored_after_an_error(default_ctrl_c):
    def fail(y_true, y_pred):
        raise OSError("a metric's own error")

    with pytest.raises(OSError, match="own error"):
        convnet(metrics=[fail]).fit(X, Y, verbose=0)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_applications_own_handler_stays_in_charge():
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(1))
    try:
        history = convnet(metrics=[interrupting(1)]).fit(X, Y, batch_size=10, verbose=0)
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed == [1] and not history.interrupted and history.epoch == [0]


def test_training_works_in_another_thread():
    results = []
    thread = threading.Thread(target=lambda: results.append(convnet().fit(X, Y, verbose=0).epoch))
    thread.start()
    thread.join()
    assert results == [[0]]


def test_a_model_is_trained_by_one_at_a_time():
    model = convnet(metrics=())

    def again(y_true, y_pred):
        with pytest.raises(RuntimeError, match="being trained already"):
            model.train_on_batch(X, Y)
        return model.predict(X).sum()  # predicting is allowed

    model.compile(loss="sparse_categorical_crossentropy", metrics=[again])
    model.fit(X, Y, verbose=0)


def test_two_runs_of_a_program_give_the_same_weights():
    program = textwrap.dedent(
        """
        import nativecnn
        from nativecnn.layers import Conv2D, Dense, Flatten
        from nativecnn.random import Stream
        model = nativecnn.Sequential([Conv2D(4, 3, activation="relu"), Flatten(), Dense(3, activation="softmax")])
        model.compile("adam", loss="sparse_categorical_crossentropy")
        model.fit(Stream(1).uniform((30, 7, 7, 1)), [0, 1, 2] * 10, epochs=2, batch_size=8, verbose=0)
        print(model.weights_sha256())
        """
    )
    outputs = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(outputs) == 1 and len(outputs.pop().strip()) == 64


@pytest.mark.parametrize(
    "labels", [Y[::-1], np.repeat(Y, 2)[::2], Y.astype(">i4")[::-1]], ids=["reversed", "strided", "of other bytes"]
)
def test_labels_may_lie_anywhere_in_memory(labels):
    expected, model = convnet(), convnet()
    expected.fit(X, labels.astype(np.int64), verbose=0)
    model.fit(X, labels, verbose=0)
    assert model.weights_sha256() == expected.weights_sha256()
