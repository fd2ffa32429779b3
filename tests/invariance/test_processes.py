"""Another process, started afresh under another environment, trains to the same ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nativecnn
from nativecnn._kernels import runtime
from support import trainings

# Where this process found the package and what tests share; not the working directory, which may hold sources only.
_SEARCH_PATH = os.pathsep.join(str(Path(module.__file__).parents[1]) for module in (nativecnn, trainings))
_CHOICES = ("PYTHONHASHSEED", "PYTHONOPTIMIZE", "NATIVECNN_ISA", "NATIVECNN_NUM_THREADS", "OMP_NUM_THREADS")


@pytest.fixture(scope="module")
def expected():
    return trainings.fingerprints()


def trained_afresh(folder, **variables):
    """Return the fingerprints that a new process prints."""
    environment = {name: value for name, value in os.environ.items() if name not in _CHOICES}
    result = subprocess.run(
        [sys.executable, "-m", "support.trainings"],
        cwd=folder,
        env=environment | {"PYTHONPATH": _SEARCH_PATH} | variables,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    return {name: value for value, name in (line.split(" ", 1) for line in result.stdout.splitlines())}


@pytest.mark.parametrize("seed", ["0", "random"])
def test_trainings_do_not_depend_on_the_order_of_hashes(expected, tmp_path, seed):
    assert trained_afresh(tmp_path, PYTHONHASHSEED=seed) == expected


@pytest.mark.parametrize("name", runtime.supported_instruction_sets())
def test_trainings_do_not_depend_on_what_the_environment_chooses(expected, tmp_path, name):
    assert trained_afresh(tmp_path, NATIVECNN_ISA=name, NATIVECNN_NUM_THREADS="3") == expected


def test_trainings_do_not_depend_on_asserts_and_docstrings(expected, tmp_path):
    assert trained_afresh(tmp_path, PYTHONOPTIMIZE="2", OMP_NUM_THREADS="1") == expected


def test_trainings_do_not_depend_on_the_locale_and_time_zone(expected, tmp_path):
    assert trained_afresh(tmp_path, LC_ALL="de_DE.UTF-8", TZ="Asia/Kathmandu") == expected
