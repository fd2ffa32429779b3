"""Element-wise functions over whole arrays, shared out between threads."""

ctypedef void (*unary_kernel)(Py_ssize_t count, const float *x, float *y) noexcept nogil
ctypedef void (*binary_kernel)(Py_ssize_t count, const float *a, const float *b, float *y) noexcept nogil

cdef enum:
    CHUNK = 8192  # elements of a task

cdef Py_ssize_t chunks(Py_ssize_t count) noexcept nogil
cdef int map_unary(unary_kernel kernel, x, y, int cost) except -1
cdef int map_binary(binary_kernel kernel, a, b, y, int cost) except -1
