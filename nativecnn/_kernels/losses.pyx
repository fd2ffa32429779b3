"""Losses: a value and a gradient for each sample."""

from .runs cimport Place, RunSum, image_runs, sum_runs
from .runtime cimport Scratch, active_kernels, loss_row, share_out, thread_scratch, threads_for

cdef struct Samples:
    loss_row kernel
    Py_ssize_t samples
    Py_ssize_t outputs
    const float *predictions     # (samples, outputs)
    const float *targets
    float *losses                # (samples,)
    float *dx                    # (samples, outputs), or NULL
    float *scratch
    Py_ssize_t thread_floats

cdef struct Mean:
    RunSum sum
    Py_ssize_t divisor
    float value


cdef void sample_task(const void *context, Py_ssize_t sample, int thread) noexcept nogil:
    cdef const Samples *run = <const Samples *> context
    cdef Py_ssize_t first = sample * run.outputs
    run.losses[sample] = run.kernel(
        run.outputs, run.samples, run.predictions + first, run.targets + first,
        NULL if run.dx is NULL else run.dx + first, run.scratch + thread * run.thread_floats,
    )


cdef int each_sample(loss_row kernel, predictions, targets, loss, dx) except -1:
    cdef const float[:, ::1] values = predictions, wanted = targets
    cdef float[::1] losses = loss
    cdef float[:, ::1] gradients = dx
    cdef Samples run
    cdef Scratch scratch = thread_scratch()
    run.kernel, run.samples, run.outputs = kernel, values.shape[0], values.shape[1]
    if run.samples == 0:
        return 0
    run.predictions, run.targets, run.losses = &values[0, 0], &wanted[0, 0], &losses[0]
    run.dx = NULL if dx is None else &gradients[0, 0]
    run.thread_floats = (run.outputs + 15) // 16 * 16
    cdef int threads = threads_for(<double> run.samples * run.outputs * 128)
    run.scratch = <float *> scratch.reserve(threads * run.thread_floats * sizeof(float))
    with nogil:
        share_out(sample_task, &run, run.samples, threads)
    return 0


def softmax_crossentropy(logits, targets, loss, dx):
    each_sample(active_kernels().softmax_crossentropy_row, logits, targets, loss, dx)


def sigmoid_crossentropy(logits, targets, loss, dx):
    each_sample(active_kernels().sigmoid_crossentropy_row, logits, targets, loss, dx)


def categorical_crossentropy(probabilities, targets, loss, dx):
    each_sample(active_kernels().categorical_crossentropy_row, probabilities, targets, loss, dx)


def binary_crossentropy(probabilities, targets, loss, dx):
    each_sample(active_kernels().binary_crossentropy_row, probabilities, targets, loss, dx)


def mean_squared_error(predictions, targets, loss, dx):
    each_sample(active_kernels().mean_squared_error_row, predictions, targets, loss, dx)


def half_squared_error(predictions, targets, loss, dx):
    each_sample(active_kernels().half_squared_error_row, predictions, targets, loss, dx)


cdef void sum_samples(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, const Place *place, char *scratch,
) noexcept nogil:
    cdef const float *losses = <const float *> context
    cdef Py_ssize_t sample
    cdef Py_ssize_t merge
    cdef float total = 0.0
    for sample in range(first, last):
        total = total + losses[sample]
    for merge in range(1, place.merges + 1):
        total = place.sums[-merge] + total
    place.sums[-place.merges] = total


cdef void mean_task(const void *context, Py_ssize_t _task, int _thread) noexcept nogil:
    cdef Mean *run = <Mean *> context
    cdef float stack[64]  # a level for each bit of the number of runs
    sum_runs(&run.sum, 0, 0, run.sum.runs.count, stack, False, NULL)
    run.value = stack[0] / <float> run.divisor


def sum_losses(const float[::1] loss, Py_ssize_t divisor=1):
    cdef Mean run
    run.sum.runs, run.sum.block_size, run.sum.partial = image_runs(loss.shape[0], 1, 1), 1, sum_samples
    run.sum.context = &loss[0] if loss.shape[0] else NULL
    run.divisor = divisor
    with nogil:
        share_out(mean_task, &run, 1, 1)
    return float(run.value)
