"""Activation functions and their gradients."""

from cython.parallel cimport parallel, prange

from .elementwise cimport map_binary, map_unary
from .prepared cimport Prepared
from .runtime cimport active_kernels, enter_fp_state, leave_fp_state, nativecnn_kernels, threads_for


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


cdef class PreparedSoftmax(Prepared):
    """Softmax over the last axis."""
    cdef const float[:, ::1] x
    cdef float[:, ::1] y

    def __init__(self, x, y):
        self.x, self.y = as_rows(x), as_rows(y)

    cdef int compute(self) except -1:
        cdef Py_ssize_t rows = self.y.shape[0], columns = self.y.shape[1], row
        cdef const float *source = &self.x[0, 0]
        cdef float *target = &self.y[0, 0]
        cdef unsigned long long state = 0
        cdef const nativecnn_kernels *kernels = active_kernels()
        cdef int threads = threads_for(<double> rows * columns * 64)
        if threads == 1:  # without the cost of a parallel region
            with nogil:
                state = enter_fp_state()
                for row in range(rows):
                    kernels.softmax_row(columns, source + row * columns, target + row * columns)
                leave_fp_state(state)
            return 0
        with nogil, parallel(num_threads=threads):
            state = enter_fp_state()
            for row in prange(rows, schedule="static"):
                kernels.softmax_row(columns, source + row * columns, target + row * columns)
            leave_fp_state(state)
        return 0


def softmax(x, y):
    PreparedSoftmax(x, y)()


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
