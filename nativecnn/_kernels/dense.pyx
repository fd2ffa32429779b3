"""Dense layers: a correlation of single-pixel images."""

from .correlation cimport Source, Target, Weights, correlate
from .elementwise cimport map_unary
from .kernel_gradient cimport correlation_kernel_gradient
from .runtime cimport active_kernels


cdef Source samples_of(const float[:, ::1] x) noexcept:
    cdef Source source
    source.samples = x.shape[0]
    source.rows.positions = source.rows.sources = source.rows.stride = source.rows.step = source.rows.taps = 1
    source.rows.start = 0
    source.columns = source.rows
    source.pixels = &x[0, 0] if x.shape[0] and x.shape[1] else NULL
    source.channels = source.channel_step = x.shape[1]
    return source


cdef Target rows_of(float[:, ::1] y) noexcept:
    cdef Target target
    target.first = &y[0, 0] if y.shape[0] and y.shape[1] else NULL
    target.sample = target.filters = y.shape[1]
    target.row = target.column = 0
    return target


def dense(
    const float[:, ::1] x, const float[:, ::1] kernel, const float[::1] bias, float[:, ::1] y, bint relu=False,
):
    cdef Source source = samples_of(x)
    cdef Target target = rows_of(y)
    cdef Weights weights
    weights.first = &kernel[0, 0]
    weights.row = weights.column = 0
    weights.channel, weights.filter = kernel.shape[1], 1
    correlate(&source, &weights, NULL if bias is None else &bias[0], &target)
    if relu:
        output = y.base
        map_unary(active_kernels().relu, output, output, 16)


def dense_input_gradient(const float[:, ::1] dy, const float[:, ::1] kernel, float[:, ::1] dx):
    cdef Source source = samples_of(dy)
    cdef Target target = rows_of(dx)
    cdef Weights weights
    weights.first = &kernel[0, 0]
    weights.row = weights.column = 0
    weights.channel, weights.filter = 1, kernel.shape[1]
    correlate(&source, &weights, NULL, &target)


def dense_kernel_gradient(const float[:, ::1] x, const float[:, ::1] dy, float[:, ::1] dkernel, float[::1] dbias):
    cdef Source source = samples_of(x)
    correlation_kernel_gradient(
        &source, &dy[0, 0] if dy.shape[0] else NULL, dy.shape[1], dy.shape[1],
        &dkernel[0, 0], dkernel.shape[1], NULL if dbias is None else &dbias[0],
    )
