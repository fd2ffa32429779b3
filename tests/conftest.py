import signal

import hypothesis
import pytest

from nativecnn._kernels import runtime

# The outcome depends neither on chance nor on earlier runs; "long" looks further, and elsewhere each time.
hypothesis.settings.register_profile(
    "default",
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.register_profile(
    "long", hypothesis.settings.get_profile("default"), max_examples=1000, derandomize=False, print_blob=True
)
hypothesis.settings.load_profile("default")


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
