"""Correlations of few channels."""

from .correlation cimport Source, Target
from .packing cimport Weights

cdef bint pays_by_rows(const Source *source) noexcept nogil
cdef int correlate_rows(
    const Source *source, const Weights *weights, const float *packed, const float *bias, bint relu,
    const Target *target,
) except -1
