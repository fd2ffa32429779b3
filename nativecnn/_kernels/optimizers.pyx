"""Optimizer steps, in place, and the sums over weights and gradients that go with them."""

from .runtime cimport (
    Scratch, active_kernels, nativecnn_kernels, optimizer_step, share_out, sums_of, thread_scratch, threads_for,
)

cdef enum:
    CHUNK = 8192  # weights of a task
    BLOCK = 1024  # of them, those whose gradients are adjusted at a time
    SLOTS = 3
    SETTINGS = 5
    RUN_LENGTH = 256  # as nativecnn.reference.sums
    CHUNK_RUNS = CHUNK // RUN_LENGTH

cdef struct Step:
    const nativecnn_kernels *kernels
    optimizer_step step
    Py_ssize_t count
    float *weights
    const float *gradient
    float *slots[SLOTS]          # or NULL, each
    double settings[SETTINGS]
    bint adjusts
    double adjustment[5]         # l1, l2, scale, bound, decay

cdef struct Sum:
    sums_of kernel
    Py_ssize_t count
    const float *values
    double *sums                 # of chunks


cdef Py_ssize_t chunks(Py_ssize_t count) noexcept nogil:
    return (count + CHUNK - 1) // CHUNK


cdef void step_part(const Step *run, Py_ssize_t first, Py_ssize_t count, const float *gradient) noexcept nogil:
    cdef float *slots[SLOTS]
    cdef int slot
    for slot in range(SLOTS):
        slots[slot] = NULL if run.slots[slot] is NULL else run.slots[slot] + first
    run.step(count, run.weights + first, gradient, slots, run.settings)


cdef void step_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Step *run = <const Step *> context
    cdef Py_ssize_t first = task * CHUNK, last = min(run.count, first + CHUNK), count
    cdef float adjusted[BLOCK]
    if not run.adjusts:
        step_part(run, first, last - first, run.gradient + first)
        return
    while first < last:
        count = min(BLOCK, last - first)
        run.kernels.adjust(count, run.weights + first, run.gradient + first, adjusted, run.adjustment)
        step_part(run, first, count, adjusted)
        first += count


cdef int take(Step *run, weights, gradient, slots, settings, adjustment, double cost) except -1:
    """Take a step; ``cost`` is a weight's, in multiply-adds."""
    cdef float[::1] w = weights.reshape(-1), state
    cdef const float[::1] g = gradient.reshape(-1)
    cdef int number
    run.count = w.shape[0]
    if run.count == 0:
        return 0
    run.weights, run.gradient = &w[0], &g[0]
    for number in range(SLOTS):
        run.slots[number] = NULL
    for number, slot in enumerate(slots):
        if slot is not None:
            state = slot.reshape(-1)
            run.slots[number] = &state[0]
    for number, setting in enumerate(settings):
        run.settings[number] = setting
    run.adjusts = adjustment is not None
    if run.adjusts:
        run.adjustment = adjustment
        cost += 4
    cdef int threads = threads_for(cost * run.count)
    with nogil:
        share_out(step_task, run, chunks(run.count), threads)
    return 0


def sgd(weights, gradient, velocity, double learning_rate, double momentum, bint nesterov, adjustment=None):
    cdef Step run
    run.kernels = active_kernels()
    run.step = run.kernels.sgd
    take(&run, weights, gradient, (velocity,), (learning_rate, momentum, nesterov), adjustment, 4)


def adam(
    weights, gradient, mean, variance, double step_size, double beta_1, double beta_2, double epsilon, largest=None,
    adjustment=None,
):
    cdef Step run
    run.kernels = active_kernels()
    run.step = run.kernels.adam
    take(&run, weights, gradient, (mean, variance, largest), (step_size, beta_1, beta_2, epsilon), adjustment, 8)


def nadam(
    weights, gradient, mean, variance, double mean_step, double gradient_step, double beta_1, double beta_2,
    double epsilon, adjustment=None,
):
    cdef Step run
    run.kernels = active_kernels()
    run.step = run.kernels.nadam
    settings = mean_step, gradient_step, beta_1, beta_2, epsilon
    take(&run, weights, gradient, (mean, variance), settings, adjustment, 8)


