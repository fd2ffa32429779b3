"""A program for test_failing_allocations.py: does one thing again and again, and another allocation fails each time.

    python allocation_scenarios.py SCENARIO;SCENARIO;… MOST FOLDER

Failures are spread evenly over the allocations that the thing makes, MOST of them, or all where MOST is 0. It may only
raise MemoryError, or give the usual result, as Python does without some of its memory. Afterwards every weight is as it
was before or as it would have been; where all are as before, the same call gives the usual result.
"""

import ctypes
import gc
import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for support

import numpy as np

import nativecnn
from nativecnn import Sequential, layers, optimizers
from nativecnn.random import Stream
from support.operations import OPERATIONS

X, Y = Stream(0, "x").uniform((7, 10, 9, 3)), np.array([0, 1, 2, 3, 0, 1, 2])
FOLDER, NAME = sys.argv[3], "model.safetensors"
FILE = os.path.join(FOLDER, NAME)


class Scenario(NamedTuple):
    """What is done, to what, and how to tell that this is still in order."""

    begin: Callable[[], object]
    call: Callable[[object], object]
    """Returns what can be compared."""
    weights: Callable[[object], list[bytes]] = lambda subject: []
    steps: Callable[[object], int] = lambda subject: 0
    """Number of training steps that count."""
    check: Callable[[object], object] = lambda subject: None


# Models


def new_layers(**first):
    return [
        layers.Conv2D(5, 3, activation="relu", padding="same", **first),
        layers.MaxPooling2D(2),
        layers.Conv2D(9, 3, algorithm="winograd"),
        layers.AveragePooling2D(2),
        layers.Flatten(),
        layers.Dense(8, activation="tanh"),
        layers.Dense(4, activation="softmax"),
    ]


def new_model(optimizer=None):
    nativecnn.set_random_seed(0)
    model = Sequential(new_layers(input_shape=(10, 9, 3)))
    model.compile(optimizer or optimizers.SGD(), "sparse_categorical_crossentropy", ["accuracy"])
    return model


def used_model(optimizer=None):
    """A model that has plans, packed weights and what its optimizer remembers."""
    model = new_model(optimizer)
    model.train_on_batch(X, Y)
    model.evaluate(X, Y)
    model.predict(X)
    return model


def model_without_shape():
    nativecnn.set_random_seed(0)
    return Sequential(new_layers())


def saved_model():
    model = used_model()
    model.save(FILE)
    return model


def unsaved_model():
    Path(FILE).unlink(missing_ok=True)
    return used_model()


def weights(model):
    return [weight.tobytes() for weight in model.weights.values()] if model.built else []


def steps(model):
    return 0 if model.compilation is None else model.compilation.state.iterations


def check_model(model):
    """Hold all that is prepared and packed to the weights as they are."""
    predictions = model.predict(X)
    with nativecnn.use_backend("reference"):
        assert predictions.tobytes() == model.predict(X).tobytes(), "predictions are not those of the weights"
    assert not any(layer.weights.changes for layer in model.layers), "a change of weights that never ends"


def check_file(model):
    """Hold the file to be whole or absent, alone in its folder."""
    left = os.listdir(FOLDER)
    assert left in ([], [NAME]), f"files {left}"
    if left:
        assert weights(nativecnn.load_model(FILE)) == weights(model), "not the model's weights in the file"
    check_model(model)


# What is done to them


def build(model):
    model.build((10, 9, 3))
    return weights(model)


def add(model):
    model.add(layers.Dense(3))
    return model.get_config(), weights(model)


def compile_again(model):
    model.compile("adam", "categorical_crossentropy")
    return model.compilation.get_config(), model.compilation.state.iterations


def fit(model):
    # Without an order, as every epoch that was begun has one of its own.
    history = model.fit(X, Y, batch_size=7, verbose=0, shuffle=False, validation_data=(X[:3], Y[:3])).history
    return history, weights(model)


def train_on_batch(model):
    return model.train_on_batch(X, Y), weights(model)


def save(model):
    model.save(FILE)
    return None


def load(_):
    return weights(nativecnn.load_model(FILE))


def load_weights(model):
    model.load_weights(FILE)
    return weights(model)


def of_model(begin, call, check=check_model):
    return Scenario(begin, call, weights, steps, check)


OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: optimizers.Adam(0.1),
    "rmsprop": lambda: optimizers.RMSprop(0.1, momentum=0.9, centered=True, weight_decay=0.1, clipnorm=0.1),
    "nadam": lambda: optimizers.Nadam(0.1, global_clipnorm=0.1),
}
SCENARIOS = {
    "construction": Scenario(lambda: None, lambda _: weights(new_model())),
    "build": of_model(model_without_shape, build),
    "add": of_model(new_model, add),
    "compile": Scenario(used_model, compile_again, weights, check=check_model),
    "predict_first": of_model(new_model, lambda model: model.predict(X).tobytes()),
    "predict": of_model(used_model, lambda model: model.predict(X, batch_size=3).tobytes()),
    "evaluate_first": of_model(new_model, lambda model: model.evaluate(X, Y)),
    "evaluate": of_model(used_model, lambda model: model.evaluate(X, Y, batch_size=3)),
    "save": of_model(unsaved_model, save, check_file),
    "save_over": of_model(saved_model, save, check_file),
    "load": of_model(saved_model, load, check_file),
    "load_weights": of_model(saved_model, load_weights, check_file),
}
for name, optimizer in OPTIMIZERS.items():
    SCENARIOS[f"fit_{name}"] = of_model(lambda make=optimizer: new_model(make()), fit)
    SCENARIOS[f"train_on_batch_{name}"] = of_model(lambda make=optimizer: used_model(make()), train_on_batch)
