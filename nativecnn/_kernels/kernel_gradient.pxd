"""The gradient of a correlation's weights and bias."""

from .correlation cimport Source

cdef int correlation_kernel_gradient(
    Source *source, const float *gradients, Py_ssize_t gradient_step, Py_ssize_t filters,
    float *dkernel, Py_ssize_t kernel_step, float *dbias,
) except -1
