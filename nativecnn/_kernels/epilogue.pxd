"""What follows a sum before it is stored."""

from .runtime cimport nativecnn_epilogue


cdef class Finishing:
    """A bias and an epilogue, as tile kernels take them. Their arrays live as long as it does."""
    cdef const float[::1] bias
    cdef const float[::1] scale
    cdef const float[::1] shift
    cdef const float[::1] residual
    cdef nativecnn_epilogue values

cdef Finishing finishing_of(
    const float[::1] bias, epilogue, const float *result, Py_ssize_t numbers, Py_ssize_t filters,
)
cdef nativecnn_epilogue no_epilogue() noexcept nogil
cdef nativecnn_epilogue of_filters_from(const nativecnn_epilogue *epilogue, Py_ssize_t filter) noexcept nogil