def adamax(
    weights, gradient, mean, norm, double step_size, double beta_1, double beta_2, double epsilon, adjustment=None,
):
    cdef Step run
    run.kernels = active_kernels()
    run.step = run.kernels.adamax
    take(&run, weights, gradient, (mean, norm), (step_size, beta_1, beta_2, epsilon), adjustment, 8)


def adagrad(weights, gradient, accumulator, double learning_rate, double epsilon, adjustment=None):
    cdef Step run
    run.kernels = active_kernels()
    run.step = run.kernels.adagrad
    take(&run, weights, gradient, (accumulator,), (learning_rate, epsilon), adjustment, 8)


def adadelta(weights, gradient, squares, moves, double learning_rate, double rho, double epsilon, adjustment=None):
    cdef Step run
    run.kernels = active_kernels()
    run.step = run.kernels.adadelta
    take(&run, weights, gradient, (squares, moves), (learning_rate, rho, epsilon), adjustment, 8)


def rmsprop(
    weights, gradient, squares, average, velocity, double learning_rate, double rho, double momentum, double epsilon,
    adjustment=None,
):
    cdef Step run
    run.kernels = active_kernels()
    run.step = run.kernels.rmsprop
    settings = learning_rate, rho, momentum, epsilon
    take(&run, weights, gradient, (squares, average, velocity), settings, adjustment, 8)


cdef void penalty_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Step *run = <const Step *> context
    cdef Py_ssize_t first = task * CHUNK
    cdef float *gradient = <float *> run.gradient + first
    run.kernels.adjust(min(CHUNK, run.count - first), run.weights + first, gradient, gradient, run.adjustment)


def add_penalty_gradient(weights, gradient, double l1, double l2):
    cdef const float[::1] w = weights.reshape(-1)
    cdef float[::1] g = gradient.reshape(-1)
    cdef Step run
    run.kernels, run.count = active_kernels(), w.shape[0]
    if run.count == 0:
        return
    # Without decay the weights are only read.
    run.weights, run.gradient, run.adjustment = <float *> &w[0], &g[0], [l1, l2, 1.0, float("inf"), 0.0]
    cdef int threads = threads_for(4.0 * run.count)
    with nogil:
        share_out(penalty_task, &run, chunks(run.count), threads)


cdef void combine(Py_ssize_t count, double *sums) noexcept nogil:
    """Add by the tree into the first."""
    cdef Py_ssize_t distance = 1, place
    while distance < count:
        place = 0
        while place + distance < count:
            sums[place] = sums[place] + sums[place + distance]
            place += 2 * distance
        distance *= 2


cdef void sum_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Sum *run = <const Sum *> context
    cdef Py_ssize_t first = task * CHUNK, count = min(CHUNK, run.count - first)
    cdef double sums[CHUNK_RUNS]
    run.kernel(count, run.values + first, sums)
    combine((count + RUN_LENGTH - 1) // RUN_LENGTH, sums)
    run.sums[task] = sums[0]


cdef void combine_task(const void *context, Py_ssize_t _task, int _thread) noexcept nogil:
    cdef const Sum *run = <const Sum *> context
    combine(chunks(run.count), run.sums)


cdef double sum_of(sums_of kernel, values) except? -1:
    cdef const float[::1] array = values.reshape(-1)
    cdef Sum run
    cdef Scratch scratch = thread_scratch()
    run.kernel, run.count = kernel, array.shape[0]
    if run.count == 0:
        return 0.0
    run.values = &array[0]
    run.sums = <double *> scratch.reserve(chunks(run.count) * sizeof(double))
    cdef int threads = threads_for(2.0 * run.count)
    with nogil:
        share_out(sum_task, &run, chunks(run.count), threads)
        share_out(combine_task, &run, 1, 1)
    return run.sums[0]


def sum_of_squares(values):
    return sum_of(active_kernels().squares, values)


def sum_of_magnitudes(values):
    return sum_of(active_kernels().magnitudes, values)
