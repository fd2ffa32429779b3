from functools import partial

import numpy as np
import pytest

from support.floating_point import STATES, FloatingPointState, build_state_library
from support.operations import OPERATIONS


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
