"""Weights in the order in which register tiles read them: [filter block][term][tile filters].

Terms run by kernel row, kernel column, channel. Beyond the last filter are zeros.
"""

from libc.stdlib cimport free
from libc.string cimport memset

from .runtime cimport nativecnn_allocate, nativecnn_kernels


cdef Py_ssize_t packed_floats(const nativecnn_kernels *kernels, const Extent *extent) noexcept nogil:
    cdef Py_ssize_t width = kernels.tile_filters
    return (extent.filters + width - 1) // width * width * extent.terms


cdef void pack_terms(
    const nativecnn_kernels *kernels, const Weights *weights, const Extent *extent, Py_ssize_t block,
    Py_ssize_t from_term, Py_ssize_t to_term, float *packed,
) noexcept nogil:
    """Copy some terms of one block of filters to ``packed`` ([terms][tile filters])."""
    cdef Py_ssize_t tile = kernels.tile_filters, width = min(tile, extent.filters - block * tile)
    cdef Py_ssize_t term = from_term, tap, channel, channels
    cdef const float *source
    while term < to_term:  # a tap at a time
        tap, channel = term // extent.channels, term % extent.channels
        channels = min(extent.channels - channel, to_term - term)
        term += channels
        source = weights.first + (
            tap // extent.columns * weights.row + tap % extent.columns * weights.column
            + channel * weights.channel + block * tile * weights.filter
        )
        if weights.filter == 1:
            kernels.pack_rows(channels, width, source, weights.channel, packed)
        else:  # filters of an input gradient are channels, side by side
            if width < tile:
                memset(packed, 0, channels * tile * sizeof(float))
            kernels.transpose_tile(width, channels, source, weights.filter, packed, tile)
        packed += channels * tile


cdef class PackedKernel:
    def __cinit__(self):
        self.pages.allocated = NULL

    def __dealloc__(self):
        free(self.pages.allocated)

    cdef float *reserve(self, size_t floats) except NULL:
        """Return its memory, zeros, aligned to 64 bytes."""
        self.bytes = floats * sizeof(float)
        free(self.pages.allocated)
        self.pages = nativecnn_allocate(self.bytes)
        if self.pages.allocated is NULL:
            raise MemoryError(f"no {self.bytes} bytes for packed weights")
        self.filters = <const float *> self.pages.memory
        return <float *> self.pages.memory

    @property
    def nbytes(self):
        return self.bytes
