"""Find the system's threads by compiling, linking and importing a module that starts one."""

from setuptools.errors import PlatformError

from .toolchain import Toolchain

POSIX_INCLUDES = """
#include <pthread.h>
static void *nativecnn_probe_body(void *argument) { return argument; }
"""
POSIX_BODY = """
    pthread_t thread;
    if (pthread_create(&thread, NULL, nativecnn_probe_body, NULL) != 0 || pthread_join(thread, NULL) != 0
        || pthread_atfork(NULL, NULL, NULL) != 0) {
        PyErr_SetString(PyExc_ImportError, "no thread could be started");
        return NULL;
    }
"""
WINDOWS_INCLUDES = """
#include <windows.h>
static DWORD WINAPI nativecnn_probe_body(LPVOID argument) { (void)argument; return 0; }
"""
WINDOWS_BODY = """
    const HANDLE thread = CreateThread(NULL, 0, nativecnn_probe_body, NULL, 0, NULL);
    if (thread == NULL || WaitForSingleObject(thread, INFINITE) != WAIT_OBJECT_0 || !CloseHandle(thread)) {
        PyErr_SetString(PyExc_ImportError, "no thread could be started");
        return NULL;
    }
"""


def find_threads(toolchain: Toolchain, wish: str | None) -> tuple[str, ...] | None:
    """Return the flags of compiler and linker that threads need, or None for a serial build.

    `wish` is NATIVECNN_THREADS: "0" builds serially, "1" makes missing threads an error, None takes what is there.
    """
    if wish not in (None, "", "0", "1"):
        raise PlatformError(f"expected NATIVECNN_THREADS=0 or 1, got {wish!r}")
    if wish == "0":
        return None
    if toolchain.is_msvc:
        flags, includes, body = (), WINDOWS_INCLUDES, WINDOWS_BODY
    else:
        flags, includes, body = ("-pthread",), POSIX_INCLUDES, POSIX_BODY
    if toolchain.module_works(includes, body, flags, flags):
        return flags
    if wish == "1":
        raise PlatformError(f"expected threads (NATIVECNN_THREADS=1), got: {toolchain.last_error}")
    return None
