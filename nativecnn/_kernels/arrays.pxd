"""Lists of arrays, as C takes them."""


cdef class ArrayList:
    """The addresses of some float32 arrays, which it keeps alive; NULL where None stands for one."""
    cdef list views
    cdef float **pointers
    cdef Py_ssize_t *lengths  # of each array, in floats
    cdef Py_ssize_t count
