"""Kernel calls that are made once and computed many times."""

cdef class Prepared:
    """The base of all: arguments taken in at its making, whose buffers it keeps, and computed with at every call."""
    cdef int compute(self) except -1
