"""Weights in the order in which register tiles read them: [filter block][term][tile filters].

Terms run by kernel row, kernel column, channel. Beyond the last filter are zeros.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memset

from .runtime cimport nativecnn_kernels


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
        self.memory = NULL

    def __dealloc__(self):
        free(self.memory)

    cdef float *reserve(self, size_t floats) except NULL:
        """Return its memory, zeros, aligned to 64 bytes."""
        self.bytes = floats * sizeof(float)
        free(self.memory)
        self.memory = calloc(self.bytes + 64, 1)
        if self.memory is NULL:
            raise MemoryError(f"no {self.bytes} bytes for packed weights")
        cdef float *filters = <float *> ((<size_t> self.memory + 63) & ~<size_t> 63)
        self.filters = filters
        return filters

    @property
    def nbytes(self):
        return self.bytes
