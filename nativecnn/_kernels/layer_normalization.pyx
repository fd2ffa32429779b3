"""Layer normalization: row by row; gradients of the weights over all rows by runs and their tree."""

from libc.string cimport memcpy, memset

from .runs cimport Place, RunSum, image_runs, merge_run, plan_run_sum, run_sum
from .runtime cimport Scratch, active_kernels, nativecnn_kernels, share_out, thread_scratch, threads_for

cdef enum:
    BLOCK = 256          # values whose gradients are summed together
    TASK_FLOATS = 8192
    ELEMENT_WORK = 16    # in multiply-adds

cdef struct Rows:
    const nativecnn_kernels *kernels
    Py_ssize_t rows
    Py_ssize_t count             # values of a row
    Py_ssize_t task_rows
    Py_ssize_t block_size
    const float *x
    const float *dy              # or NULL
    const float *gamma           # or NULL
    const float *beta            # or NULL
    double epsilon
    float *mean
    float *inverse
    float *result
    float *dgamma
    float *dbeta
    float *scratch


cdef Rows all_rows(Py_ssize_t rows, Py_ssize_t count) noexcept nogil:
    cdef Rows run
    memset(&run, 0, sizeof(run))
    run.kernels = active_kernels()
    run.rows, run.count = rows, count
    run.task_rows = max(1, TASK_FLOATS // max(1, count))
    return run


cdef Py_ssize_t tasks(const Rows *run) noexcept nogil:
    return (run.rows + run.task_rows - 1) // run.task_rows


cdef void normalize_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Rows *run = <const Rows *> context
    cdef Py_ssize_t first = task * run.task_rows, row
    for row in range(first, min(run.rows, first + run.task_rows)):
        run.kernels.normalize_row(
            run.count, run.x + row * run.count, run.gamma, run.beta, run.epsilon, run.mean + row, run.inverse + row,
            run.result + row * run.count,
        )


def layer_normalization(
    const float[:, ::1] x, const float[::1] gamma, const float[::1] beta, double epsilon, float[::1] mean,
    float[::1] inverse, float[:, ::1] y,
):
    cdef Rows run = all_rows(x.shape[0], x.shape[1])
    if run.rows == 0 or run.count == 0:
        return
    run.x, run.mean, run.inverse, run.result, run.epsilon = &x[0, 0], &mean[0], &inverse[0], &y[0, 0], epsilon
    if gamma is not None:
        run.gamma = &gamma[0]
    if beta is not None:
        run.beta = &beta[0]
    cdef int threads = threads_for(<double> run.rows * run.count * ELEMENT_WORK)
    with nogil:
        share_out(normalize_task, &run, tasks(&run), threads)


cdef void input_gradient_task(const void *context, Py_ssize_t task, int thread) noexcept nogil:
    cdef const Rows *run = <const Rows *> context
    cdef Py_ssize_t first = task * run.task_rows, row, offset
    for row in range(first, min(run.rows, first + run.task_rows)):
        offset = row * run.count
        run.kernels.normalize_row_gradient(
            run.count, run.dy + offset, run.x + offset, run.gamma, run.mean[row], run.inverse[row],
            run.scratch + thread * 2 * run.count, run.result + offset,
        )


def layer_normalization_input_gradient(
    const float[:, ::1] dy, const float[:, ::1] x, const float[::1] gamma, const float[::1] mean,
    const float[::1] inverse, float[:, ::1] dx,
):
    cdef Rows run = all_rows(x.shape[0], x.shape[1])
    if run.rows == 0 or run.count == 0:
        return
    run.dy, run.x, run.result = &dy[0, 0], &x[0, 0], &dx[0, 0]
    run.mean, run.inverse = <float *> &mean[0], <float *> &inverse[0]
    if gamma is not None:
        run.gamma = &gamma[0]
    cdef int threads = threads_for(<double> run.rows * run.count * ELEMENT_WORK)
    cdef Scratch scratch = thread_scratch()
    run.scratch = <float *> scratch.reserve(threads * 2 * run.count * sizeof(float))
    with nogil:
        share_out(input_gradient_task, &run, tasks(&run), threads)


cdef void store_gradients(const void *context, Py_ssize_t block, const float *total) noexcept nogil:
    cdef const Rows *run = <const Rows *> context
    cdef Py_ssize_t first = block * BLOCK
    cdef size_t size = min(BLOCK, run.count - first) * sizeof(float)
    memcpy(run.dbeta + first, total, size)
    memcpy(run.dgamma + first, total + run.block_size // 2, size)


cdef void sum_gradients(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, const Place *place, char *_scratch,
) noexcept nogil:
    cdef const Rows *run = <const Rows *> context
    cdef Py_ssize_t offset = first * run.count + block * BLOCK
    run.kernels.row_gradients(
        last - first, min(BLOCK, run.count - block * BLOCK), run.dy + offset, run.x + offset, run.count,
        run.mean + first, run.inverse + first, place.sums, place.sums + run.block_size // 2,
    )
    cdef const float *total = merge_run(run.kernels, run.block_size, place)
    if place.finished:
        store_gradients(run, block, total)


def layer_normalization_weight_gradients(
    const float[:, :, :, ::1] dy, const float[:, :, :, ::1] x, const float[::1] mean, const float[::1] inverse,
    float[::1] dgamma, float[::1] dbeta,
):
    cdef RunSum sum
    sum.runs = image_runs(x.shape[0], x.shape[1], x.shape[2])
    cdef Rows run = all_rows(sum.runs.pixels, x.shape[3])
    if run.count == 0:
        return
    if run.rows:
        run.x, run.dy, run.mean, run.inverse = (
            &x[0, 0, 0, 0], &dy[0, 0, 0, 0], <float *> &mean[0], <float *> &inverse[0]
        )
    run.dgamma, run.dbeta = &dgamma[0], &dbeta[0]
    sum.blocks = (run.count + BLOCK - 1) // BLOCK
    sum.block_size = run.block_size = 2 * min(BLOCK, run.count)
    sum.scratch_bytes = 0
    sum.partial, sum.store, sum.context = sum_gradients, store_gradients, &run
    cdef Py_ssize_t size = plan_run_sum(&sum, threads_for(<double> run.rows * run.count * ELEMENT_WORK))
    cdef char *memory = thread_scratch().reserve(size)
    with nogil:
        run_sum(&sum, memory)
