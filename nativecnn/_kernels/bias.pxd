"""The gradient of a bias."""

cdef int bias_gradient(
    const float *gradients, Py_ssize_t samples, Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t filters, float *dbias,
) except -1
