"""The pool of threads, by itself. What kernels compute on it: tests/invariance."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nativecnn._kernels import runtime
from support.children import in_child
from support.sharing import meet, needs_threads, share_out

KERNELS = Path(runtime.__file__).parent
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="read from Linux's /proc")
needs_fork = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning"),
]


def with_empty_pool(test):
    """Run the test in a forked child, which begins without workers; one that hangs is ended."""

    def run():
        assert in_child(test) == 0

    run.__name__ = test.__name__
    for mark in needs_fork:
        run = mark(run)
    return run


def numbers_seen(tasks, threads):
    """Share out tasks that take a moment; return which thread had each, and fail where a number was in use twice."""
    taken, at_once = {}, set()

    def task(number, thread):
        assert number not in taken and thread not in at_once and 0 <= thread < threads
        taken[number] = thread
        at_once.add(thread)
        time.sleep(1e-4)
        at_once.remove(thread)

    share_out(task, tasks, threads)
    return taken


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
@pytest.mark.parametrize("tasks", [0, 1, 2, 3, 17, 1000])
def test_each_task_is_done_once(tasks, threads):
    done = []
    share_out(lambda task, thread: done.append(task), tasks, threads)
    assert sorted(done) == list(range(tasks))


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
def test_threads_that_run_at_once_have_different_numbers(threads):
    assert sorted(numbers_seen(200, threads)) == list(range(200))


@needs_threads
@pytest.mark.parametrize("threads", [2, 3, 16])
def test_as_many_threads_compute_at_once_as_are_asked_for(threads):
    assert meet(threads) == list(range(threads))


def test_one_thread_is_the_caller():
    idents = set()
    share_out(lambda task, thread: idents.add((thread, threading.get_ident())), 100, 1)
    assert idents == {(0, threading.get_ident())}


def test_calls_within_tasks_are_done():
    done = []

    def outer(task, _thread):
        share_out(lambda inner, _thread: share_out(lambda *_: done.append((task, inner)), 3, 3), 4, 3)

    share_out(outer, 5, 4)
    assert sorted(done) == sorted([(task, inner) for task in range(5) for inner in range(4)] * 3)


def test_many_callers_at_once_each_get_their_tasks_done():
    results = {}

    def caller(index):
        results[index] = [len(numbers_seen(20, 3)) for _ in range(20)]

    callers = [threading.Thread(target=caller, args=(index,)) for index in range(8)]
    for thread in callers:
        thread.start()
    for thread in callers:
        thread.join()
    assert results == {index: [20] * 20 for index in range(8)}


@needs_threads
@with_empty_pool
def test_workers_are_as_many_as_the_largest_call_needs():
    assert runtime.pool_workers() == 0
    share_out(lambda *_: None, 100, 1)
    share_out(lambda *_: None, 1, 100)
    assert runtime.pool_workers() == 0
    share_out(lambda *_: None, 100, 3)
    assert runtime.pool_workers() == 2
    share_out(lambda *_: None, 4, 100)
    assert runtime.pool_workers() == 3
    test_many_callers_at_once_each_get_their_tasks_done()
    assert runtime.pool_workers() == 3


@needs_threads
@with_empty_pool
def test_a_call_is_done_while_all_workers_are_busy():
    arrived, go_on = threading.Barrier(4), threading.Event()

    def block(_task, _thread):
        arrived.wait(30)
        assert go_on.wait(30)

    blocking = threading.Thread(target=share_out, args=(block, 3, 3))
    blocking.start()
    arrived.wait(30)
    assert set(numbers_seen(50, 3).values()) == {0}
    go_on.set()
    blocking.join()
    assert meet(3) == [0, 1, 2]


@needs_threads
@linux_only
def test_workers_have_a_name_and_leave_signals_to_others():
    meet(3)
    workers = [task for task in Path("/proc/self/task").iterdir() if (task / "comm").read_text() == "nativecnn\n"]
    assert len(workers) == runtime.pool_workers()
    for worker in workers:
        (line,) = [line for line in (worker / "status").read_text().splitlines() if line.startswith("SigBlk:")]
        blocked = int(line.split()[1], 16)
        for left_to_others in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD, signal.SIGUSR1):
            assert blocked >> (left_to_others - 1) & 1
        assert not blocked >> (signal.SIGSEGV - 1) & 1  # faulthandler tells where it happened


def test_the_process_ends_while_its_threads_compute():
    program = """
