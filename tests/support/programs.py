"""Programs that stand beside the tests: they fork, wait and may hang, so they run in processes of their own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


def environment(**variables):
    """Return the environment in which programs find the package and the tests' helpers."""
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), *filter(None, sys.path)])} | variables


def run(program, *arguments, seconds=120, **variables):
    """Run ``python program``; fail with what it wrote if it does, or if it is not done in time. Return its output."""
    process = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", str(program), *map(str, arguments)],
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)  # faulthandler then tells where it was
        try:
            output, _ = process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            output = "(it says nothing: a child holds its output)"
        pytest.fail(f"{Path(program).name} hangs: not done in {seconds} seconds\n{output}")
    finally:
        end_group(process)
    if process.returncode:
        pytest.fail(f"{Path(program).name} ended with {process.returncode}\n{output}")
    return output


def end_group(process):
    """End a process that was started in a session of its own, and all its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
