"""ReLU whose slopes are learned, one for each element of a sample or shared along some of its axes."""

import numpy as np

from libc.string cimport memcpy

from .runs cimport Place, RunSum, image_runs, plan_run_sum, run_sum
from .runtime cimport active_kernels, nativecnn_kernels, share_out, thread_scratch, threads_for

cdef enum:
    CHUNK = 8192         # elements of a task
    SHORTEST = 256       # slopes in a row that are worth a call
    MOST_BLOCK = 1024    # slopes whose gradients are summed together

cdef struct Elements:
    const nativecnn_kernels *kernels
    Py_ssize_t count
    const float *slopes     # of the first `period` elements, and again of the next
    Py_ssize_t period
    const float *dy         # or NULL
    const float *x
    float *result

cdef struct Slopes:
    const nativecnn_kernels *kernels
    Py_ssize_t slopes
    Py_ssize_t block_size
    const float *x          # (pixels, slopes)
    const float *dy
    float *dalpha


cdef bint pixels_lie_together(x, alpha) except -1:
    """Return whether the axes that share slopes are the first of a sample."""
    cdef Py_ssize_t shared = 0
    while shared < alpha.ndim and alpha.shape[shared] == 1:
        shared += 1
    return alpha.shape[shared:] == x.shape[1 + shared:]


cdef void elements_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Elements *run = <const Elements *> context
    cdef Py_ssize_t first = task * CHUNK, last = min((task + 1) * CHUNK, run.count)
    cdef Py_ssize_t place = first % run.period, count
    while first < last:
        count = min(run.period - place, last - first)
        if run.dy is NULL:
            run.kernels.prelu(count, run.slopes + place, run.x + first, run.result + first)
        else:
            run.kernels.prelu_gradient(
                count, run.slopes + place, run.dy + first, run.x + first, run.result + first
            )
        first += count
        place = 0


cdef int map_elements(dy, x, alpha, result) except -1:
    """Compute the output, or where there is ``dy`` the input's gradient."""
    cdef const float[::1] gradients, values = x.reshape(-1), slopes
    cdef float[::1] target = result.reshape(-1)
    cdef float repeated[2 * SHORTEST]
    cdef Elements run
    cdef Py_ssize_t i
    run.kernels, run.count = active_kernels(), target.shape[0]
    if run.count == 0:
        return 0
    if not pixels_lie_together(x, alpha):
        alpha = np.ascontiguousarray(np.broadcast_to(alpha, x.shape[1:]))
    slopes = alpha.reshape(-1)
    run.slopes, run.period = &slopes[0], slopes.shape[0]
    if run.period < SHORTEST:
        run.slopes, run.period = repeated, 0
        while run.period < SHORTEST:
            for i in range(slopes.shape[0]):
                repeated[run.period + i] = slopes[i]
            run.period += slopes.shape[0]
    run.dy = NULL
    if dy is not None:
        gradients = dy.reshape(-1)
        run.dy = &gradients[0]
    run.x, run.result = &values[0], &target[0]
    cdef int threads = threads_for(<double> run.count * 4)
    with nogil:
        share_out(elements_task, &run, (run.count + CHUNK - 1) // CHUNK, threads)
    return 0


def prelu(x, alpha, y):
    map_elements(None, x, alpha, y)


def prelu_input_gradient(dy, x, alpha, dx):
    map_elements(dy, x, alpha, dx)


cdef void sum_pixels(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, const Place *place, char *_scratch,
) noexcept nogil:
    cdef const Slopes *run = <const Slopes *> context
    cdef Py_ssize_t slope = block * run.block_size, offset = first * run.slopes + slope, _merge
    cdef Py_ssize_t slopes = min(run.block_size, run.slopes - slope)
    cdef float *sums = place.sums
    run.kernels.prelu_slope_sums(last - first, slopes, run.x + offset, run.dy + offset, run.slopes, sums)
    for _merge in range(place.merges):
        sums -= run.block_size
        run.kernels.add(slopes, sums, sums + run.block_size, sums)
    if place.finished:
        memcpy(run.dalpha + slope, sums, slopes * sizeof(float))


cdef void store_sums(const void *context, Py_ssize_t block, const float *total) noexcept nogil:
    cdef const Slopes *run = <const Slopes *> context
    cdef Py_ssize_t slope = block * run.block_size
    memcpy(run.dalpha + slope, total, min(run.block_size, run.slopes - slope) * sizeof(float))


def prelu_alpha_gradient(x, dy, dalpha):
    cdef const float[::1] values, gradients
    cdef float[::1] target = dalpha.reshape(-1)
    cdef Slopes run
    cdef RunSum sum
    if x.size == 0:
        dalpha[...] = 0.0
        return
    if not pixels_lie_together(x, dalpha):
        shared = [axis + 1 for axis in range(dalpha.ndim) if dalpha.shape[axis] == 1]
        order = [0, *shared, *(axis for axis in range(1, x.ndim) if axis not in shared)]
        x, dy = np.ascontiguousarray(x.transpose(order)), np.ascontiguousarray(dy.transpose(order))
    values, gradients = x.reshape(-1), dy.reshape(-1)
    run.kernels, run.slopes = active_kernels(), target.shape[0]
    run.x, run.dy, run.dalpha = &values[0], &gradients[0], &target[0]
    run.block_size = min(run.slopes, MOST_BLOCK)
    sum.runs = image_runs(x.shape[0], x.size // x.shape[0] // run.slopes, 1)
    sum.blocks = (run.slopes + run.block_size - 1) // run.block_size
    sum.block_size, sum.scratch_bytes = run.block_size, 0
    sum.partial, sum.store, sum.context = sum_pixels, store_sums, &run
    cdef int threads = threads_for(<double> values.shape[0] * 4)
    cdef char *memory = thread_scratch().reserve(plan_run_sum(&sum, threads))
    with nogil:
        run_sum(&sum, memory)
