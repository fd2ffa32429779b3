"""Element-wise functions over whole arrays, shared out between threads."""

from .runtime cimport active_kernels, share_out, threads_for

cdef struct Unary:
    unary_kernel kernel
    Py_ssize_t count
    const float *x
    float *y

cdef struct Binary:
    binary_kernel kernel
    Py_ssize_t count
    const float *a
    const float *b
    float *y


cdef Py_ssize_t chunks(Py_ssize_t count) noexcept nogil:
    return (count + CHUNK - 1) // CHUNK


cdef void unary_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Unary *run = <const Unary *> context
    cdef Py_ssize_t first = task * CHUNK
    run.kernel(min(CHUNK, run.count - first), run.x + first, run.y + first)


cdef int map_unary(unary_kernel kernel, x, y, int cost) except -1:
    """Apply ``kernel`` to every element; ``cost`` is an element's, in multiply-adds."""
    cdef const float[::1] source = x.reshape(-1)
    cdef float[::1] target = y.reshape(-1)
    cdef Unary run
    run.kernel, run.count = kernel, target.shape[0]
    if run.count == 0:
        return 0
    run.x, run.y = &source[0], &target[0]
    cdef int threads = threads_for(<double> run.count * cost)
    with nogil:
        share_out(unary_task, &run, chunks(run.count), threads)
    return 0


cdef void binary_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Binary *run = <const Binary *> context
    cdef Py_ssize_t first = task * CHUNK
    run.kernel(min(CHUNK, run.count - first), run.a + first, run.b + first, run.y + first)


cdef int map_binary(binary_kernel kernel, a, b, y, int cost) except -1:
    """Apply ``kernel`` to every pair of elements; ``cost`` is a pair's, in multiply-adds."""
    cdef const float[::1] left = a.reshape(-1), right = b.reshape(-1)
    cdef float[::1] target = y.reshape(-1)
    cdef Binary run
    run.kernel, run.count = kernel, target.shape[0]
    if run.count == 0:
        return 0
    run.a, run.b, run.y = &left[0], &right[0], &target[0]
    cdef int threads = threads_for(<double> run.count * cost)
    with nogil:
        share_out(binary_task, &run, chunks(run.count), threads)
    return 0


def add(a, b, y):
    map_binary(active_kernels().add, a, b, y, 4)
