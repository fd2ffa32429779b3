"""Batch normalization: sums over the pixels of a batch by runs and their tree; the other passes by pieces of it."""

from libc.string cimport memset

from .runs cimport Place, RunSum, image_runs, merge_run, plan_run_sum, run_sum, store_sum
from .runtime cimport active_kernels, nativecnn_kernels, share_out, thread_scratch, threads_for

cdef enum:
    BLOCK = 256          # channels that are summed together
    TASK_FLOATS = 8192   # of a piece of an array
    PASS_WORK = 4        # of an element that passes through memory, in multiply-adds

cdef struct Normalization:
    const nativecnn_kernels *kernels
    Py_ssize_t pixels
    Py_ssize_t channels
    Py_ssize_t task_pixels
    Py_ssize_t block_size
    const float *x
    const float *dy
    const float *gamma           # or NULL
    const float *beta            # or NULL
    const float *mean
    const float *variance
    double epsilon
    const float *scale
    const float *shift           # or NULL
    bint relu
    float *result                # a mean, or a pass's output
    float *dgamma
    float *dbeta
    float *coefficients


cdef Normalization whole_pixels(Py_ssize_t pixels, Py_ssize_t channels) noexcept nogil:
    cdef Normalization run
    memset(&run, 0, sizeof(run))
    run.kernels = active_kernels()
    run.pixels, run.channels = pixels, channels
    run.task_pixels = max(1, TASK_FLOATS // max(1, channels))
    return run


cdef Py_ssize_t tasks(const Normalization *run) noexcept nogil:
    return (run.pixels + run.task_pixels - 1) // run.task_pixels


# Sums


cdef void merge(const Normalization *run, Py_ssize_t block, const Place *place, store_sum store) noexcept nogil:
    cdef const float *total = merge_run(run.kernels, run.block_size, place)
    if place.finished:
        store(run, block, total)


cdef Py_ssize_t block_channels(const Normalization *run, Py_ssize_t block) noexcept nogil:
    return min(BLOCK, run.channels - block * BLOCK)


cdef void store_mean(const void *context, Py_ssize_t block, const float *total) noexcept nogil:
    cdef const Normalization *run = <const Normalization *> context
    run.kernels.channel_means(block_channels(run, block), run.pixels, total, run.result + block * BLOCK)


cdef void sum_values(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, const Place *place, char *_scratch,
) noexcept nogil:
    cdef const Normalization *run = <const Normalization *> context
    run.kernels.channel_sums(
        last - first, block_channels(run, block), run.x + first * run.channels + block * BLOCK, run.channels,
        place.sums,
    )
    merge(run, block, place, store_mean)


cdef void sum_squares(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, const Place *place, char *_scratch,
) noexcept nogil:
    cdef const Normalization *run = <const Normalization *> context
    run.kernels.channel_squares(
        last - first, block_channels(run, block), run.x + first * run.channels + block * BLOCK, run.channels,
        run.mean + block * BLOCK, place.sums,
    )
    merge(run, block, place, store_mean)


cdef void store_gradients(const void *context, Py_ssize_t block, const float *total) noexcept nogil:
    cdef const Normalization *run = <const Normalization *> context
    cdef Py_ssize_t first = block * BLOCK
    run.kernels.normalization_weight_gradients(
        block_channels(run, block), total, total + run.block_size // 2, run.variance + first, run.epsilon,
        run.dgamma + first, run.dbeta + first,
    )


cdef void sum_gradients(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, const Place *place, char *_scratch,
) noexcept nogil:
    cdef const Normalization *run = <const Normalization *> context
    cdef Py_ssize_t offset = first * run.channels + block * BLOCK
    run.kernels.channel_gradients(
        last - first, block_channels(run, block), run.dy + offset, run.x + offset, run.channels,
        run.mean + block * BLOCK, place.sums, place.sums + run.block_size // 2,
    )
    merge(run, block, place, store_gradients)


cdef RunSum sum_over(const float[:, :, :, ::1] x, Normalization *run, Py_ssize_t sums) noexcept:
    """Return the sum over the pixels of images: ``sums`` numbers for each channel."""
    cdef RunSum sum
    cdef Py_ssize_t width = min(BLOCK, x.shape[3])
    sum.runs = image_runs(x.shape[0], x.shape[1], x.shape[2])
    run[0] = whole_pixels(sum.runs.pixels, x.shape[3])
    sum.blocks = (run.channels + BLOCK - 1) // BLOCK
    sum.block_size = run.block_size = sums * width
    sum.scratch_bytes = 0
    sum.context = run
    return sum


def batch_statistics(const float[:, :, :, ::1] x, float[::1] mean, float[::1] variance):
    cdef Normalization run
    cdef RunSum sum = sum_over(x, &run, 1)
    if run.channels == 0:
        return
    run.x = &x[0, 0, 0, 0] if run.pixels else NULL
    cdef Py_ssize_t size = plan_run_sum(&sum, threads_for(<double> run.pixels * run.channels * PASS_WORK))
    cdef char *memory = thread_scratch().reserve(size)
    with nogil:
        run.result = &mean[0]
        sum.partial, sum.store = sum_values, store_mean
        run_sum(&sum, memory)
        run.mean, run.result = &mean[0], &variance[0]
        sum.partial = sum_squares
        run_sum(&sum, memory)


def batch_normalization_weight_gradients(
    const float[:, :, :, ::1] dy, const float[:, :, :, ::1] x, const float[::1] mean, const float[::1] variance,
    double epsilon, float[::1] dgamma, float[::1] dbeta,
):
    cdef Normalization run
    cdef RunSum sum = sum_over(x, &run, 2)
    if run.channels == 0:
        return
    run.x, run.dy = &x[0, 0, 0, 0] if run.pixels else NULL, &dy[0, 0, 0, 0] if run.pixels else NULL
    run.mean, run.variance, run.epsilon = &mean[0], &variance[0], epsilon
    run.dgamma, run.dbeta = &dgamma[0], &dbeta[0]
    sum.partial, sum.store = sum_gradients, store_gradients
    cdef Py_ssize_t size = plan_run_sum(&sum, threads_for(2.0 * run.pixels * run.channels * PASS_WORK))
    cdef char *memory = thread_scratch().reserve(size)
    with nogil:
        run_sum(&sum, memory)


# Passes


cdef void coefficients_task(const void *context, Py_ssize_t _task, int _thread) noexcept nogil:
    cdef const Normalization *run = <const Normalization *> context
    run.kernels.normalization_coefficients(
        run.channels, run.gamma, run.beta, run.mean, run.variance, run.epsilon, <float *> run.scale,
        <float *> run.shift,
    )


def batch_normalization_coefficients(
    const float[::1] gamma, const float[::1] beta, const float[::1] mean, const float[::1] variance, double epsilon,
    float[::1] scale, float[::1] shift,
):
    cdef Normalization run = whole_pixels(1, mean.shape[0])
    if run.channels == 0:
        return
    if gamma is not None:
        run.gamma = &gamma[0]
    if beta is not None:
        run.beta = &beta[0]
    run.mean, run.variance, run.epsilon = &mean[0], &variance[0], epsilon
    run.scale, run.shift = &scale[0], &shift[0]
    with nogil:
        share_out(coefficients_task, &run, 1, 1)


cdef void scale_shift_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Normalization *run = <const Normalization *> context
    cdef Py_ssize_t first = task * run.task_pixels
    run.kernels.scale_shift_pixels(
        min(run.task_pixels, run.pixels - first), run.channels, run.x + first * run.channels, run.scale, run.shift,
        run.relu, run.result + first * run.channels,
    )


def scale_shift(x, const float[::1] scale, const float[::1] shift, y, bint relu=False):
    cdef const float[::1] source = x.reshape(-1)
    cdef float[::1] target = y.reshape(-1)
    if target.shape[0] == 0:
        return
    cdef Normalization run = whole_pixels(target.shape[0] // scale.shape[0], scale.shape[0])
    run.x, run.scale, run.result, run.relu = &source[0], &scale[0], &target[0], relu
    if shift is not None:
        run.shift = &shift[0]
    cdef int threads = threads_for(<double> target.shape[0] * PASS_WORK)
    with nogil:
        share_out(scale_shift_task, &run, tasks(&run), threads)


cdef void gradient_coefficients_task(const void *context, Py_ssize_t _task, int _thread) noexcept nogil:
    cdef const Normalization *run = <const Normalization *> context
    run.kernels.normalization_gradient_coefficients(
        run.channels, run.pixels, run.gamma, run.variance, run.epsilon, run.dgamma, run.dbeta, run.coefficients,
    )


cdef void input_gradient_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Normalization *run = <const Normalization *> context
    cdef Py_ssize_t first = task * run.task_pixels, offset = first * run.channels
    run.kernels.normalization_input_gradient(
        min(run.task_pixels, run.pixels - first), run.channels, run.dy + offset, run.x + offset, run.mean,
        run.coefficients, run.result + offset,
    )


def batch_normalization_input_gradient(
    const float[:, :, :, ::1] dy, const float[:, :, :, ::1] x, const float[::1] gamma, const float[::1] mean,
    const float[::1] variance, double epsilon, const float[::1] dgamma, const float[::1] dbeta,
    float[:, :, :, ::1] dx,
):
    cdef Normalization run = whole_pixels(x.shape[0] * x.shape[1] * x.shape[2], x.shape[3])
    if run.pixels == 0 or run.channels == 0:
        return
    run.dy, run.x, run.result = &dy[0, 0, 0, 0], &x[0, 0, 0, 0], &dx[0, 0, 0, 0]
    if gamma is not None:
        run.gamma = &gamma[0]
    run.mean, run.variance, run.epsilon = &mean[0], &variance[0], epsilon
    run.dgamma, run.dbeta = <float *> &dgamma[0], <float *> &dbeta[0]
    cdef int threads = threads_for(<double> run.pixels * run.channels * PASS_WORK * 2)
    run.coefficients = <float *> thread_scratch().reserve(3 * run.channels * sizeof(float))
    with nogil:
        share_out(gradient_coefficients_task, &run, 1, 1)
        share_out(input_gradient_task, &run, tasks(&run), threads)


cdef void moving_average_task(const void *context, Py_ssize_t _task, int _thread) noexcept nogil:
    cdef const Normalization *run = <const Normalization *> context
    run.kernels.moving_average(run.channels, run.result, run.x, run.epsilon)


def moving_average(float[::1] average, const float[::1] value, double momentum):
    cdef Normalization run = whole_pixels(1, average.shape[0])
    if run.channels == 0:
        return
    run.result, run.x, run.epsilon = &average[0], &value[0], momentum
    with nogil:
        share_out(moving_average_task, &run, 1, 1)
