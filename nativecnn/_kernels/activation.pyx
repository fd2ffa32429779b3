"""Activation functions and their gradients."""

from .elementwise cimport binary_kernel, map_binary, map_unary, unary_kernel
from .prepared cimport Prepared
from .runtime cimport active_kernels, share_out, threads_for

cdef enum:
    CHUNK = 8192  # elements of a task

# Kernels of elements that take settings.
ctypedef void (*set_unary_kernel)(
    Py_ssize_t count, const float *settings, const float *x, float *y,
) noexcept nogil
ctypedef void (*set_binary_kernel)(
    Py_ssize_t count, const float *settings, const float *a, const float *b, float *y,
) noexcept nogil

cdef struct Elements:
    set_unary_kernel unary      # one of both
    set_binary_kernel binary
    const float *settings
    Py_ssize_t count
    const float *a
    const float *b
    float *y

cdef struct Rows:
    unary_kernel unary          # one of both
    binary_kernel binary
    Py_ssize_t columns
    const float *a
    const float *b
    float *y


cdef void elements_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Elements *run = <const Elements *> context
    cdef Py_ssize_t first = task * CHUNK, count = min(CHUNK, run.count - task * CHUNK)
    if run.unary is not NULL:
        run.unary(count, run.settings, run.a + first, run.y + first)
    else:
        run.binary(count, run.settings, run.a + first, run.b + first, run.y + first)


