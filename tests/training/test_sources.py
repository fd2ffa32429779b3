"""Data that come in batches: what they train to, how they are checked, what is left behind."""

import os
import signal
import threading
import time

import numpy as np
import pytest

import nativecnn
from nativecnn import Sequential, layers, load_model
from nativecnn.callbacks import Callback
from nativecnn.data import Sequence
from nativecnn.optimizers import SGD
from nativecnn.random import Stream
from support.training import BATCH_SIZE, BATCHES, X_VALIDATION, Y_VALIDATION, StopAfter, X, Y, joined, network, outcome


class Slices(Sequence):
    """Batches of arrays."""

    def __init__(self, *arrays, batch_size=BATCH_SIZE, **settings):
        super().__init__(**settings)
        self.arrays, self.batch_size, self.ends = arrays, batch_size, 0

    def __len__(self):
        return -(-len(self.arrays[0]) // self.batch_size)

    def __getitem__(self, index):
        part = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return tuple(array[part] for array in self.arrays)

    def on_epoch_end(self):
        self.ends += 1


def batches(*arrays, times=1):
    """Yield the batches of arrays so many times."""
    for _ in range(times):
        sequence = Slices(*arrays)
        yield from (sequence[index] for index in range(len(sequence)))


class Again:
    """Something that can be iterated over again."""

    def __iter__(self):
        return batches(X, Y)


def fitted(x, y=None, epochs=2, model=None, **settings):
    model = network() if model is None else model
    history = model.fit(x, y, epochs=epochs, **({"verbose": 0, "batch_size": BATCH_SIZE} | settings))
    return joined(history), outcome(model)["weights"]


# The same bits as from arrays


@pytest.mark.parametrize(
    "make, settings",
    [
        (lambda: Slices(X, Y), {}),
        (lambda: Slices((X * 1).tolist() and X.astype(np.float64), Y.astype(np.int8)), {}),
        (lambda: batches(X, Y, times=2), {"steps_per_epoch": BATCHES}),
        (Again, {}),
        (lambda: iter([list(batch) for batch in batches(X, Y, times=9)]), {"steps_per_epoch": BATCHES}),
    ],
    ids=["Sequence", "other types", "generator", "iterable", "lists"],
)
def test_batches_train_to_the_same_bits_as_arrays(make, settings):
    assert fitted(make(), shuffle=False, **settings) == fitted(X, Y, shuffle=False)


def test_epochs_of_an_iterator_may_differ_in_length_from_its_data():
    twice = np.concatenate([X[:48], X[:48]]), np.concatenate([Y[:48], Y[:48]])
    history = network().fit(batches(*twice), epochs=3, steps_per_epoch=2, verbose=0)
    assert history.epoch == [0, 1, 2]
    model = network()
    assert model.fit(batches(X, Y), epochs=1, verbose=0).epoch == [0]
    assert model.compilation.state.iterations == BATCHES


def test_the_order_of_a_sequences_batches_is_the_contracts():
    seen = []

    def note(y_true, y_pred):
        seen.append(int(y_true[0, 0]))
        return 0

    nativecnn.set_random_seed(7)
    model = Sequential([layers.Dense(1, input_dim=1)])
    model.compile(SGD(0.0), loss="mse", metrics=[note])
    numbers = np.arange(9.0)
    sequence = Slices(numbers[:, None], numbers, batch_size=1)
    model.fit(sequence, epochs=2, verbose=0)
    model.fit(sequence, verbose=0, steps_per_epoch=4)
    orders = [Stream(7, "shuffle").permutation(9, step=step).tolist() for step in range(3)]
    assert seen == orders[0] + orders[1] + orders[2][:4]
    assert sequence.ends == 3
    seen.clear()
    model.fit(sequence, shuffle=False, verbose=0)
    assert seen == list(range(9))


def test_the_order_of_arrays_is_cut_after_steps_per_epoch():
    model, history = network(), []
    for order in range(2):
        model.fit(X, Y, batch_size=16, steps_per_epoch=2, verbose=0)
        history.append(Stream(3, "shuffle").permutation(50, step=order)[:32])
    expected = network()
    for order in history:
        for first in (0, 16):
            chosen = order[first : first + 16]
            expected.train_on_batch(X[chosen], Y[chosen])
    assert outcome(model)["weights"] == outcome(expected)["weights"]


@pytest.mark.parametrize(
    "make", [lambda: Slices(X, Y), lambda: batches(X, Y), Again], ids=["Sequence", "generator", "iterable"]
)
def test_a_model_is_built_for_the_first_batch(make):
    model = Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
    model.compile(loss="categorical_crossentropy")
    model.fit(make(), verbose=0)
    assert model.input_shape == (6, 6, 1) and model.compilation.state.iterations == BATCHES


def test_batches_of_any_sizes_train_and_later_ones_may_be_larger():
    sizes = [1, 5, 2, 7, 30, 3, 2]
    ends = np.cumsum(sizes)
    parts = [(X[end - size : end], Y[end - size : end]) for size, end in zip(sizes, ends, strict=True)]
    fit, stepped = network(), network()
    fit.fit(iter(parts), verbose=0)
    for part in parts:
        stepped.train_on_batch(*part)
    assert outcome(fit)["weights"] == outcome(stepped)["weights"]
    assert fit.evaluate(iter(parts)) == fit.evaluate(X, Y)
    assert np.array_equal(fit.predict(part[0] for part in parts), fit.predict(X))


# Validation, evaluation, prediction


def test_validation_data_may_come_in_batches():
    expected = fitted(X, Y, validation_data=(X_VALIDATION, Y_VALIDATION))
    assert fitted(X, Y, validation_data=Slices(X_VALIDATION, Y_VALIDATION, batch_size=2)) == expected
    generator = batches(X_VALIDATION, Y_VALIDATION, times=2)
    assert fitted(X, Y, validation_data=generator, validation_steps=1) == expected
    assert fitted(X, Y, validation_data=(X_VALIDATION, Y_VALIDATION), validation_batch_size=4) == expected


def test_validation_steps_and_freq():
    history = network().fit(
        X,
        Y,
        epochs=5,
        verbose=0,
        validation_data=(X, Y),
        validation_steps=2,
        validation_batch_size=8,
        validation_freq=2,
    )
    assert len(history.history["val_loss"]) == 2 and len(history.history["loss"]) == 5
    model = network()
    whole = model.fit(X, Y, epochs=2, verbose=0, validation_data=(X[:16], Y[:16]), validation_freq=[2])
    assert whole.history["val_loss"] == [model.evaluate(X[:16], Y[:16])[0]]


def test_evaluate_takes_the_first_steps():
    model = network()
    assert model.evaluate(X, Y, batch_size=8, steps=2) == model.evaluate(X[:16], Y[:16])
    assert model.evaluate(Slices(X, Y), steps=1) == model.evaluate(X[:16], Y[:16])


def test_predict_takes_batches_with_and_without_targets():
    model = network()
    expected = model.predict(X)
    assert np.array_equal(model.predict(Slices(X)), expected)
    assert np.array_equal(model.predict(Slices(X, Y)), expected)
    assert np.array_equal(model.predict(X[first : first + 16] for first in range(0, 50, 16)), expected)
    assert np.array_equal(model.predict(X, batch_size=8, steps=2), expected[:16])
    assert np.array_equal(model.predict_on_batch(X[:3]), expected[:3])


def test_a_dict_or_list_of_one_array_is_that_input():
    model = network()
    name = model.graph.inputs[0].name
    expected = model.predict(X)
    for x in ({name: X}, [X], (X,)):
        assert np.array_equal(model.predict(x), expected)
    assert model.evaluate({name: X}, {model.graph.outputs[0].name: Y}) == model.evaluate(X, Y)
    with pytest.raises(ValueError, match="x: expected by name the inputs .*, got other"):
        model.predict({"other": X})


# Stops


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("settings", [{}, {"steps_per_epoch": 3}, {"shuffle": False}], ids=str)
def test_stopping_within_a_sequence_changes_nothing(tmp_path, settings, workers):
    whole = network("momentum")
    history = whole.fit(Slices(X, Y), epochs=2, verbose=0, **settings)
    for stop in (1, 3, 5):
        stopped = network("momentum")
        sequence = Slices(X, Y, workers=workers)
        first = stopped.fit(sequence, epochs=2, verbose=0, callbacks=[StopAfter(stop)], **settings)
        stopped.save(tmp_path / "model")
        nativecnn.set_random_seed(99)
        again = load_model(tmp_path / "model")
        second = again.fit(sequence, epochs=2, verbose=0, resume=True, **settings)
        assert joined(first, second) == joined(history)
        assert outcome(again) == outcome(whole)


def test_a_generator_cannot_be_gone_on_with(tmp_path):
    model = network()
    model.fit(batches(X, Y), verbose=0, callbacks=[StopAfter(2)])
    with pytest.raises(ValueError, match="got a generator"):
        model.fit(batches(X, Y), verbose=0, resume=True)
    with pytest.raises(ValueError, match="a training that had one"):
        model.fit(X, Y, verbose=0, resume=True)
    model.save(tmp_path / "model")
    with pytest.raises(ValueError, match="holds no state"):
        load_model(tmp_path / "model").fit(X, Y, verbose=0, resume=True)


def test_no_batch_of_a_generator_is_lost_at_a_stop():
    generator = batches(X, Y, times=2)
    network().fit(generator, verbose=0, callbacks=[StopAfter(2)], steps_per_epoch=4)
    assert len(list(generator)) == 2 * BATCHES - 2


def test_another_number_of_batches_cannot_be_gone_on_with():
    model = network()
    model.fit(Slices(X, Y), verbose=0, callbacks=[StopAfter(2)])
    with pytest.raises(ValueError, match="number of batches in an epoch of before, 4, got 7"):
        model.fit(Slices(X, Y, batch_size=8), verbose=0, resume=True)
    with pytest.raises(ValueError, match="samples to train with of before, None, got 50"):
        model.fit(X, Y, verbose=0, resume=True)


# Errors


def fails_at(number, error):
    class Fails(Slices):
        def __getitem__(self, index):
            if index == number:
                raise error
            return super().__getitem__(index)

    return Fails


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_an_error_of_a_sequence_is_raised_with_its_traceback(workers):
    sequence = fails_at(2, LookupError("no such file"))(X, Y, workers=workers)
    with pytest.raises(LookupError, match="no such file") as caught:
        network().fit(sequence, verbose=0, shuffle=False)
    assert caught.traceback[-1].name == "__getitem__"
    assert not waiting_threads()


@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({"x": iter([])}, ValueError, "x: expected at least one batch, got none"),
        ({"x": Slices(X[:0], Y[:0])}, ValueError, "at least one batch, got a Slices of length 0"),
        ({"x": Slices(X)}, TypeError, r"batch 0's parts: expected \(x, y\) or \(x, y, sample_weight\), got 1"),
        ({"x": (X for _ in range(3))}, TypeError, "batch 0's parts: .* got ndarray"),
        ({"x": Slices(X, Y[:20])}, ValueError, r"batch 1's y: expected one target for each of 16 samples"),
        ({"x": Slices(X, np.where(np.arange(50) == 40, np.nan, Y.T).T)}, ValueError, "batch 2's y: expected values"),
        ({"x": Slices(X[:, :5], Y)}, ValueError, "expected batch 0's x of shape"),
        ({"x": Slices(X.astype(str), Y)}, TypeError, "batch 0's x: expected an array of real numbers"),
        ({"x": iter([(X, Y), (X[:0], Y[:0])])}, ValueError, "batch 1's x: expected at least one sample"),
        ({"x": batches(X, Y), "epochs": 2}, ValueError, "steps_per_epoch for a generator"),
        ({"x": batches(X, Y), "steps_per_epoch": 5}, ValueError, r"expected 5 batches \(steps_per_epoch\), got 4"),
        ({"x": batches(X, Y), "steps_per_epoch": 0}, ValueError, "steps_per_epoch: expected an integer of at least 1"),
        ({"x": Slices(X, Y), "steps_per_epoch": 5}, ValueError, "steps_per_epoch: expected at most 4"),
        ({"x": X, "y": Y, "steps_per_epoch": 5, "batch_size": 16}, ValueError, "steps_per_epoch: expected at most 4"),
        ({"x": Slices(X, Y), "y": Y}, ValueError, "y: expected none beside an x that gives batches"),
        ({"x": Slices(X, Y), "sample_weight": Y}, ValueError, "sample_weight: expected none beside"),
        ({"x": Slices(X, Y), "validation_split": 0.5}, ValueError, "validation_split: expected arrays"),
        ({"x": X, "y": Y, "validation_data": iter([]), "epochs": 1}, ValueError, "validation x: expected at least one"),
        ({"x": X, "y": Y, "validation_data": iter([]), "epochs": 2}, ValueError, "expected validation_steps"),
        ({"x": X, "y": Y, "validation_data": Slices(X, Y[:5])}, ValueError, "validation batch 0's y"),
        ({"x": X, "y": Y, "validation_data": (X, Y), "validation_steps": 3}, ValueError, "validation_steps.*at most 2"),
        ({"x": X, "y": Y, "validation_freq": 0}, ValueError, "validation_freq"),
        ({"x": X, "y": Y, "validation_freq": "2"}, TypeError, "validation_freq"),
    ],
    ids=lambda value: None,
)
def test_wrong_batches_are_refused_with_their_numbers(settings, error, message):
    with pytest.raises(error, match=message):
        network().fit(**({"verbose": 0, "shuffle": False} | settings))


