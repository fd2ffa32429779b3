"""Rows of a table, chosen by number."""

from libc.math cimport NAN
from libc.string cimport memcpy, memset

from .arrays cimport ArrayList
from .runtime cimport active_kernels, nativecnn_kernels, share_out, threads_for

cdef enum:
    COPIED = 1 << 14     # floats of a task
    LEAST_COLUMNS = 16   # of a task: threads do not share cache lines

cdef struct Embedding:
    const nativecnn_kernels *kernels
    Py_ssize_t positions  # of all samples
    Py_ssize_t rows       # of the table
    Py_ssize_t columns
    Py_ssize_t per_task   # positions forward, columns backward
    const float *tokens
    const float *table
    float *y
    const float *dy
    float *dtable


cdef Py_ssize_t row_of(const Embedding *run, Py_ssize_t position) noexcept nogil:
    """Return the row that a token names, -1 if there is none."""
    cdef float token = run.tokens[position]
    cdef Py_ssize_t row
    if not 0 <= token < run.rows:  # nor is a NaN
        return -1
    row = <Py_ssize_t> token
    return row if row == token and row < run.rows else -1


cdef void embed_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Embedding *run = <const Embedding *> context
    cdef Py_ssize_t position, row, column
    cdef float *target
    for position in range(task * run.per_task, min(run.positions, (task + 1) * run.per_task)):
        row, target = row_of(run, position), run.y + position * run.columns
        if row < 0:
            for column in range(run.columns):
                target[column] = NAN
        else:
            memcpy(target, run.table + row * run.columns, run.columns * sizeof(float))


def embedding(tokens, table, y):
    cdef ArrayList given = ArrayList((tokens, table)), target = ArrayList((y,), writable=True)
    cdef Embedding run
    run.positions, run.rows, run.columns = given.lengths[0], table.shape[0], table.shape[1]
    if run.positions == 0 or run.columns == 0:
        return
    run.tokens, run.table, run.y = given.pointers[0], given.pointers[1], target.pointers[0]
    run.per_task = max(1, COPIED // run.columns)
    cdef int threads = threads_for(4.0 * run.positions * run.columns)
    with nogil:
        share_out(embed_task, &run, (run.positions + run.per_task - 1) // run.per_task, threads)


cdef void gradient_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Add up the gradients of some columns of the whole table, position by position."""
    cdef const Embedding *run = <const Embedding *> context
    cdef Py_ssize_t first = task * run.per_task, columns = min(run.per_task, run.columns - first), position, row
    cdef float *target
    for row in range(run.rows):
        memset(run.dtable + row * run.columns + first, 0, columns * sizeof(float))
    for position in range(run.positions):
        row = row_of(run, position)
        if row >= 0:
            target = run.dtable + row * run.columns + first
            run.kernels.add(columns, target, run.dy + position * run.columns + first, target)


def embedding_gradient(dy, tokens, dtable):
    cdef ArrayList given = ArrayList((dy, tokens)), target = ArrayList((dtable,), writable=True)
    cdef Embedding run
    cdef Py_ssize_t tasks
    run.kernels, run.positions, run.rows, run.columns = (
        active_kernels(), given.lengths[1], dtable.shape[0], dtable.shape[1]
    )
    if run.columns == 0 or run.rows == 0:
        return
    run.dy, run.tokens, run.dtable = given.pointers[0], given.pointers[1], target.pointers[0]
    cdef int threads = threads_for(<double> (run.positions + run.rows) * run.columns * 4)
    tasks = max(1, min(threads, run.columns // LEAST_COLUMNS))
    run.per_task = ((run.columns + tasks - 1) // tasks + LEAST_COLUMNS - 1) // LEAST_COLUMNS * LEAST_COLUMNS
    with nogil:
        share_out(gradient_task, &run, (run.columns + run.per_task - 1) // run.per_task, threads)
