"""Python threads that use models at the same time: same model, different models, first use, saving, ending, Ctrl-C."""

import ctypes
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import nativecnn
from nativecnn import ops
from nativecnn._kernels import _build_config
from support import assert_same_bits, programs, services

SECONDS = 60


@pytest.fixture(autouse=True)
def all_work_is_shared_out(threads_for_any_work):
    with nativecnn.threads(1):  # the caller's; the threads below have the process's number
        yield


def at_once(*functions):
    """Call each function in a thread of its own, all from one moment on; return their results in order."""
    barrier, results = threading.Barrier(len(functions)), [None] * len(functions)

    def work(index, function):
        barrier.wait(SECONDS)
        try:
            results[index] = function()
        except BaseException as error:
            results[index] = error

    threads = [threading.Thread(target=work, args=entry, daemon=True) for entry in enumerate(functions)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), "threads hang"
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def repeated(function, times=10):
    return lambda: [function() for _ in range(times)]


def test_many_threads_predict_with_one_model():
    model = services.network()
    parts = [services.samples(1 + number % 5, seed=number) for number in range(16)]
    expected = [model.predict(part) for part in parts]
    found = at_once(*(repeated(lambda part=part: model.predict(part, batch_size=2)) for part in parts))
    for outputs, part in zip(found, expected, strict=True):
        assert_same_bits(outputs, [part] * 10)


def test_models_are_trained_and_used_at_once():
    expected = services.train(services.compiled(services.network()))
    used = services.network(seed=5)
    x = services.samples()
    outputs = used.predict(x)
    trained = [services.compiled(services.network()) for _ in range(4)]  # before threads: the seed is the process's
    found = at_once(
        *(lambda model=model: services.train(model) for model in trained),
        *(repeated(lambda: used.predict(x)) for _ in range(4)),
    )
    assert found[:4] == [expected] * 4
    assert_same_bits(found[4:], [[outputs] * 10] * 4)


def test_predicting_does_not_disturb_the_training_of_the_same_model():
    # While it is trained, outputs are those of weights in between; training and what comes after it are as ever.
    expected_model = services.compiled(services.network())
    expected = services.train(expected_model)
    x = services.samples()
    model, trained = services.compiled(services.network()), threading.Event()

    def train():
        try:
            return services.train(model)
        finally:
            trained.set()

    def predict():
        count = 0
        while not trained.is_set() or count == 0:
            outputs = model.predict(x)
            assert outputs.shape == (24, 4) and np.isfinite(outputs).all()
            count += 1
        return count

    assert at_once(train, predict, predict, predict)[0] == expected
    assert_same_bits(model.predict(x), expected_model.predict(x))


def test_a_model_is_trained_by_one_thread_at_a_time():
    model, inside, others_done = services.compiled(services.network()), threading.Event(), threading.Event()

    def metric(y_true, y_pred):
        inside.set()
        assert others_done.wait(SECONDS)
        return 0.0

    def others():
        assert inside.wait(SECONDS)
        for train in (services.train, lambda model: model.train_on_batch(services.samples(), services.LABELS)):
            with pytest.raises(RuntimeError, match="is being trained already"):
                train(model)
        others_done.set()

    model.compilation.metrics.parts()[0].append(metric)
    at_once(lambda: services.train(model), others)
    model.compilation.metrics.parts()[0].pop()
    services.train(model)


def test_threads_that_use_a_new_model_first_have_the_same_weights():
    x = services.samples()
    expected = services.network().predict(x)
    for _ in range(5):
        model = services.network(build=False)
        assert_same_bits(at_once(*[lambda model=model: model.predict(x)] * 8), [expected] * 8)


def test_saving_while_predicting_writes_the_weights(tmp_path):
    model, x = services.network(), services.samples()
    outputs = model.predict(x)
    paths = [tmp_path / f"{number}.safetensors" for number in range(4)]
    at_once(
        *(lambda path=path: [model.save(path) for _ in range(5)] for path in paths),
        *[repeated(lambda: model.predict(x))] * 4,
    )
    for path in paths:
        assert_same_bits(nativecnn.load_model(path).predict(x), outputs)


# No Python lock is held while kernels compute.

IMAGE = np.ones((1, 96, 96, 64), np.float32)
KERNEL = np.ones((5, 5, 64, 64), np.float32)


@pytest.fixture
def lock_is_not_asked_for():
    """Let threads have Python's lock for as long as they do not give it away themselves."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SECONDS)
    yield
    sys.setswitchinterval(before)


def overlap(long_call, short_call):
    """Return whether the short call came to its end in this thread while the long one was at work in another."""
    begins, ended = threading.Event(), threading.Event()

    def work():
        begins.set()
        long_call()
        ended.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    begins.wait(SECONDS)
    short_call()
    result = not ended.is_set()
    thread.join(SECONDS)
    return result


def test_another_thread_predicts_while_a_kernel_computes(lock_is_not_asked_for):
    model, x = services.network(), services.samples(1)
    model.predict(x)
    # Several times, for a busy machine may let the other thread wait for as long as the kernel takes.
    assert any(overlap(lambda: ops.conv2d(IMAGE, KERNEL), lambda: model.predict(x)) for _ in range(10))
    large = services.samples(5000)
    assert any(overlap(lambda: model.predict(large, batch_size=None), lambda: model.predict(x)) for _ in range(10))


def test_nothing_overlaps_with_what_holds_the_lock(lock_is_not_asked_for):
    # So that the test above cannot pass for want of a lock.
    model, x = services.network(), services.samples(1)
    model.predict(x)
    sleep_with_the_lock = ctypes.PyDLL(None).usleep
    assert not any(overlap(lambda: sleep_with_the_lock(50_000), lambda: model.predict(x)) for _ in range(5))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell in /proc")
@pytest.mark.skipif(_build_config.sanitizers != "", reason="sanitizers keep freed memory")
def test_short_lived_threads_leave_no_memory_behind():
    output = programs.run(Path(__file__).parent / "programs" / "short_lived_threads.py", 1000)
    kilobytes = int(output)
    assert kilobytes < 2000, f"{kilobytes} KB more after 1,000 threads"


# Ctrl-C


@pytest.mark.parametrize("what", ["predict", "evaluate", "train_on_batch", "fit"])
def test_a_model_is_usable_after_ctrl_c(what):
    output = programs.run(Path(__file__).parent / "programs" / "interrupted.py", what, 30)
    assert output == "usable\n"
