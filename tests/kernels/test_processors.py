"""Processors that this machine does not have, under QEMU: the right bits, and never an illegal instruction."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nativecnn._kernels import _build_config, runtime
from support import results

QEMU = shutil.which("qemu-x86_64")
# QEMU's processors, and the fastest instruction set that each of them has
PROCESSORS = [
    ("Nehalem", "generic"),
    pytest.param("SandyBridge", "generic", marks=pytest.mark.long),  # AVX alone
    ("Haswell,-fma", "generic"),  # AVX2 without a fused multiply-add
    ("Haswell", "avx2"),
]

pytestmark = [
    pytest.mark.skipif(QEMU is None, reason="no qemu-x86_64 (Debian: qemu-user)"),
    pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="emulates x86-64 on x86-64 only"),
    pytest.mark.skipif(_build_config.sanitizers != "", reason="sanitizers do not run under QEMU"),
]


def run_on(processor, **variables):
    # What is forced on NumPy's linear algebra would be forced on any processor.
    forced = ("NATIVECNN_ISA", "OPENBLAS_CORETYPE")
    environment = {name: value for name, value in os.environ.items() if name not in forced}
    environment |= {"PYTHONPATH": str(Path(results.__file__).parents[1]), **variables}
    return subprocess.run(
        [QEMU, "-cpu", processor, sys.executable, "-m", "support.results"],
        capture_output=True,
        text=True,
        env=environment,
    )


@pytest.fixture(scope="module")
def expected():
    return [results.hash_of_operations(), results.hash_of_training()]


@pytest.mark.parametrize("processor, instruction_set", PROCESSORS)
def test_bits_do_not_depend_on_the_processor(processor, instruction_set, expected):
    if instruction_set not in runtime.built_instruction_sets():
        pytest.skip(f"the kernels for {instruction_set} were not built")
    completed = run_on(processor)
    assert completed.returncode == 0, completed.stderr
    assert completed.stdout.split() == [instruction_set, *expected]


@pytest.mark.parametrize("processor, name", [("Haswell,-fma", "avx2"), ("Haswell", "avx512")])
def test_an_instruction_set_that_the_processor_lacks_is_refused(processor, name):
    completed = run_on(processor, NATIVECNN_ISA=name)
    assert completed.returncode == 1
    assert "ValueError: NATIVECNN_ISA: expected an instruction set" in completed.stderr
