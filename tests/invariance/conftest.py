import numpy as np
import pytest

from support.operations import OPERATIONS


@pytest.fixture(params=OPERATIONS, ids=lambda name: name.replace(" ", "_"))
def operation(request):
    """One operation after the other: a function without arguments that returns arrays."""

    def compute():
        with np.errstate(all="ignore"):
            return list(OPERATIONS[request.param]())

    return compute
