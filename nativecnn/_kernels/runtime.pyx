"""The instruction set in use, the pool of threads, the scratch memory of each caller, and what show_config reports."""

import os
import threading

from libc.stdint cimport uint64_t, uintptr_t
from libc.stdlib cimport free

from .threads import allowed_threads


cdef extern from "pool/pool.h":
    void nativecnn_share_out(
        share_out_task function, const void *context, Py_ssize_t tasks, int threads,
    ) noexcept nogil
    int nativecnn_pool_workers() noexcept nogil
    int nativecnn_prepare_pool() noexcept nogil
    const char *nativecnn_threads_library() noexcept nogil

cdef extern from *:
    """
    /* Not _Thread_local: in a library that is loaded at run time the first use in a thread takes memory, and where
     * there is none glibc ends the process. */
    static Py_tss_t nativecnn_scratch = Py_tss_NEEDS_INIT;
    static Py_tss_t nativecnn_scratch_thread = Py_tss_NEEDS_INIT;
    """
    Py_tss_t nativecnn_scratch
    Py_tss_t nativecnn_scratch_thread

cdef extern from "Python.h":
    ctypedef struct Py_tss_t:
        pass
    int PyThread_tss_create(Py_tss_t *key) noexcept nogil
    void *PyThread_tss_get(Py_tss_t *key) noexcept nogil
    int PyThread_tss_set(Py_tss_t *key, void *value) noexcept nogil
    ctypedef struct PyThreadState:
        pass
    PyThreadState *PyThreadState_Get()
    uint64_t PyThreadState_GetID(PyThreadState *state)

cdef extern from "tile/kernels.h":
    ctypedef struct nativecnn_instruction_set:
        const nativecnn_kernels *kernels
        int supported
    int nativecnn_instruction_sets(nativecnn_instruction_set *sets) noexcept nogil
    void nativecnn_processor_name(char *name, size_t size) noexcept nogil

cdef const nativecnn_kernels *_active = NULL
cdef nativecnn_instruction_set _sets[8]
cdef int _built = nativecnn_instruction_sets(_sets)


cdef const nativecnn_kernels *active_kernels() noexcept nogil:
    return _active


def built_instruction_sets():
    return tuple(_sets[i].kernels.name.decode() for i in range(_built))


def supported_instruction_sets():
    return tuple(_sets[i].kernels.name.decode() for i in range(_built) if _sets[i].supported)


def instruction_set():
    return _active.name.decode()


def set_instruction_set(name, origin="set_instruction_set"):
    global _active
    supported = supported_instruction_sets()
    if name not in supported:
        raise ValueError(
            f"{origin}: expected an instruction set that was built and that this processor supports "
            f"({', '.join(supported)}), got {name!r}"
        )
    before = None if _active is NULL else instruction_set()
    for i in range(_built):
        if _sets[i].kernels.name.decode() == name:
            _active = _sets[i].kernels
    return before


def tile_sizes():
    return _active.tile_pixels, _active.tile_filters


def threads_library():
    return None if nativecnn_threads_library() is NULL else nativecnn_threads_library().decode()


def pool_workers():
    return nativecnn_pool_workers()


cdef void share_out(share_out_task function, const void *context, Py_ssize_t tasks, int threads) noexcept nogil:
    nativecnn_share_out(function, context, tasks, threads)


def processor_name():
    cdef char name[64]
    nativecnn_processor_name(name, sizeof(name))
    return " ".join(name.decode("latin-1").split())


def run_fma_limit(Py_ssize_t iterations):
    cdef float numbers[512]
    cdef double count
    cdef int i
    cdef const nativecnn_kernels *kernels = _active
    for i in range(512):
        numbers[i] = i
    with nogil:
        count = kernels.fma_limit(iterations, numbers)
    return count


cdef class Scratch:
    def __cinit__(self):
        self.pages.allocated = NULL
        self.size = 0

    def __dealloc__(self):
        free(self.pages.allocated)

    cdef char *reserve(self, size_t size) except NULL:
        """Return ``size`` bytes, 64-byte aligned, whose contents are arbitrary numbers."""
        if size > self.size or self.pages.allocated is NULL:
            free(self.pages.allocated)
            self.size = 0
            self.pages = nativecnn_allocate(size)
            if self.pages.allocated is NULL:
                raise MemoryError(f"no {size} bytes of scratch memory")
            self.size = size
        return self.pages.memory


_local = threading.local()


cdef Scratch thread_scratch():
    # The thread-local object owns it. What C remembers of it counts for the same Python thread only, whose number
    # never comes again: one that C started may be several Python threads in turn.
    cdef uintptr_t thread = <uintptr_t> PyThreadState_GetID(PyThreadState_Get())
    cdef void *known = PyThread_tss_get(&nativecnn_scratch)
    if known is not NULL and <uintptr_t> PyThread_tss_get(&nativecnn_scratch_thread) == thread:
        return <Scratch> known
    scratch = getattr(_local, "scratch", None)
    if scratch is None:
        scratch = _local.scratch = Scratch()
    PyThread_tss_set(&nativecnn_scratch, NULL)
    if PyThread_tss_set(&nativecnn_scratch_thread, <void *> thread) == 0:
        PyThread_tss_set(&nativecnn_scratch, <void *> scratch)
    return scratch


# Below this many multiply-adds a second thread costs more than it saves. An element that only passes through memory
# counts for about 4 of them, one of exp or tanh for 64.
cdef double _work_per_thread = 1 << 18


def set_work_per_thread(double work):
    global _work_per_thread
    before, _work_per_thread = _work_per_thread, work
    return before


cdef int threads_for(double work) except -1:
    """Return how many threads pay for ``work`` multiply-adds."""
    if work < 2 * _work_per_thread:  # every call of every kernel asks: the smallest should hear at once
        return 1
    return allowed_threads(work / _work_per_thread)


if PyThread_tss_create(&nativecnn_scratch) != 0 or PyThread_tss_create(&nativecnn_scratch_thread) != 0:
    raise MemoryError("no storage of threads' own could be had")
if not nativecnn_prepare_pool():
    raise MemoryError("the pool of threads could not be prepared for forks")
*_slower, _fastest = supported_instruction_sets()
set_instruction_set(os.environ.get("NATIVECNN_ISA", "").strip() or _fastest, "NATIVECNN_ISA")
