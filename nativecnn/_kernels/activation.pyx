"""Activation functions and their gradients."""

from cython.parallel cimport parallel, prange

from .elementwise cimport map_binary, map_unary
from .runtime cimport active_kernels, enter_fp_state, leave_fp_state, nativecnn_kernels

from .threads import threads_for


cdef as_rows(array):
    return array.reshape(-1, array.shape[array.ndim - 1])


def relu(x, y):
    map_unary(active_kernels().relu, x, y, 4)


def relu_gradient(dy, y, dx):
    map_binary(active_kernels().relu_gradient, dy, y, dx, 4)


def sigmoid(x, y):
    map_unary(active_kernels().sigmoid, x, y, 64)


def sigmoid_gradient(dy, y, dx):
    map_binary(active_kernels().sigmoid_gradient, dy, y, dx, 4)


def tanh(x, y):
    map_unary(active_kernels().tanh, x, y, 64)


def tanh_gradient(dy, y, dx):
    map_binary(active_kernels().tanh_gradient, dy, y, dx, 4)


def softmax(x, y):
    cdef const float[:, ::1] source = as_rows(x)
    cdef float[:, ::1] target = as_rows(y)
    cdef Py_ssize_t columns = target.shape[1], row
    cdef unsigned long long state = 0
    cdef const nativecnn_kernels *kernels = active_kernels()
    cdef int threads = threads_for(<double> target.shape[0] * columns * 64)
    with nogil, parallel(num_threads=threads):
        state = enter_fp_state()
        for row in prange(target.shape[0], schedule="static"):
            kernels.softmax_row(columns, &source[row, 0], &target[row, 0])
        leave_fp_state(state)


def softmax_gradient(dy, y, dx):
    cdef const float[:, ::1] gradient = as_rows(dy), output = as_rows(y)
    cdef float[:, ::1] target = as_rows(dx)
    cdef Py_ssize_t columns = target.shape[1], row
    cdef unsigned long long state = 0
    cdef const nativecnn_kernels *kernels = active_kernels()
    cdef int threads = threads_for(<double> target.shape[0] * columns * 16)
    with nogil, parallel(num_threads=threads):
        state = enter_fp_state()
        for row in prange(target.shape[0], schedule="static"):
            kernels.softmax_gradient_row(columns, &gradient[row, 0], &output[row, 0], &target[row, 0])
        leave_fp_state(state)
