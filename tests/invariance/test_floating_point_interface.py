"""Under any floating-point state of its caller a public function gives the same bits, and it leaves the state alone."""

import gc
import os
import subprocess
import sys

import numpy as np
import pytest

import nativecnn
from nativecnn import Sequential, callbacks, layers, ops
from support.children import in_child
from support.floating_point import NO_EXCEPTION_MASKED, STATES
from support.interface import CALLED_BY_MODELS, CALLS, WITHOUT_ARITHMETIC, exact, public_names


def test_every_public_name_is_called_below_or_computes_nothing():
    names = {name for name in public_names() if name.partition(".")[2] not in CALLED_BY_MODELS}
    assert names - set(CALLS) - WITHOUT_ARITHMETIC == set(), "say in support/interface.py what they do"
    assert set(CALLS) - names - {"images.read_image"} == set()
    assert WITHOUT_ARITHMETIC - names == set()


# Some calls serve several names.
NAMES = {make: name for name, make in reversed(CALLS.items())}.values()


@pytest.mark.parametrize("name", NAMES)
def test_results_do_not_depend_on_the_caller_s_state(name, floating_point_state, tmp_path):
    with np.errstate(all="ignore"):
        expected = exact(CALLS[name](tmp_path)())
        for state in STATES:
            assert exact(floating_point_state.call(state, CALLS[name](tmp_path))) == expected, state


@pytest.mark.parametrize("name", NAMES)
def test_results_of_the_reference_do_not_depend_on_the_caller_s_state(name, floating_point_state, tmp_path):
    with np.errstate(all="ignore"):
        expected = exact(CALLS[name](tmp_path)())
        with nativecnn.use_backend("reference"):
            for state in ("round up", "all of it"):
                assert exact(floating_point_state.call(state, CALLS[name](tmp_path))) == expected, state


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_no_exception_is_raised_where_the_caller_has_unmasked_them_all(floating_point_state, tmp_path):
    expected = {name: exact(CALLS[name](tmp_path)()) for name in NAMES}
    calls = {name: CALLS[name](tmp_path) for name in NAMES}
    reached = tmp_path / "reached"

    def child():  # which the first exception ends
        gc.disable()  # others call back from it, hypothesis for one, and compute
        results = {}
        for name, call in calls.items():
            reached.write_text(name)
            results[name] = floating_point_state.call(NO_EXCEPTION_MASKED, call)
        assert {name: exact(result) for name, result in results.items()} == expected

    assert in_child(child) == 0, f"the last call was {reached.read_text()}"


class _RefusedError(Exception):
    pass


def _refuse(y_true, y_pred):
    raise _RefusedError


def _model(metrics=None):
    model = Sequential([layers.Dense(2, input_dim=3)])
    model.compile("sgd", loss="mse", metrics=metrics)
    return model


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda: ops.conv2d("text", "text"), TypeError),
        (lambda: ops.dense(np.ones((2, 3)), np.ones((2, 3))), ValueError),
        (lambda: _model().predict(np.ones((2, 4))), ValueError),
        (lambda: _model().set_weights([]), ValueError),
        (lambda: _model([_refuse]).fit(np.ones((2, 3)), np.ones((2, 2)), verbose=0), _RefusedError),
        (lambda: nativecnn.load_model("no such file"), OSError),
        (lambda: nativecnn.optimizers.SGD(-1), ValueError),
    ],
)
def test_the_caller_s_state_is_back_after_an_error(call, error, under_hostile_state):
    with pytest.raises(error):
        under_hostile_state(call)


def test_the_state_of_a_metric_or_callback_does_not_stay(floating_point_state):
    x, y = np.random.default_rng(1).random((40, 3)), np.random.default_rng(2).random((40, 2))
    seen = []

    def well_behaved(y_true, y_pred):
        seen.append(floating_point_state.of_arithmetic())
        return 0.1

    def hostile(y_true, y_pred):
        floating_point_state.become_hostile("all of it")
        seen.append(floating_point_state.of_arithmetic())
        return 0.1

    class Callback(callbacks.Callback):
        def __init__(self, function):
            self.function = function

        def on_train_batch_end(self, batch, logs=None):
            self.function(None, None)

    def train(metric):
        nativecnn.set_random_seed(0)
        model = Sequential([layers.Dense(2, input_dim=3)])
        model.compile("adam", loss="mse", metrics=["mae"])
        model.compilation.metrics.parts()[0].append(metric)
        history = model.fit(x, y, batch_size=16, epochs=3, verbose=0, callbacks=[Callback(metric)]).history
        history.pop(metric.__name__)
        return exact(history), model.weights_sha256()

    usual, usual_for_arithmetic = floating_point_state.get(), floating_point_state.of_arithmetic()
    expected = train(well_behaved)
    assert set(seen) == {usual_for_arithmetic}
    try:
        assert train(hostile) == expected
        assert len(set(seen)) == 2
        assert floating_point_state.of_arithmetic() == usual_for_arithmetic
    finally:
        floating_point_state.set(usual)


def test_a_metric_computes_under_the_contract_s_state(under_hostile_state, floating_point_state):
    seen = []

    def metric(y_true, y_pred):
        seen.append(floating_point_state.of_arithmetic())
        return 0.1

    under_hostile_state(lambda: _model([metric]).fit(np.ones((2, 3)), np.ones((2, 2)), verbose=0))
    assert seen == [floating_point_state.of_arithmetic()]


IMPORTING = """
import ctypes, sys
import numpy
library, caches, state = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.pycache_prefix = caches
registers = ctypes.CDLL(library)
registers.get_state.restype = registers.hostile_state.restype = ctypes.c_uint64
registers.set_state.argtypes = [ctypes.c_uint64]
usual = registers.get_state()
if state >= 0:
    registers.set_state(registers.hostile_state(state))
import nativecnn
from nativecnn.formats import images
registers.set_state(usual)
print([optimizer().get_config() for optimizer in (nativecnn.optimizers.Adam, nativecnn.optimizers.SGD)])
print(vars(nativecnn.initializers.RandomUniform()), images._RED, images._GREEN, images._BLUE)
print(nativecnn.Sequential([nativecnn.layers.Dense(100, input_dim=30)]).weights_sha256())
"""


def test_constants_do_not_depend_on_the_state_at_import(floating_point_state, tmp_path):
    def printed(state):
        # Without the bytecode that Python keeps: it is to compile the modules, and to round their constants.
        arguments = [floating_point_state.library, str(tmp_path / str(state)), str(state)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", IMPORTING, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120).stdout

    expected = printed(-1)
    for name in ("round down", "round up", "all of it"):
        assert printed(STATES.index(name)) == expected, name
