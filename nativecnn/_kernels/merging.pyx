"""Several arrays merged element by element, shared out between threads."""

from .arrays cimport ArrayList
from .elementwise cimport CHUNK, chunks, map_binary, map_unary
from .prepared cimport Prepared
from .runtime cimport active_kernels, merging_gradient_kernel, merging_kernel, nativecnn_kernels, share_out, threads_for

cdef enum:
    COST = 4  # of an element that passes through memory, in multiply-adds

cdef struct Merging:
    const nativecnn_kernels *kernels
    merging_kernel kernel
    float divisor      # 1 where nothing is divided
    Py_ssize_t count   # elements
    Py_ssize_t arrays
    const float *const *x
    float *y

cdef struct Sharing:
    merging_gradient_kernel kernel
    Py_ssize_t count
    Py_ssize_t arrays
    const float *const *x
    const float *dy
    float *const *dx

cdef struct Division:
    const nativecnn_kernels *kernels
    Py_ssize_t count
    float divisor
    const float *x
    float *y

cdef void merge_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Merging *run = <const Merging *> context
    cdef Py_ssize_t first = task * CHUNK, end = min(run.count, (task + 1) * CHUNK)
    run.kernel(run.arrays, run.x, first, end, run.y)
    if run.divisor != 1:
        run.kernels.divide(end - first, run.y + first, run.divisor, run.y + first)


cdef class PreparedMerging(Prepared):
    """What all merging element by element keeps."""
    cdef ArrayList inputs
    cdef float[::1] y

    def __init__(self, inputs, y):
        self.inputs = ArrayList(inputs)
        self.y = y.reshape(-1)

    cdef int merge(self, merging_kernel kernel, float divisor) except -1:
        cdef Merging run
        run.kernels, run.kernel, run.divisor, run.count = active_kernels(), kernel, divisor, self.y.shape[0]
        if run.count == 0:
            return 0
        run.arrays, run.x, run.y = self.inputs.count, <const float *const *> self.inputs.pointers, &self.y[0]
        cdef int threads = threads_for(<double> run.count * run.arrays * COST)
        with nogil:
            share_out(merge_task, &run, chunks(run.count), threads)
        return 0


cdef class PreparedAddition(PreparedMerging):
    """Sums."""

    cdef int compute(self) except -1:
        return self.merge(active_kernels().add_all, 1)


cdef class PreparedAverage(PreparedMerging):
    """Sums divided by their number of terms."""

    cdef int compute(self) except -1:
        return self.merge(active_kernels().add_all, <float> self.inputs.count)


def add_all(inputs, y):
    PreparedAddition(inputs, y)()


def average_all(inputs, y):
    PreparedAverage(inputs, y)()


def multiply_all(inputs, y):
    PreparedMerging(inputs, y).merge(active_kernels().multiply_all, 1)


def maximum_all(inputs, y):
    PreparedMerging(inputs, y).merge(active_kernels().maximum_all, 1)


def minimum_all(inputs, y):
    PreparedMerging(inputs, y).merge(active_kernels().minimum_all, 1)


cdef void share_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Sharing *run = <const Sharing *> context
    run.kernel(run.arrays, run.x, task * CHUNK, min(run.count, (task + 1) * CHUNK), run.dy, run.dx)


cdef int share(merging_gradient_kernel kernel, dy, inputs, gradients) except -1:
    """Give each element's gradient to the array whose element was taken."""
    cdef const float[::1] gradient = dy.reshape(-1)
    cdef ArrayList x = ArrayList(inputs), dx = ArrayList(gradients, writable=True)
    cdef Sharing run
    run.kernel, run.count, run.arrays = kernel, gradient.shape[0], x.count
    if run.count == 0:
        return 0
    run.x, run.dy, run.dx = <const float *const *> x.pointers, &gradient[0], dx.pointers
    cdef int threads = threads_for(<double> run.count * run.arrays * 2 * COST)
    with nogil:
        share_out(share_task, &run, chunks(run.count), threads)
    return 0


def maximum_all_gradient(dy, inputs, gradients):
    share(active_kernels().maximum_all_gradient, dy, inputs, gradients)


def minimum_all_gradient(dy, inputs, gradients):
    share(active_kernels().minimum_all_gradient, dy, inputs, gradients)


def subtract(a, b, y):
    map_binary(active_kernels().subtract, a, b, y, COST)


def negate(x, y):
    map_unary(active_kernels().negate, x, y, COST)


cdef void divide_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Division *run = <const Division *> context
    cdef Py_ssize_t first = task * CHUNK
    run.kernels.divide(min(CHUNK, run.count - first), run.x + first, run.divisor, run.y + first)


def divide(x, Py_ssize_t divisor, y):
    cdef const float[::1] source = x.reshape(-1)
    cdef float[::1] target = y.reshape(-1)
    cdef Division run
    run.kernels, run.count, run.divisor = active_kernels(), target.shape[0], <float> divisor
    if run.count == 0:
        return
    run.x, run.y = &source[0], &target[0]
    cdef int threads = threads_for(<double> run.count * COST)
    with nogil:
        share_out(divide_task, &run, chunks(run.count), threads)