import threading, time
import numpy as np
from nativecnn import ops, set_num_threads
set_num_threads(4)
x, kernel = np.ones((4, 32, 32, 16), np.float32), np.ones((3, 3, 16, 32), np.float32)
def compute():
    while True:
        ops.conv2d(x, kernel)
for _ in range(3):
    threading.Thread(target=compute, daemon=True).start()
time.sleep(0.1)
print("over")
"""
    for _ in range(3):
        result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
        assert (result.returncode, result.stdout) == (0, "over\n"), result.stderr


def built(folder, name, *arguments):
    """Build a program or library from C; skip the test where that is not possible."""
    command = shlex.split(os.environ.get("CC", "cc"))
    if shutil.which(command[0]) is None:
        pytest.skip(f"no C compiler: {command[0]}")
    path = folder / name
    result = subprocess.run([*command, "-O1", "-g", *arguments, "-o", str(path)], capture_output=True, text=True)
    if result.returncode:
        pytest.skip(f"the compiler does not build {name}: {result.stderr.strip()}")
    return path


@pytest.fixture(scope="module")
def refusal(tmp_path_factory):
    """The library that lets only some threads be created."""
    if not sys.platform.startswith("linux"):
        pytest.skip("LD_PRELOAD as Linux has it")
    source = Path(__file__).with_name("refused_threads.c")
    return built(tmp_path_factory.mktemp("pool"), "refused_threads.so", "-shared", "-fPIC", str(source), "-ldl")


@needs_threads
@pytest.mark.parametrize("allowed", [0, 1])
def test_a_call_is_done_by_the_threads_there_are(refusal, allowed):
    program = f"""
import ctypes, sys
sys.path[:0] = {sys.path!r}
from nativecnn._kernels import runtime, threads
from support import assert_same_bits
from support.operations import OPERATIONS
from support.sharing import meet, share_out
shim = ctypes.CDLL({str(refusal)!r})
runtime.set_work_per_thread(1)
expected = {{name: list(operation()) for name, operation in OPERATIONS.items() if "conv" in name or "dense" in name}}
ctypes.c_int.in_dll(shim, "threads_allowed").value = {allowed}
with threads.threads(4):
    for name, arrays in expected.items():
        assert_same_bits(list(OPERATIONS[name]()), arrays)
assert runtime.pool_workers() == {allowed}
assert meet({allowed} + 1) == list(range({allowed} + 1))
done = []
share_out(lambda task, thread: done.append(thread), 100, 4)
assert len(done) == 100 and set(done) <= set(range({allowed} + 1))
ctypes.c_int.in_dll(shim, "threads_allowed").value = 100
for _ in range(2000):  # it does not ask every time
    share_out(lambda *_: None, 4, 4)
assert meet(4) == [0, 1, 2, 3]
print("right")
"""
    preloaded = f"{os.environ.get('LD_PRELOAD', '')} {refusal}".strip()  # a sanitizer wants to come first
    environment = os.environ | {"NATIVECNN_NUM_THREADS": "1", "LD_PRELOAD": preloaded}
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert (result.returncode, result.stdout) == (0, "right\n"), result.stderr


@pytest.mark.parametrize("sanitizer", [None, "thread"])
def test_many_callers_tasks_within_tasks_and_forks_in_c(tmp_path, sanitizer):
    sources = [str(Path(__file__).with_name("pool_stress.c")), str(KERNELS / "pool" / "pool.c")]
    if not Path(sources[1]).exists():
        pytest.skip("installed without the pool's source")
    flags = ["-std=gnu11", "-pthread", f"-I{KERNELS / 'pool'}", f"-I{KERNELS / 'tile'}"]
    command = [str(built(tmp_path, "pool_stress", *flags, *sources))]
    if sanitizer:
        command = [str(built(tmp_path, "pool_stress_thread", f"-fsanitize={sanitizer}", *flags, *sources))]
        if shutil.which("setarch"):
            command = ["setarch", "-R", *command]  # the sanitizer's shadow memory has a fixed place
        forks = "0"  # it does not follow them
    else:
        forks = "200"
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    result = subprocess.run([*command, forks], capture_output=True, text=True, timeout=120, env=environment)
    if sanitizer and "unexpected memory mapping" in result.stderr:
        pytest.skip("the sanitizer finds no place for its shadow memory")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout == "right\n"
