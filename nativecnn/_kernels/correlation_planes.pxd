"""Correlations with few filters."""

from .correlation cimport Source, Target
from .packing cimport Weights
from .runtime cimport nativecnn_epilogue, nativecnn_kernels

cdef bint pays_by_planes(
    const nativecnn_kernels *kernels, const Source *source, const nativecnn_epilogue *epilogue, const Target *target,
) noexcept nogil
cdef int correlate_planes(
    const nativecnn_kernels *kernels, const Source *source, const Weights *weights, const float *packed,
    const nativecnn_epilogue *epilogue, const Target *target,
) except -1
