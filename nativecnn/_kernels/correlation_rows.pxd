"""Correlations of few channels."""

from .correlation cimport Source, Target
from .packing cimport Weights
from .runtime cimport nativecnn_epilogue, nativecnn_kernels

cdef Py_ssize_t rows_of_task(
    const Source *source, Py_ssize_t row_floats, Py_ssize_t most_floats, int threads,
) noexcept nogil
cdef bint pays_by_rows(const Source *source) noexcept nogil
cdef Py_ssize_t reach(Py_ssize_t count, Py_ssize_t stride, Py_ssize_t taps, Py_ssize_t step) noexcept nogil
cdef bint sees_little(const Source *source, Py_ssize_t rows, Py_ssize_t pixel) noexcept nogil
cdef void copy_rows(
    const Source *source, Py_ssize_t sample, Py_ssize_t first_row, Py_ssize_t rows, Py_ssize_t columns, float *copied,
) noexcept nogil
cdef int correlate_rows(
    const nativecnn_kernels *kernels, const Source *source, const Weights *weights, const float *packed,
    const nativecnn_epilogue *epilogue, const Target *target,
) except -1