for name, operation in OPERATIONS.items():
    SCENARIOS[f"operations: {name}"] = Scenario(
        lambda: None, lambda _, operation=operation: [array.tobytes() for array in operation()]
    )


# Failures


class Allocator:
    """The preloaded library."""

    def __init__(self):
        library = ctypes.CDLL(None)
        self._fail, self._stop = library.fail_allocation, library.stop_counting
        self._counted, self._failed = library.allocations_counted, library.allocations_failed
        for function in (self._counted, self._failed):
            function.restype = ctypes.c_long

    def call(self, number, function, *arguments):
        """Return a function's result and what it raised while its ``number``-th allocation fails."""
        result = error = None
        self._fail(ctypes.c_long(number), ctypes.c_long(0))
        try:
            result = function(*arguments)
        except BaseException as caught:
            error = caught
        while True:
            try:
                self._stop()
                break
            except MemoryError:  # there was none left to fail in the call
                pass
        return result, error

    @property
    def counted(self):
        return self._counted()

    @property
    def failed(self):
        return self._failed()


NEVER = 1 << 40
# What Python and NumPy make of some failures when files are opened, strings formatted, arrays compared and reduced.
NOT_OURS = re.compile(
    r"RuntimeError: can't allocate (read )?lock"
    r"|TypeError: Type \S+ doesn't define __format__"
    r"|SystemError: (NULL object passed to Py_BuildValue"
    r"|error return without exception set|\S.* returned NULL without setting an exception)"
)


def in_new_thread(function):
    """Call a function in a thread that has no scratch memory yet; return what it raises, or None."""
    raised = []

    def run():
        try:
            function()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised[0] if raised else None


class Run:
    """A scenario with its usual outcome, and what became of it under failures."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.allocator = Allocator()
        self.errors = self.results = 0
        for _ in range(3):  # until Python has all its caches
            error = in_new_thread(self._succeed)
            if error is not None:
                raise error

    def _succeed(self):
        subject = self.scenario.begin()
        self.result, error = self.allocator.call(NEVER, self.scenario.call, subject)
        if error is not None:
            raise error
        self.allocations = self.allocator.counted
        self.weights = self.scenario.weights(subject)

    def fail(self, number):
        """Let an allocation fail, and hold the scenario to what it promises."""
        scenario = self.scenario
        subject = scenario.begin()
        weights, steps = scenario.weights(subject), scenario.steps(subject)
        result, error = self.allocator.call(number, scenario.call, subject)
        succeeded, told = error is None, f"{type(error).__name__}: {error}"
        error = None  # and with it the frames that hold the subject's arrays
        if succeeded:
            self.results += 1
            assert result == self.result, "no error, but another result"
        else:
            self.errors += 1
            assert told.startswith("MemoryError") or NOT_OURS.fullmatch(told), f"raised {told}"
            found = scenario.weights(subject)
            for place, value in enumerate(found):
                assert value == self.weights[place] or value == weights[place], "a weight neither old nor new"
            assert steps <= scenario.steps(subject) <= steps + 1
            if scenario.steps(subject) == steps:
                assert not weights or found == weights or found == self.weights, "weights changed by no step"
                scenario.check(subject)
                if found == weights:
                    assert scenario.call(subject) == self.result, "another result afterwards"
            else:
                scenario.check(subject)
                scenario.call(subject)
        scenario.check(subject)


def main(name, most):
    run = Run(SCENARIOS[name])
    numbers = range(1, run.allocations + 1)
    if 0 < most < run.allocations:
        numbers = [1 + run.allocations * i // most for i in range(most)]
    problems = 0
    for number in numbers:
        error = in_new_thread(lambda number=number: run.fail(number))
        if error is not None:
            problems += 1
            print(f"allocation {number}: {type(error).__name__}: {error}")
    print(f"{name}: {run.allocations} allocations, {len(numbers)} failed: {run.errors} errors, {run.results} results")
    return problems == 0 and run.errors > 0


if __name__ == "__main__":
    gc.disable()  # it would find other moments each time
    with np.errstate(all="ignore"):
        names = [name for name in SCENARIOS if name in sys.argv[1].split(";") or name.startswith(f"{sys.argv[1]}: ")]
        good = [main(name, int(sys.argv[2])) for name in names]
    sys.exit(0 if good and all(good) else 1)
