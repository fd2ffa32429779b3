"""Lists of arrays, as C takes them."""

from libc.stdlib cimport free, malloc


cdef class ArrayList:
    def __cinit__(self, arrays, bint writable=False):
        cdef float[::1] target
        cdef const float[::1] source
        cdef Py_ssize_t k
        self.count = len(arrays)
        self.views = []
        self.pointers = <float **> malloc(max(self.count, 1) * sizeof(float *))
        self.lengths = <Py_ssize_t *> malloc(max(self.count, 1) * sizeof(Py_ssize_t))
        if self.pointers is NULL or self.lengths is NULL:
            raise MemoryError(f"no memory for a list of {self.count} arrays")
        for k in range(self.count):
            self.pointers[k], self.lengths[k] = NULL, 0
            if arrays[k] is None:
                continue
            flat = arrays[k].reshape(-1)
            self.views.append(flat)
            if writable:
                target = flat
                self.lengths[k] = target.shape[0]
                if target.shape[0] > 0:
                    self.pointers[k] = &target[0]
            else:
                source = flat
                self.lengths[k] = source.shape[0]
                if source.shape[0] > 0:
                    self.pointers[k] = <float *> &source[0]

    def __dealloc__(self):
        free(self.pointers)
        free(self.lengths)
