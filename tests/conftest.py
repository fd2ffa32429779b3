import pytest

from nativecnn._kernels import runtime


@pytest.fixture(params=runtime.supported_instruction_sets())
def instruction_set(request):
    """Run the test once with each instruction set that this machine supports."""
    before = runtime.set_instruction_set(request.param)
    yield request.param
    runtime.set_instruction_set(before)


@pytest.fixture
def threads_for_any_work():
    """Let small arrays be shared out between as many threads as are allowed."""
    before = runtime.set_work_per_thread(1)
    yield
    runtime.set_work_per_thread(before)
