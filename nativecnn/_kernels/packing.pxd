"""Weights in the order in which register tiles read them."""

from .runtime cimport nativecnn_kernels, nativecnn_pages

# An array of (taps' rows, taps' columns, channels, filters) seen through strides, in floats. Either channels or
# filters lie side by side.
cdef struct Weights:
    const float *first
    Py_ssize_t row
    Py_ssize_t column
    Py_ssize_t channel
    Py_ssize_t filter

# What there is of them; a term is one channel of one tap.
cdef struct Extent:
    Py_ssize_t columns           # of taps
    Py_ssize_t channels
    Py_ssize_t terms
    Py_ssize_t filters

cdef Py_ssize_t packed_floats(const nativecnn_kernels *kernels, const Extent *extent) noexcept nogil
cdef void pack_terms(
    const nativecnn_kernels *kernels, const Weights *weights, const Extent *extent, Py_ssize_t block,
    Py_ssize_t from_term, Py_ssize_t to_term, float *packed,
) noexcept nogil

cdef class PackedKernel:
    """Filters of all groups as the forward pass reads them: [group][block][term][tile filters], or transformed."""
    cdef nativecnn_pages pages
    cdef const float *filters
    cdef const nativecnn_kernels *kernels
    cdef Extent extent           # of a group
    cdef Py_ssize_t groups
    cdef Py_ssize_t group_floats
    cdef int transformed         # for Winograd's tiles of so many outputs a side, or 0
    cdef size_t bytes
    cdef float *reserve(self, size_t floats) except NULL
