"""Concatenation along an axis, and taking apart again: rows of floats, copied."""

from libc.string cimport memcpy

from .arrays cimport ArrayList
from .prepared cimport Prepared
from .runtime cimport share_out, threads_for

cdef enum:
    COPIED = 1 << 14  # floats of a task

cdef struct Joining:
    Py_ssize_t rows        # of every array
    Py_ssize_t columns     # floats of a row of the whole
    Py_ssize_t rows_per_task
    Py_ssize_t arrays
    float *const *parts    # NULL where nobody wants a part
    const Py_ssize_t *lengths
    float *whole
    bint split


cdef void join_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Copy some rows of all parts into the whole, or out of it."""
    cdef const Joining *run = <const Joining *> context
    cdef Py_ssize_t first = task * run.rows_per_task, row, part, length
    cdef float *place
    cdef float *inside
    for row in range(first, min(run.rows, first + run.rows_per_task)):
        place = run.whole + row * run.columns
        for part in range(run.arrays):
            length = run.lengths[part]
            if run.parts[part] is not NULL:
                inside = run.parts[part] + row * length
                if run.split:
                    memcpy(inside, place, length * sizeof(float))
                else:
                    memcpy(place, inside, length * sizeof(float))
            place += length


cdef class PreparedRows(Prepared):
    """Rows of some parts, copied into those of a whole or out of them."""
    cdef ArrayList parts
    cdef ArrayList whole
    cdef Joining run

    cdef int take(self, parts, whole, sizes, Py_ssize_t axis, bint split) except -1:
        """Take in the arrays, and the parts' sizes on the axis."""
        cdef Py_ssize_t inner = 1, part
        self.parts, self.whole = ArrayList(parts, writable=split), ArrayList((whole,), writable=not split)
        self.run.rows = 1
        for size in whole.shape[:axis]:
            self.run.rows *= size
        for size in whole.shape[axis + 1:]:
            inner *= size
        self.run.columns = inner * whole.shape[axis]
        self.run.rows_per_task = max(1, COPIED // max(self.run.columns, 1))
        for part in range(self.parts.count):
            self.parts.lengths[part] = inner * sizes[part]
        self.run.arrays, self.run.split = self.parts.count, split
        self.run.parts, self.run.lengths = self.parts.pointers, self.parts.lengths
        self.run.whole = self.whole.pointers[0]
        return 0

    cdef int compute(self) except -1:
        cdef Joining run = self.run
        if run.rows == 0 or run.columns == 0:
            return 0
        cdef int threads = threads_for(<double> run.rows * run.columns * 4)
        with nogil:
            share_out(join_task, &run, (run.rows + run.rows_per_task - 1) // run.rows_per_task, threads)
        return 0


cdef class PreparedConcatenation(PreparedRows):
    """Concatenation."""

    def __init__(self, inputs, y, Py_ssize_t axis):
        self.take(inputs, y, [part.shape[axis] for part in inputs], axis, False)


def concatenate(inputs, y, Py_ssize_t axis):
    PreparedConcatenation(inputs, y, axis)()


def concatenate_gradient(dy, gradients, sizes, Py_ssize_t axis):
    cdef PreparedRows rows = PreparedRows()
    rows.take(gradients, dy, sizes, axis, True)
    rows.compute()
