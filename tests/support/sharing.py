"""The pool of threads, called from Python: tasks are Python functions, one of which computes at a time."""

import ctypes
import threading

import pytest

from nativecnn._kernels import runtime

needs_threads = pytest.mark.skipif(runtime.threads_library() is None, reason="serial build")

_TASK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int)
_SECONDS = 30  # for threads to come, on a machine that is busy with other things


def _exported(name):
    """Return the address of one of the functions that runtime offers the other modules."""
    capsule = runtime.__pyx_capi__[name]
    get_name = ctypes.pythonapi.PyCapsule_GetName
    get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return get_pointer(capsule, get_name(capsule))


_share_out = ctypes.CFUNCTYPE(None, _TASK, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int)(_exported("share_out"))


def share_out(function, tasks, threads):
    """Call ``function(task, thread)`` for every task, as the kernels do; raise the first exception there was."""
    errors = []

    def call(_context, task, thread):
        try:
            function(task, thread)
        except BaseException as error:
            errors.append(error)

    _share_out(_TASK(call), None, tasks, threads)
    if errors:
        raise errors[0]


def meet(threads):
    """Compute with ``threads`` threads at once, each of which waits for all others; return their numbers.

    Raises
    ------
    threading.BrokenBarrierError
        If fewer have come after half a minute.
    """
    barrier, numbers = threading.Barrier(threads), []

    def task(_task, thread):
        numbers.append(thread)
        barrier.wait(_SECONDS)

    share_out(task, threads, threads)
    return sorted(numbers)
