"""How OpenMP's threads are asked to wait when the kernels are loaded."""

import os
import subprocess
import sys

import pytest

from nativecnn._kernels.openmp import idle_threads_asleep

NAMES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


@pytest.fixture(autouse=True)
def no_choice_of_the_user(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_idle_threads_are_asked_to_sleep_and_the_environment_is_left_as_it_was():
    with idle_threads_asleep():
        assert os.environ["OMP_WAIT_POLICY"] == "passive"
    assert "OMP_WAIT_POLICY" not in os.environ


def test_the_environment_is_restored_when_loading_fails():
    with pytest.raises(ImportError), idle_threads_asleep():
        raise ImportError("no such extension")
    assert "OMP_WAIT_POLICY" not in os.environ


@pytest.mark.parametrize("name", NAMES)
def test_a_choice_of_the_user_is_kept(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    with idle_threads_asleep():
        assert [n for n in NAMES if n in os.environ] == [name]
        assert os.environ[name] == "1"
    assert os.environ[name] == "1"


def test_importing_the_package_changes_no_environment_variable():
    code = "import os; before = dict(os.environ); import nativecnn; assert dict(os.environ) == before; print('same')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "same\n"
