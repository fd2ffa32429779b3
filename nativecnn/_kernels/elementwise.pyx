"""Element-wise functions over whole arrays, shared out between threads."""

from cython.parallel cimport parallel, prange

from .runtime cimport active_kernels, enter_fp_state, leave_fp_state, threads_for

cdef enum:
    CHUNK = 8192  # elements of a task


cdef int map_unary(unary_kernel kernel, x, y, int cost) except -1:
    """Apply ``kernel`` to every element; ``cost`` is an element's, in multiply-adds."""
    cdef const float[::1] source = x.reshape(-1)
    cdef float[::1] target = y.reshape(-1)
    cdef Py_ssize_t count = target.shape[0], task
    cdef unsigned long long state = 0
    cdef int threads = threads_for(<double> count * cost)
    if count == 0:
        return 0
    if threads == 1:  # without the cost of a parallel region
        with nogil:
            state = enter_fp_state()
            kernel(count, &source[0], &target[0])
            leave_fp_state(state)
        return 0
    with nogil, parallel(num_threads=threads):
        state = enter_fp_state()
        for task in prange((count + CHUNK - 1) // CHUNK, schedule="static"):
            kernel(min(CHUNK, count - task * CHUNK), &source[task * CHUNK], &target[task * CHUNK])
        leave_fp_state(state)
    return 0


cdef int map_binary(binary_kernel kernel, a, b, y, int cost) except -1:
    """Apply ``kernel`` to every pair of elements; ``cost`` is a pair's, in multiply-adds."""
    cdef const float[::1] left = a.reshape(-1), right = b.reshape(-1)
    cdef float[::1] target = y.reshape(-1)
    cdef Py_ssize_t count = target.shape[0], task
    cdef unsigned long long state = 0
    cdef int threads = threads_for(<double> count * cost)
    if count == 0:
        return 0
    if threads == 1:
        with nogil:
            state = enter_fp_state()
            kernel(count, &left[0], &right[0], &target[0])
            leave_fp_state(state)
        return 0
    with nogil, parallel(num_threads=threads):
        state = enter_fp_state()
        for task in prange((count + CHUNK - 1) // CHUNK, schedule="static"):
            kernel(
                min(CHUNK, count - task * CHUNK), &left[task * CHUNK], &right[task * CHUNK], &target[task * CHUNK]
            )
        leave_fp_state(state)
    return 0


def add(a, b, y):
    map_binary(active_kernels().add, a, b, y, 4)