def test_wrong_batches_made_by_threads_are_refused_with_their_numbers():
    with pytest.raises(ValueError, match="batch 1's y: expected one target for each of 16 samples"):
        network().fit(Slices(X, Y[:20], workers=2), verbose=0, shuffle=False)


@pytest.mark.parametrize("settings", [{"workers": -1}, {"workers": 1.5}, {"max_queue_size": 0}], ids=str)
def test_wrong_settings_of_a_sequence_are_refused(settings):
    with pytest.raises((TypeError, ValueError), match=next(iter(settings))):
        Slices(X, Y, **settings)


def test_a_sequence_gives_what_it_has_to():
    class Nothing(Sequence):
        pass

    with pytest.raises(NotImplementedError, match="Nothing: expected a method __len__"):
        network().fit(Nothing(), verbose=0)


# Threads


def waiting_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("nativecnn-batches")]


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("queue", [1, 3])
def test_bits_do_not_depend_on_workers(workers, queue):
    class Uneven(Slices):
        def __getitem__(self, index):
            time.sleep(0.002 * ((index * 7) % 3))
            return super().__getitem__(index)

    expected = fitted(Slices(X, Y, batch_size=5))
    assert fitted(Uneven(X, Y, batch_size=5, workers=workers, max_queue_size=queue)) == expected
    assert not waiting_threads()


