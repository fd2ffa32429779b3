"""The kernel's gradient by Winograd's minimal filtering."""

from .winograd cimport Images

cdef int winograd_kernel_gradient(
    const Images *source, const Images *gradients, float *dkernel, int outputs, Py_ssize_t top, Py_ssize_t left,
) except -1
