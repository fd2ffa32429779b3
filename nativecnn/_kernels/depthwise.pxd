"""Depthwise convolution: as many groups as channels, one filter each."""

from .correlation cimport Source, Target, Weights
from .runtime cimport nativecnn_epilogue

cdef bint pays_by_channels(const Source *source) noexcept nogil
cdef int depthwise(
    Source *source, const Weights *weights, const nativecnn_epilogue *epilogue, const Target *target,
) except -1
cdef int depthwise_kernel_gradient(Source *source, const float *gradients, float *dkernel, float *dbias) except -1
