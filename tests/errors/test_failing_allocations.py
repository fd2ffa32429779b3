"""Each allocation of a call fails in turn: it raises MemoryError, and the model stays as it was and usable."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
GROUPS = {
    "construction": "construction;build;add;compile",
    "computing": "predict_first;predict;evaluate_first;evaluate",
    "files": "save;save_over;load;load_weights",
    "fit": "fit_sgd;fit_momentum;fit_nesterov;fit_adam",
    "train_on_batch": "train_on_batch_sgd;train_on_batch_momentum;train_on_batch_nesterov;train_on_batch_adam",
    "operations": "operations",
}


@pytest.fixture(scope="module")
def failing_allocations(tmp_path_factory):
    """The library that lets allocations fail."""
    command = shlex.split(os.environ.get("CC", "cc"))
    if not sys.platform.startswith("linux"):
        pytest.skip("allocations are made to fail by LD_PRELOAD, on Linux")
    if shutil.which(command[0]) is None:
        pytest.skip(f"no C compiler: {command[0]}")
    library = tmp_path_factory.mktemp("allocations") / "failing_allocations.so"
    source = HERE / "failing_allocations.c"
    subprocess.run([*command, "-O1", "-shared", "-fPIC", str(source), "-o", str(library), "-ldl"], check=True)
    return library


def run(library, scenarios, most, folder):
    preloaded = " ".join([str(library), *os.environ.get("LD_PRELOAD", "").split()])
    environment = {**os.environ, "LD_PRELOAD": preloaded, "PYTHONMALLOC": "malloc"}
    # A sanitizer wants to come first, but only what comes before it can let its own allocations fail.
    options = os.environ.get("ASAN_OPTIONS", "")
    environment["ASAN_OPTIONS"] = f"{options}:verify_asan_link_order=0"
    program = [sys.executable, str(HERE / "allocation_scenarios.py"), scenarios, str(most), str(folder)]
    return subprocess.run(program, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("scenarios", GROUPS.values(), ids=GROUPS)
def test_a_failing_allocation_raises_memory_error_and_leaves_all_usable(failing_allocations, scenarios, tmp_path):
    done = run(failing_allocations, scenarios, 13, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.parametrize("scenarios", GROUPS.values(), ids=GROUPS)
def test_every_allocation_may_fail(failing_allocations, scenarios, tmp_path):
    done = run(failing_allocations, scenarios, 0, tmp_path)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
