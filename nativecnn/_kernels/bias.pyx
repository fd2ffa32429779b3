"""The gradient of a bias where it does not come out of the kernel's: output gradients summed over a batch's pixels."""

from libc.string cimport memcpy

from .runs cimport RunSum, image_runs, plan_run_sum, run_sum
from .runtime cimport Scratch, active_kernels, nativecnn_kernels, thread_scratch

from .threads import threads_for

cdef struct Gradient:
    const nativecnn_kernels *kernels
    const float *gradients
    Py_ssize_t filters
    float *dbias


cdef void sum_pixels(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, float *total, char *scratch,
) noexcept nogil:
    cdef const Gradient *run = <const Gradient *> context
    run.kernels.sum_rows(last - first, run.filters, run.gradients + first * run.filters, run.filters, total)


cdef void store_sum(const void *context, Py_ssize_t block, const float *total) noexcept nogil:
    cdef const Gradient *run = <const Gradient *> context
    memcpy(run.dbias, total, run.filters * sizeof(float))


cdef int bias_gradient(
    const float *gradients, Py_ssize_t samples, Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t filters, float *dbias,
) except -1:
    """Write the sums of ``gradients`` (samples, rows, columns, filters) over all pixels."""
    cdef Gradient run
    cdef RunSum sum
    cdef Scratch scratch = thread_scratch()
    cdef Py_ssize_t sum_bytes
    cdef char *memory
    run.kernels, run.gradients, run.filters, run.dbias = active_kernels(), gradients, filters, dbias
    sum.runs = image_runs(samples, rows, columns)
    sum.blocks, sum.block_size, sum.scratch_bytes = 1, filters, 0
    sum.partial, sum.store, sum.context = sum_pixels, store_sum, &run
    sum_bytes = plan_run_sum(&sum, threads_for(16.0 * samples * rows * columns * filters))
    memory = scratch.reserve(sum_bytes)
    with nogil:
        run_sum(&sum, memory)
    return 0
