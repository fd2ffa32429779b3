"""Losses: a value and a gradient for each sample."""

from .runs cimport Place, RunSum, image_runs, sum_runs
from .runtime cimport Scratch, active_kernels, loss_row, share_out, thread_scratch, threads_for

cdef struct Samples:
    loss_row kernel
    float setting                # of the kernel
    Py_ssize_t samples
    Py_ssize_t places            # of a sample
    Py_ssize_t outputs           # of a place
    const float *predictions     # (samples, places, outputs)
    const float *targets
    const float *weights         # (samples,), or NULL
    float *losses                # (samples,)
    float *of_places             # (samples, places): where there is one place, the losses
    float *dx                    # (samples, places, outputs), or NULL
    float *scratch
    Py_ssize_t thread_floats

cdef struct Mean:
    RunSum sum
    Py_ssize_t divisor
    float value


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


cdef float mean_of(const float *losses, Py_ssize_t count, Py_ssize_t divisor) noexcept nogil:
    """Return the sum of losses as that over a batch of as many samples, divided by a count."""
    cdef Mean run
    run.sum.runs, run.sum.block_size, run.sum.partial = image_runs(count, 1, 1), 1, sum_samples
    run.sum.context = losses
    run.divisor = divisor
    mean_task(&run, 0, 0)
    return run.value


cdef void place_task(const void *context, Py_ssize_t place, int thread) noexcept nogil:
    cdef const Samples *run = <const Samples *> context
    cdef Py_ssize_t first = place * run.outputs, i
    cdef float *dx = NULL if run.dx is NULL else run.dx + first
    cdef float weight
    run.of_places[place] = run.kernel(
        run.outputs, run.samples * run.places, run.predictions + first, run.targets + first, run.setting, dx,
        run.scratch + thread * run.thread_floats,
    )
    if run.weights is not NULL and dx is not NULL:
        weight = run.weights[place // run.places]
        for i in range(run.outputs):
            dx[i] = dx[i] * weight


cdef void sample_task(const void *context, Py_ssize_t sample, int _thread) noexcept nogil:
    cdef const Samples *run = <const Samples *> context
    cdef float loss
    if run.places > 1:
        loss = mean_of(run.of_places + sample * run.places, run.places, run.places)
    else:
        loss = run.of_places[sample]
    run.losses[sample] = loss if run.weights is NULL else loss * run.weights[sample]


cdef int each_sample(loss_row kernel, predictions, targets, loss, dx, weights, float setting=0.0) except -1:
    cdef Samples run
    run.kernel, run.setting = kernel, setting
    if predictions.ndim == 3:
        run.samples, run.places, run.outputs = predictions.shape
    else:
        run.places = 1
        run.samples, run.outputs = predictions.shape
    if run.samples == 0:
        return 0
    rows = (run.samples * run.places, run.outputs)
    cdef const float[:, ::1] values = predictions.reshape(rows), wanted = targets.reshape(rows)
    cdef float[::1] losses = loss
    cdef float[:, ::1] gradients = None if dx is None else dx.reshape(rows)
    cdef const float[::1] factors = weights
    cdef Scratch scratch = thread_scratch()
    run.predictions, run.targets, run.losses = &values[0, 0], &wanted[0, 0], &losses[0]
    run.dx = NULL if dx is None else &gradients[0, 0]
    run.weights = NULL if weights is None else &factors[0]
    run.thread_floats = (run.outputs + 15) // 16 * 16
    cdef int threads = threads_for(<double> run.samples * run.places * run.outputs * 128)
    cdef Py_ssize_t kept = run.samples * run.places if run.places > 1 else 0
    run.scratch = <float *> scratch.reserve((threads * run.thread_floats + kept) * sizeof(float))
    run.of_places = run.scratch + threads * run.thread_floats if kept else run.losses
    with nogil:
        share_out(place_task, &run, run.samples * run.places, threads)
        if run.places > 1 or run.weights is not NULL:
            share_out(sample_task, &run, run.samples, threads if kept else 1)
    return 0


def softmax_crossentropy(logits, targets, loss, dx, weights=None):
    each_sample(active_kernels().softmax_crossentropy_row, logits, targets, loss, dx, weights)


def sigmoid_crossentropy(logits, targets, loss, dx, weights=None):
    each_sample(active_kernels().sigmoid_crossentropy_row, logits, targets, loss, dx, weights)


def categorical_crossentropy(probabilities, targets, loss, dx, weights=None):
    each_sample(active_kernels().categorical_crossentropy_row, probabilities, targets, loss, dx, weights)


def binary_crossentropy(probabilities, targets, loss, dx, weights=None):
    each_sample(active_kernels().binary_crossentropy_row, probabilities, targets, loss, dx, weights)


def kl_divergence(probabilities, targets, loss, dx, weights=None):
    each_sample(active_kernels().kl_divergence_row, probabilities, targets, loss, dx, weights)


def categorical_hinge(predictions, targets, loss, dx, weights=None):
    each_sample(active_kernels().categorical_hinge_row, predictions, targets, loss, dx, weights)


def mean_squared_error(predictions, targets, loss, dx, weights=None):
    each_sample(active_kernels().mean_squared_error_row, predictions, targets, loss, dx, weights)


def half_squared_error(predictions, targets, loss, dx, weights=None):
    each_sample(active_kernels().half_squared_error_row, predictions, targets, loss, dx, weights)


def mean_absolute_error(predictions, targets, loss, dx, weights=None):
    each_sample(active_kernels().mean_absolute_error_row, predictions, targets, loss, dx, weights)


def mean_squared_logarithmic_error(predictions, targets, loss, dx, weights=None):
    each_sample(active_kernels().mean_squared_logarithmic_error_row, predictions, targets, loss, dx, weights)


def huber(predictions, targets, loss, dx, weights=None, delta=1.0):
    each_sample(active_kernels().huber_row, predictions, targets, loss, dx, weights, delta)


def log_cosh(predictions, targets, loss, dx, weights=None):
    each_sample(active_kernels().log_cosh_row, predictions, targets, loss, dx, weights)


def poisson(predictions, targets, loss, dx, weights=None):
    each_sample(active_kernels().poisson_row, predictions, targets, loss, dx, weights)


def hinge(predictions, targets, loss, dx, weights=None):
    each_sample(active_kernels().hinge_row, predictions, targets, loss, dx, weights)


def squared_hinge(predictions, targets, loss, dx, weights=None):
    each_sample(active_kernels().squared_hinge_row, predictions, targets, loss, dx, weights)


def sum_losses(const float[::1] loss, Py_ssize_t divisor=1):
    cdef Mean run
    run.sum.runs, run.sum.block_size, run.sum.partial = image_runs(loss.shape[0], 1, 1), 1, sum_samples
    run.sum.context = &loss[0] if loss.shape[0] else NULL
    run.divisor = divisor
    with nogil:
        share_out(mean_task, &run, 1, 1)
    return float(run.value)
