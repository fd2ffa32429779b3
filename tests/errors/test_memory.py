"""Memory that is not there, and memory that errors must not keep."""

import subprocess
import sys
import textwrap

import pytest

from nativecnn._kernels import _build_config

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits and sizes as Linux tells them"),
    pytest.mark.skipif(
        "address" in _build_config.sanitizers,
        reason="the address sanitizer reserves terabytes of address space, and keeps memory that is freed",
    ),
]


def run(program):
    """Run a program in a process of its own; return what it prints."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split()


MODEL = """
    import resource
    import numpy as np
    import nativecnn
    from nativecnn import layers, ops

    def resident():
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    def address_space():
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()

    model = nativecnn.Sequential([
        layers.Conv2D(64, 3, padding="same", activation="relu", input_shape=(32, 32, 3)),
        layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(3, activation="softmax"),
    ])
    model.compile("adam", loss="sparse_categorical_crossentropy")
    x, y = np.ones((4, 32, 32, 3), np.float32), np.array([0, 1, 2, 0])
    before = model.predict(x).tobytes()
"""


def test_a_batch_beyond_the_memory_limit_raises_and_the_process_goes_on():
    told = run(
        MODEL
        + """
    many = np.broadcast_to(x[:1], (4000, 32, 32, 3))  # their outputs take a gigabyte
    limit = address_space() + (256 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for call in (
        lambda: model.predict(many, batch_size=None),
        lambda: model.evaluate(many, np.zeros(4000, int), batch_size=None),
        lambda: model.fit(many, np.zeros(4000, int), batch_size=None, verbose=0),
        lambda: model.train_on_batch(many, np.zeros(4000, int)),
        lambda: ops.conv2d(many, model.weights["conv2d/kernel"]),
    ):
        try:
            call()
        except MemoryError:
            print("MemoryError")
        assert model.predict(x).tobytes() == before
    assert model.predict(many, batch_size=8)[-1:].tobytes() == model.predict(x[:1]).tobytes()
    """
    )
    assert told == ["MemoryError"] * 5


def test_calls_that_fail_keep_no_memory():
    sizes = run(
        MODEL
        + """
    wrong = np.ones((4, 32, 31, 3), np.float32)
    def fail(count):
        for _ in range(count):
            for call in (
                lambda: model.predict(wrong),
                lambda: model.train_on_batch(x, y[:3]),
                lambda: model.evaluate(x, y + 7),
                lambda: ops.conv2d(x, np.ones((3, 3, 5, 8), np.float32)),
                lambda: ops.dense(x, x),
            ):
                try:
                    call()
                except ValueError:
                    continue
                raise AssertionError("expected an error")
    fail(500)
    first = resident()
    fail(2000)
    print(first, resident())
    """
    )
    first, last = map(int, sizes)
    assert last - first < 1 << 20  # 10,000 calls; a hundred bytes each would show


def test_calls_that_succeed_keep_no_memory():
    sizes = run(
        MODEL
        + """
    def work(count):
        for number in range(count):
            model.predict(x[: 1 + number % 4])
            model.train_on_batch(x, y)
            model.evaluate(x, y, batch_size=1 + number % 4)
    work(60)
    first = resident()
    work(240)
    print(first, resident())
    """
    )
    first, last = map(int, sizes)
    assert last - first < 1 << 20  # the model's plans take ten times as much
