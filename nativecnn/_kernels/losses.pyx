"""Losses: a value and a gradient for each sample."""

from cython.parallel cimport parallel, prange, threadid

from .runs cimport Place, RunSum, image_runs, sum_runs
from .runtime cimport Scratch, active_kernels, enter_fp_state, leave_fp_state, loss_row, thread_scratch, threads_for


cdef int each_sample(loss_row kernel, predictions, targets, loss, dx) except -1:
    cdef const float[:, ::1] values = predictions, wanted = targets
    cdef float[::1] losses = loss
    cdef float[:, ::1] gradients = dx
    cdef Py_ssize_t samples = values.shape[0], outputs = values.shape[1], sample
    cdef unsigned long long state = 0
    cdef int threads = threads_for(<double> samples * outputs * 128)
    cdef Py_ssize_t stride = (outputs + 15) // 16 * 16
    cdef Scratch scratch = thread_scratch()
    cdef float *rows = <float *> scratch.reserve(threads * stride * sizeof(float))
    cdef float *gradient = NULL if dx is None or samples == 0 else &gradients[0, 0]
    with nogil, parallel(num_threads=threads):
        state = enter_fp_state()
        for sample in prange(samples, schedule="static"):
            losses[sample] = kernel(
                outputs, samples, &values[sample, 0], &wanted[sample, 0],
                NULL if gradient is NULL else gradient + sample * outputs, rows + threadid() * stride,
            )
        leave_fp_state(state)
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


def sum_losses(const float[::1] loss, Py_ssize_t divisor=1):
    cdef RunSum sum
    cdef float stack[64]  # a level for each bit of the number of runs
    cdef unsigned long long state = 0
    sum.runs, sum.block_size, sum.partial = image_runs(loss.shape[0], 1, 1), 1, sum_samples
    sum.context = &loss[0] if loss.shape[0] else NULL
    with nogil:
        state = enter_fp_state()
        sum_runs(&sum, 0, 0, sum.runs.count, stack, False, NULL)
        stack[0] = stack[0] / <float> divisor
        leave_fp_state(state)
    return float(stack[0])
