"""The C header of exp, log, tanh and sigmoid, compiled by itself; and arguments for them."""

import ctypes
import os
import platform
import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
HEADER_FOLDER = HERE.parents[1] / "nativecnn" / "_kernels" / "tile"
COMPILER_FLAGS = ["-std=c11", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]

FUNCTIONS = ["exp", "log", "tanh", "sigmoid"]


def c_compiler():
    command = shlex.split(os.environ.get("CC", "")) or ["cc"]
    if platform.system() == "Windows" or shutil.which(command[0]) is None:
        pytest.skip("no C compiler that takes gcc's options")
    return command


def compile_c(arguments):
    command = [*c_compiler(), *COMPILER_FLAGS, f"-I{HEADER_FOLDER}", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def compiled_functions(library, flags):
    """Compile the functions with `flags` into the file `library`; return them as call(name, x)."""
    completed = compile_c([*flags, "-fPIC", "-shared", HERE / "elementary_library.c", "-o", library, "-lm"])
    assert completed.returncode == 0, completed.stderr
    loaded = ctypes.CDLL(str(library))

    def call(name, x):
        function = getattr(loaded, name + "_array")
        function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
        function.restype = None
        y = np.empty_like(x)
        function(x.ctypes.data, y.ctypes.data, x.size)
        return y

    return call


def floats_from(first, count):
    """Return the float32 values whose bits are `first` and those that follow."""
    return np.arange(first, first + count, dtype=np.uint64).astype(np.uint32).view(np.float32)