cdef int map_elements(Elements *run, a, b, y, int cost) except -1:
    """Apply the kernel to every element, or pair where there is ``b``; ``cost`` is one's, in multiply-adds."""
    cdef const float[::1] left = a.reshape(-1), right
    cdef float[::1] target = y.reshape(-1)
    run.count = target.shape[0]
    if run.count == 0:
        return 0
    run.a, run.y = &left[0], &target[0]
    if b is not None:
        right = b.reshape(-1)
        run.b = &right[0]
    cdef int threads = threads_for(<double> run.count * cost)
    with nogil:
        share_out(elements_task, run, (run.count + CHUNK - 1) // CHUNK, threads)
    return 0


cdef int map_with_settings(set_unary_kernel kernel, x, y, const float *settings, int cost) except -1:
    cdef Elements run
    run.unary, run.binary, run.settings = kernel, NULL, settings
    return map_elements(&run, x, None, y, cost)


cdef int map_gradient_with_settings(set_binary_kernel kernel, dy, y, dx, const float *settings, int cost) except -1:
    cdef Elements run
    run.unary, run.binary, run.settings = NULL, kernel, settings
    return map_elements(&run, dy, y, dx, cost)


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


def relu6(x, y):
    map_unary(active_kernels().relu6, x, y, 4)


def relu6_gradient(dy, y, dx):
    map_binary(active_kernels().relu6_gradient, dy, y, dx, 4)


def hard_sigmoid(x, y):
    map_unary(active_kernels().hard_sigmoid, x, y, 4)


def hard_sigmoid_gradient(dy, y, dx):
    map_binary(active_kernels().hard_sigmoid_gradient, dy, y, dx, 4)


def hard_silu(x, y):
    map_unary(active_kernels().hard_silu, x, y, 4)


def hard_silu_gradient(dy, x, dx):
    map_binary(active_kernels().hard_silu_gradient, dy, x, dx, 4)


def selu(x, y):
    map_unary(active_kernels().selu, x, y, 64)


def selu_gradient(dy, y, dx):
    map_binary(active_kernels().selu_gradient, dy, y, dx, 8)


def softplus(x, y):
    map_unary(active_kernels().softplus, x, y, 64)


def softplus_gradient(dy, y, dx):
    map_binary(active_kernels().softplus_gradient, dy, y, dx, 64)


def softsign(x, y):
    map_unary(active_kernels().softsign, x, y, 16)


def softsign_gradient(dy, x, dx):
    map_binary(active_kernels().softsign_gradient, dy, x, dx, 16)


def silu(x, y):
    map_unary(active_kernels().silu, x, y, 64)


def silu_gradient(dy, x, dx):
    map_binary(active_kernels().silu_gradient, dy, x, dx, 64)


def gelu(x, y):
    map_unary(active_kernels().gelu, x, y, 128)


def gelu_gradient(dy, x, dx):
    map_binary(active_kernels().gelu_gradient, dy, x, dx, 128)


def approximate_gelu(x, y):
    map_unary(active_kernels().approximate_gelu, x, y, 64)


def approximate_gelu_gradient(dy, x, dx):
    map_binary(active_kernels().approximate_gelu_gradient, dy, x, dx, 64)


def mish(x, y):
    map_unary(active_kernels().mish, x, y, 64)


def mish_gradient(dy, x, dx):
    map_binary(active_kernels().mish_gradient, dy, x, dx, 64)


def exp_gradient(dy, y, dx):
    map_binary(active_kernels().exp_gradient, dy, y, dx, 4)


def leaky_relu(x, y, float negative_slope):
    map_with_settings(active_kernels().leaky_relu, x, y, &negative_slope, 4)


def leaky_relu_gradient(dy, y, dx, float negative_slope):
    map_gradient_with_settings(active_kernels().leaky_relu_gradient, dy, y, dx, &negative_slope, 4)


def clipped_relu(x, y, float max_value, float negative_slope, float threshold):
    cdef float[3] settings = [max_value, negative_slope, threshold]
    map_with_settings(active_kernels().clipped_relu, x, y, settings, 4)


def clipped_relu_gradient(dy, y, dx, float max_value, float negative_slope):
    cdef float[2] settings = [max_value, negative_slope]
    map_gradient_with_settings(active_kernels().clipped_relu_gradient, dy, y, dx, settings, 4)


def elu(x, y, float alpha):
    map_with_settings(active_kernels().elu, x, y, &alpha, 64)


def elu_gradient(dy, y, dx, float alpha):
    map_gradient_with_settings(active_kernels().elu_gradient, dy, y, dx, &alpha, 8)


cdef void rows_task(const void *context, Py_ssize_t row, int _thread) noexcept nogil:
    cdef const Rows *run = <const Rows *> context
    cdef Py_ssize_t first = row * run.columns
    if run.unary is not NULL:
        run.unary(run.columns, run.a + first, run.y + first)
    else:
        run.binary(run.columns, run.a + first, run.b + first, run.y + first)


cdef int map_rows(unary_kernel kernel, const float[:, ::1] x, float[:, ::1] y) except -1:
    cdef Py_ssize_t rows = y.shape[0]
    cdef Rows run
    run.unary, run.binary, run.columns = kernel, NULL, y.shape[1]
    run.a, run.y = &x[0, 0], &y[0, 0]
    cdef int threads = threads_for(<double> rows * run.columns * 64)
    with nogil:
        share_out(rows_task, &run, rows, threads)
    return 0


cdef int map_gradient_rows(binary_kernel kernel, dy, y, dx, int cost) except -1:
    cdef const float[:, ::1] gradient = as_rows(dy), output = as_rows(y)
    cdef float[:, ::1] target = as_rows(dx)
    cdef Py_ssize_t rows = target.shape[0]
    cdef Rows run
    run.unary, run.binary, run.columns = NULL, kernel, target.shape[1]
    run.a, run.b, run.y = &gradient[0, 0], &output[0, 0], &target[0, 0]
    cdef int threads = threads_for(<double> rows * run.columns * cost)
    with nogil:
        share_out(rows_task, &run, rows, threads)
    return 0


cdef class PreparedSoftmax(Prepared):
    """Softmax over the last axis."""
    cdef const float[:, ::1] x
    cdef float[:, ::1] y

    def __init__(self, x, y):
        self.x, self.y = as_rows(x), as_rows(y)

    cdef int compute(self) except -1:
        return map_rows(active_kernels().softmax_row, self.x, self.y)


def softmax(x, y):
    PreparedSoftmax(x, y)()


def softmax_gradient(dy, y, dx):
    map_gradient_rows(active_kernels().softmax_gradient_row, dy, y, dx, 16)


def log_softmax(x, y):
    map_rows(active_kernels().log_softmax_row, as_rows(x), as_rows(y))


def log_softmax_gradient(dy, y, dx):
    map_gradient_rows(active_kernels().log_softmax_gradient_row, dy, y, dx, 64)
