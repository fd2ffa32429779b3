"""Environment variables that choose instruction set and threads when the kernels are loaded."""

import os
import subprocess
import sys

import pytest

from nativecnn._kernels import runtime, threads

SHOW = """
from nativecnn._kernels import runtime, threads
print(runtime.instruction_set(), threads.get_num_threads(), threads.default_threads_source(), sep="|")
"""
NAMES = ("NATIVECNN_ISA", "NATIVECNN_NUM_THREADS", "OMP_NUM_THREADS")


def load(**variables):
    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
    return subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, env=environment | variables)


def loaded(**variables):
    result = load(**variables)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip().split("|")


def refusal(**variables):
    result = load(**variables)
    assert result.returncode != 0
    return result.stderr.strip().splitlines()[-1]


def test_the_fastest_supported_instruction_set_is_the_default():
    assert loaded()[0] == runtime.supported_instruction_sets()[-1]


@pytest.mark.parametrize("name", runtime.supported_instruction_sets())
def test_an_instruction_set_can_be_chosen(name):
    assert loaded(NATIVECNN_ISA=name)[0] == name


@pytest.mark.parametrize("name", ["sse9", "AVX2", "generic,avx2"])
def test_an_unknown_instruction_set_is_refused(name):
    message = refusal(NATIVECNN_ISA=name)
    assert message.startswith("ValueError: NATIVECNN_ISA: expected an instruction set") and repr(name) in message


def test_threads_of_the_package_come_before_those_of_openmp():
    assert loaded(NATIVECNN_NUM_THREADS="3", OMP_NUM_THREADS="4")[1:] == ["3", "NATIVECNN_NUM_THREADS"]
    assert loaded(OMP_NUM_THREADS="4,2")[1:] == ["4", "OMP_NUM_THREADS"]


@pytest.mark.parametrize("value", ["0", "257", "two", "-1"])
def test_an_impossible_number_of_threads_is_refused(value):
    assert refusal(NATIVECNN_NUM_THREADS=value).startswith("ValueError: NATIVECNN_NUM_THREADS: expected")


@pytest.mark.parametrize("value", ["", "0", "many"])
def test_what_openmp_would_not_take_is_passed_over(value):
    assert loaded(OMP_NUM_THREADS=value)[1:] == loaded()[1:]


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system knows no affinity")
def test_no_more_threads_than_the_process_may_use():
    assert 1 <= int(loaded()[1]) <= len(os.sched_getaffinity(0))


@pytest.mark.parametrize("count, error", [(0, ValueError), (257, ValueError), (1.5, TypeError), ("2", TypeError)])
def test_wrong_numbers_of_threads_are_refused(count, error):
    with pytest.raises(error, match="set_num_threads: expected"):
        threads.set_num_threads(count)
    with pytest.raises(error, match="threads: expected"), threads.threads(count):
        pass
