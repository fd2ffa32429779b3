"""Other code in the process may have changed how floating-point numbers are rounded."""

import ctypes
import os
import shlex
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

from nativecnn import _kernels, ops
from nativecnn._kernels.threads import threads
from support import assert_same_bits, random_array

STATES = [
    "flush to zero",
    "denormals are zero",
    "flush to zero, denormals are zero",
    "round down",
    "round up",
    "round towards zero",
    "all of it",
]


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    """The library that reads and writes the floating-point control register."""
    command = shlex.split(os.environ.get("CC", "cc"))
    if shutil.which(command[0]) is None:
        pytest.skip(f"no C compiler: {command[0]}")
    library = tmp_path_factory.mktemp("register") / "floating_point_state.so"
    source = Path(__file__).with_name("floating_point_state.c")
    built = subprocess.run(
        [*command, "-O1", "-shared", "-fPIC", str(source), "-o", str(library)], capture_output=True, text=True
    )
    if built.returncode:
        pytest.skip(f"the compiler does not build a library that changes the state: {built.stderr.strip()}")
    library = ctypes.CDLL(str(library))
    library.get_state.restype = library.hostile_state.restype = ctypes.c_uint64
    library.set_state.argtypes = [ctypes.c_uint64]
    return library


@pytest.fixture(params=range(len(STATES)), ids=lambda index: STATES[index].replace(" ", "_"))
def under_hostile_state(request, register):
    """Call a function in this thread under another state; hold it to leaving that as it was."""

    def call(function):
        usual, hostile = register.get_state(), register.hostile_state(request.param)
        register.set_state(hostile)
        try:
            result = function()
            after = register.get_state()
        finally:
            register.set_state(usual)
        assert after == hostile
        return result

    return call


def test_the_state_does_change_numpy(under_hostile_state):
    # So that the tests below cannot pass for want of a hostile state.
    normal = random_array(0, 1000, "tiny")
    subnormal = np.arange(1, 1000, dtype=np.uint32).view(np.float32)

    def compute():
        return [normal * normal, normal * np.float32(0.1), subnormal * np.float32(3)]

    usual = [array.tobytes() for array in compute()]
    assert [array.tobytes() for array in under_hostile_state(compute)] != usual


def test_bits_do_not_change_when_flush_to_zero_or_rounding_is_set(operation, under_hostile_state, instruction_set):
    with threads(1):
        assert_same_bits(under_hostile_state(operation), operation())


def test_bits_do_not_change_when_threads_start_with_another_state(operation, under_hostile_state, threads_for_any_work):
    expected, actual = operation(), []

    def compute():
        with threads(5):
            actual.extend(under_hostile_state(operation))

    # A thread of its own: the threads that the pool creates for it inherit its state.
    thread = threading.Thread(target=compute)
    thread.start()
    thread.join()
    assert_same_bits(actual, expected)


@pytest.mark.parametrize("rate", [0.1, 0.3, 1e-40])
def test_numbers_passed_to_optimizers_are_rounded_to_nearest(rate, under_hostile_state):
    def step():
        weights = np.zeros(3, np.float32)
        _kernels.sgd(weights, np.ones(3, np.float32), None, rate, 0.0, False)
        return weights

    assert_same_bits(under_hostile_state(step), np.full(3, -np.float32(rate)))


def test_mean_loss_is_rounded_to_nearest(under_hostile_state):
    predictions, targets = random_array(1, (7, 3)), random_array(2, (7, 3))

    def loss():
        return [ops.mean_squared_error(predictions[:count], targets[:count])[0] for count in range(1, 8)]

    assert under_hostile_state(loss) == loss()
