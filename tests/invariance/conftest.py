import os
from functools import partial

import numpy as np
import pytest

from nativecnn import _kernels
from nativecnn.execution.plan import Plan
from support.floating_point import STATES, FloatingPointState, build_state_library
from support.operations import OPERATIONS

THREADS = (1, 2, 3, 4, 7, 16, max(20, 2 * os.cpu_count() + 1))  # at last more than there are cores


@pytest.fixture(params=OPERATIONS, ids=lambda name: name.replace(" ", "_"))
def operation(request):
    """One operation after the other: a function without arguments that returns arrays."""

    def compute():
        with np.errstate(all="ignore"):
            return list(OPERATIONS[request.param]())

    return compute


@pytest.fixture(scope="session")
def floating_point_state(tmp_path_factory):
    return FloatingPointState(build_state_library(tmp_path_factory.mktemp("floating_point")))


@pytest.fixture(params=STATES, ids=lambda name: name.replace(" ", "_"))
def under_hostile_state(request, floating_point_state):
    """Call a function in this thread under another state; hold it to leaving that as it was."""
    return partial(floating_point_state.call, request.param)


@pytest.fixture(params=THREADS)
def number_of_threads(request):
    return request.param


@pytest.fixture
def plans_made(monkeypatch):
    """The plans that models make while the test runs, in order."""
    return _watch_plans(monkeypatch, Plan)


@pytest.fixture
def unfused_plans_made(monkeypatch):
    """The same, but models compute every step in a call of its own."""
    return _watch_plans(monkeypatch, partial(Plan, fusion=False))


def _watch_plans(monkeypatch, make):
    made = []

    def make_and_remember(*arguments, **settings):
        made.append(make(*arguments, **settings))
        return made[-1]

    monkeypatch.setattr("nativecnn.model.Plan", make_and_remember)
    return made


@pytest.fixture
def without_packing(monkeypatch):
    """Let no kernel be kept in a form of the backend's own; the fixture lists how often that was asked for."""
    asked = []
    monkeypatch.setattr(_kernels, "pack_conv2d", lambda *arguments: asked.append(arguments))
    return asked
