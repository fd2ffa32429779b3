"""Optimizer steps, in place."""

from cython.parallel cimport parallel, prange

from .runtime cimport active_kernels, enter_fp_state, leave_fp_state, nativecnn_kernels, threads_for

cdef enum:
    CHUNK = 8192  # weights of a task


def sgd(weights, gradient, velocity, double learning_rate, double momentum, bint nesterov):
    cdef float[::1] w = weights.reshape(-1)
    cdef const float[::1] g = gradient.reshape(-1)
    cdef float[::1] v = None if velocity is None else velocity.reshape(-1)
    cdef Py_ssize_t count = w.shape[0], task
    cdef const nativecnn_kernels *kernels = active_kernels()
    cdef float *speed = NULL if velocity is None else &v[0]
    cdef int threads = threads_for(4.0 * count)
    cdef unsigned long long state = 0
    if count == 0:
        return
    if threads == 1:  # without the cost of a parallel region
        with nogil:
            state = enter_fp_state()
            kernels.sgd(count, &w[0], &g[0], speed, learning_rate, momentum, nesterov)
            leave_fp_state(state)
        return
    with nogil, parallel(num_threads=threads):
        state = enter_fp_state()
        for task in prange((count + CHUNK - 1) // CHUNK, schedule="static"):
            kernels.sgd(
                min(CHUNK, count - task * CHUNK), &w[task * CHUNK], &g[task * CHUNK],
                NULL if speed is NULL else speed + task * CHUNK, learning_rate, momentum, nesterov,
            )
        leave_fp_state(state)


def adam(weights, gradient, mean, variance, double step_size, double beta_1, double beta_2, double epsilon):
    cdef float[::1] w = weights.reshape(-1), m = mean.reshape(-1), v = variance.reshape(-1)
    cdef const float[::1] g = gradient.reshape(-1)
    cdef Py_ssize_t count = w.shape[0], task
    cdef const nativecnn_kernels *kernels = active_kernels()
    cdef int threads = threads_for(8.0 * count)
    cdef unsigned long long state = 0
    if count == 0:
        return
    if threads == 1:
        with nogil:
            state = enter_fp_state()
            kernels.adam(count, &w[0], &g[0], &m[0], &v[0], step_size, beta_1, beta_2, epsilon)
            leave_fp_state(state)
        return
    with nogil, parallel(num_threads=threads):
        state = enter_fp_state()
        for task in prange((count + CHUNK - 1) // CHUNK, schedule="static"):
            kernels.adam(
                min(CHUNK, count - task * CHUNK), &w[task * CHUNK], &g[task * CHUNK], &m[task * CHUNK],
                &v[task * CHUNK], step_size, beta_1, beta_2, epsilon,
            )
        leave_fp_state(state)
