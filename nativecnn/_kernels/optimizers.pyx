"""Optimizer steps, in place."""

from .runtime cimport active_kernels, nativecnn_kernels, share_out, threads_for

cdef enum:
    CHUNK = 8192  # weights of a task

cdef struct Sgd:
    const nativecnn_kernels *kernels
    Py_ssize_t count
    float *weights
    const float *gradient
    float *velocity              # or NULL
    double learning_rate
    double momentum
    bint nesterov

cdef struct Adam:
    const nativecnn_kernels *kernels
    Py_ssize_t count
    float *weights
    const float *gradient
    float *mean
    float *variance
    double step_size
    double beta_1
    double beta_2
    double epsilon


cdef Py_ssize_t chunks(Py_ssize_t count) noexcept nogil:
    return (count + CHUNK - 1) // CHUNK


cdef void sgd_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Sgd *run = <const Sgd *> context
    cdef Py_ssize_t first = task * CHUNK
    run.kernels.sgd(
        min(CHUNK, run.count - first), run.weights + first, run.gradient + first,
        NULL if run.velocity is NULL else run.velocity + first, run.learning_rate, run.momentum, run.nesterov,
    )


def sgd(weights, gradient, velocity, double learning_rate, double momentum, bint nesterov):
    cdef float[::1] w = weights.reshape(-1)
    cdef const float[::1] g = gradient.reshape(-1)
    cdef float[::1] v = None if velocity is None else velocity.reshape(-1)
    cdef Sgd run
    run.kernels, run.count = active_kernels(), w.shape[0]
    if run.count == 0:
        return
    run.weights, run.gradient, run.velocity = &w[0], &g[0], NULL if velocity is None else &v[0]
    run.learning_rate, run.momentum, run.nesterov = learning_rate, momentum, nesterov
    cdef int threads = threads_for(4.0 * run.count)
    with nogil:
        share_out(sgd_task, &run, chunks(run.count), threads)


cdef void adam_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Adam *run = <const Adam *> context
    cdef Py_ssize_t first = task * CHUNK
    run.kernels.adam(
        min(CHUNK, run.count - first), run.weights + first, run.gradient + first, run.mean + first,
        run.variance + first, run.step_size, run.beta_1, run.beta_2, run.epsilon,
    )


def adam(weights, gradient, mean, variance, double step_size, double beta_1, double beta_2, double epsilon):
    cdef float[::1] w = weights.reshape(-1), m = mean.reshape(-1), v = variance.reshape(-1)
    cdef const float[::1] g = gradient.reshape(-1)
    cdef Adam run
    run.kernels, run.count = active_kernels(), w.shape[0]
    if run.count == 0:
        return
    run.weights, run.gradient, run.mean, run.variance = &w[0], &g[0], &m[0], &v[0]
    run.step_size, run.beta_1, run.beta_2, run.epsilon = step_size, beta_1, beta_2, epsilon
    cdef int threads = threads_for(8.0 * run.count)
    with nogil:
        share_out(adam_task, &run, chunks(run.count), threads)
