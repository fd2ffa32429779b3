"""Correlations with few filters."""

from .correlation cimport Source, Target
from .packing cimport Weights

cdef bint pays_by_planes(const Source *source, const Target *target) noexcept nogil
cdef int correlate_planes(
    const Source *source, const Weights *weights, const float *packed, const float *bias, bint relu,
    const Target *target,
) except -1
