"""Kernel calls that are made once and computed many times.

To take in arrays and tuples costs a call more than the smallest layers cost to compute. How the work is shared out, and
by which instruction set, is decided at every call: both may have changed.
"""


cdef class Prepared:
    cdef int compute(self) except -1:
        raise NotImplementedError

    def __call__(self):
        self.compute()
