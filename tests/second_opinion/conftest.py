import numpy as np
import pytest

from nativecnn import ops
from support import assert_same_bits
from support.second_opinion import CannotBuildError, SecondOpinion


@pytest.fixture(scope="session")
def opinion(tmp_path_factory):
    """The arithmetic contract in plain C."""
    try:
        return SecondOpinion(tmp_path_factory.mktemp("second_opinion"))
    except CannotBuildError as error:
        pytest.skip(str(error))


@pytest.fixture
def agree(opinion, threads_for_any_work):
    """Call a function of ``nativecnn.ops`` on both backends and of the second opinion.

    Holds all three to the same bits, and returns them.
    """

    def agree(function, *arguments, **settings):
        expected = _as_arrays(getattr(opinion, function)(*arguments, **settings))
        for backend in ("reference", "native"):
            with ops.use_backend(backend), np.errstate(all="ignore"):
                assert_same_bits(_as_arrays(getattr(ops, function)(*arguments, **settings)), expected)
        return expected

    return agree


def _as_arrays(result):
    """Return a result's arrays; losses, floats that hold a float32 value, become arrays as well."""
    if isinstance(result, tuple):
        return tuple(_as_arrays(part) for part in result)
    if isinstance(result, float):
        assert np.isnan(result) or float(np.float32(result)) == result
        return np.array(result, np.float32)
    return result
