"""Children of a process that has computed compute the same, however they were started and whatever its threads did."""

import multiprocessing
import os
from pathlib import Path

import pytest

from support import programs

PROGRAMS = Path(__file__).parent / "programs"


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_children_and_their_children_compute_the_same(method):
    assert programs.run(PROGRAMS / "start_methods.py", method, PYTHONWARNINGS="ignore") == "the same\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_children_forked_while_threads_predict_train_and_build_compute_the_same():
    assert programs.run(PROGRAMS / "fork_while_threads_work.py", 20, PYTHONWARNINGS="ignore") == "the same\n"
