"""Winograd's minimal filtering for kernels of 3×3 taps and strides of 1."""

from .packing cimport PackedKernel, Weights
from .runs cimport Runs
from .runtime cimport nativecnn_epilogue, nativecnn_kernels

cdef enum:
    WIDEST = 6  # numbers along a tile's side before the output transform, at most
    AHEAD = 2   # tiles: how far ahead of its transform a tile is asked for

# A batch of channels-last images.
cdef struct Images:
    float *pixels
    Py_ssize_t samples
    Py_ssize_t rows
    Py_ssize_t columns
    Py_ssize_t channels

# Tiles of outputs × outputs pixels over each image of the results, numbered by sample, tile row, tile column.
cdef struct Tiling:
    int outputs                  # of a tile's side: 4 or 2
    int numbers                  # of a transformed tile: (outputs + 2)²
    Py_ssize_t rows
    Py_ssize_t columns
    Py_ssize_t count
    Py_ssize_t top               # zeros above and to the left of the source
    Py_ssize_t left

cdef Tiling tiling_of(const Images *results, int outputs, Py_ssize_t top, Py_ssize_t left) noexcept nogil
cdef void point_at_tile(
    const Images *images, const Tiling *tiling, Py_ssize_t tile, Py_ssize_t side, Py_ssize_t top, Py_ssize_t left,
    const float *zeros, const float **pixels,
) noexcept nogil
cdef int winograd(
    const nativecnn_kernels *kernels, const Images *source, const Images *target, const Weights *weights,
    const float *packed, bint transformed, const nativecnn_epilogue *epilogue, int outputs, Py_ssize_t top,
    Py_ssize_t left,
) except -1
cdef int transform_kernel(PackedKernel kept, const Weights *weights, int outputs) except -1
