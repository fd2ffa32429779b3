"""Calling functions under another floating-point state than the usual one."""

import ctypes
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

_SOURCE = Path(__file__).with_name("floating_point.c")

# In the order of the library's.
STATES = [
    "flush to zero",
    "denormals are zero",
    "flush to zero, denormals are zero",
    "round down",
    "round up",
    "round towards zero",
    "all of it",
    "no exception masked",
]
NO_EXCEPTION_MASKED = STATES.pop()  # ends the process where something computes: for children


class FloatingPointState:
    """The calling thread's floating-point state, read and set through a small library."""

    def __init__(self, library):
        self.library = str(library)
        self._library = ctypes.CDLL(self.library)
        self._library.get_state.restype = self._library.hostile_state.restype = ctypes.c_uint64
        self._library.set_state.argtypes = [ctypes.c_uint64]
        self.get = self._library.get_state
        self.set = self._library.set_state

    def of_arithmetic(self):
        """Return what float32 and float64 follow (the x87 control word, above it, is for long double)."""
        return self.get() & 0xFFFFFFFF

    def become_hostile(self, name):
        """Set a state by its name; return what the registers then hold."""
        self.set(self._library.hostile_state([*STATES, NO_EXCEPTION_MASKED].index(name)))
        return self.get()

    def call(self, name, function):
        """Call a function in this thread under a state; hold it to leaving that as it was, also when it raises."""
        usual = self.get()
        try:
            hostile = self.become_hostile(name)
            try:
                return function()
            finally:
                after = self.get()
        finally:
            self.set(usual)
            assert after == hostile


def build_state_library(folder):
    """Compile the library into a folder and return its path, or skip the test."""
    command = shlex.split(os.environ.get("CC", "cc"))
    if shutil.which(command[0]) is None:
        pytest.skip(f"no C compiler: {command[0]}")
    library = folder / "floating_point.so"
    built = subprocess.run(
        [*command, "-O1", "-shared", "-fPIC", str(_SOURCE), "-o", str(library)], capture_output=True, text=True
    )
    if built.returncode:
        pytest.skip(f"the compiler does not build a library that changes the state: {built.stderr.strip()}")
    return library
