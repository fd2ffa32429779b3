import signal

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


@pytest.fixture
def default_ctrl_c():
    """Let Ctrl-C raise as it does by default, also in a shell's background job, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