def test_batches_are_made_ahead_by_threads_and_not_too_many():
    made, ahead = [], []

    class Noted(Slices):
        def __getitem__(self, index):
            made.append(threading.current_thread())
            return super().__getitem__(index)

    class Count(Callback):
        def on_train_batch_end(self, batch, logs=None):
            ahead.append(len(made) - batch - 1)

    sequence = Noted(X, Y, batch_size=2, workers=2, max_queue_size=3)
    network().fit(sequence, verbose=0, callbacks=[Count()])
    assert len(made) == 25 and threading.main_thread() not in made
    assert max(ahead) <= 3


def test_threads_have_the_context_of_the_training():
    seen = set()

    class Noted(Slices):
        def __getitem__(self, index):
            seen.add((nativecnn.backend_name(), nativecnn.get_num_threads()))
            return super().__getitem__(index)

    with nativecnn.use_backend("reference"), nativecnn.threads(3):
        network().fit(Noted(X, Y, workers=2), verbose=0)
    assert seen == {("reference", 3)}


@pytest.mark.parametrize("stop", [1, 3])
def test_an_early_end_leaves_no_thread_behind(stop):
    network().fit(Slices(X, Y, batch_size=4, workers=3), verbose=0, callbacks=[StopAfter(stop)])
    assert not waiting_threads()


@pytest.mark.skipif(os.name != "posix", reason="sends the signal as POSIX does")
def test_a_second_ctrl_c_leaves_no_thread_behind(default_ctrl_c):
    class Press(Callback):
        def on_train_batch_end(self, batch, logs=None):
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        network().fit(Slices(X, Y, batch_size=4, workers=3), verbose=0, callbacks=[Press()])
    assert not waiting_threads()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_forked_within_a_training_goes_on_with_threads_of_its_own(tmp_path):
    class Fork(Callback):
        child = None

        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                self.child = os.fork()
                if self.child == 0:
                    signal.alarm(60)  # a child that waited for threads that it does not have would wait for ever

    fork, model = Fork(), network()
    try:
        history = model.fit(Slices(X, Y, batch_size=4, workers=2, max_queue_size=4), verbose=0, callbacks=[fork])
        result = repr((joined(history), model.weights_sha256()))
        if fork.child == 0:
            (tmp_path / "result").write_text(result)
    finally:
        if fork.child == 0:
            os._exit(0)
    assert os.waitpid(fork.child, 0)[1] == 0
    assert (tmp_path / "result").read_text() == result
