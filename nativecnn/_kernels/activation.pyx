"""Activation functions and their gradients."""

from .elementwise cimport map_binary, map_unary
from .prepared cimport Prepared
from .runtime cimport active_kernels, nativecnn_kernels, share_out, threads_for

cdef struct Softmax:
    const nativecnn_kernels *kernels
    Py_ssize_t columns
    const float *x
    float *y

cdef struct SoftmaxGradient:
    const nativecnn_kernels *kernels
    Py_ssize_t columns
    const float *dy
    const float *y
    float *dx


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


cdef void softmax_task(const void *context, Py_ssize_t row, int _thread) noexcept nogil:
    cdef const Softmax *run = <const Softmax *> context
    run.kernels.softmax_row(run.columns, run.x + row * run.columns, run.y + row * run.columns)


cdef class PreparedSoftmax(Prepared):
    """Softmax over the last axis."""
    cdef const float[:, ::1] x
    cdef float[:, ::1] y

    def __init__(self, x, y):
        self.x, self.y = as_rows(x), as_rows(y)

    cdef int compute(self) except -1:
        cdef Py_ssize_t rows = self.y.shape[0]
        cdef Softmax run
        run.kernels, run.columns = active_kernels(), self.y.shape[1]
        run.x, run.y = &self.x[0, 0], &self.y[0, 0]
        cdef int threads = threads_for(<double> rows * run.columns * 64)
        with nogil:
            share_out(softmax_task, &run, rows, threads)
        return 0


def softmax(x, y):
    PreparedSoftmax(x, y)()


cdef void softmax_gradient_task(const void *context, Py_ssize_t row, int _thread) noexcept nogil:
    cdef const SoftmaxGradient *run = <const SoftmaxGradient *> context
    cdef Py_ssize_t first = row * run.columns
    run.kernels.softmax_gradient_row(run.columns, run.dy + first, run.y + first, run.dx + first)


def softmax_gradient(dy, y, dx):
    cdef const float[:, ::1] gradient = as_rows(dy), output = as_rows(y)
    cdef float[:, ::1] target = as_rows(dx)
    cdef Py_ssize_t rows = target.shape[0]
    cdef SoftmaxGradient run
    run.kernels, run.columns = active_kernels(), target.shape[1]
    run.dy, run.y, run.dx = &gradient[0, 0], &output[0, 0], &target[0, 0]
    cdef int threads = threads_for(<double> rows * run.columns * 16)
    with nogil:
        share_out(softmax_gradient_task, &run, rows, threads)
