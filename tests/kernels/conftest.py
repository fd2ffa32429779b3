import pytest


@pytest.fixture(autouse=True)
def many_threads(threads_for_any_work):
    """Every test of a kernel shares out work, however little."""
