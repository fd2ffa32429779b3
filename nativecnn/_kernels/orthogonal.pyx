"""Matrices with orthonormal columns."""

import numpy as np

from .runtime cimport active_kernels, nativecnn_kernels, share_out, threads_for

cdef enum:
    COLUMNS = 8  # NATIVECNN_COLUMNS

cdef struct Blocks:
    const nativecnn_kernels *kernels
    Py_ssize_t rows
    Py_ssize_t columns
    Py_ssize_t finished          # blocks before the one at hand
    double *blocks               # [blocks][rows][COLUMNS]


cdef void finish_block_task(const void *context, Py_ssize_t _task, int _thread) noexcept nogil:
    """Make the columns of the block at hand orthonormal, one after the other."""
    cdef const Blocks *run = <const Blocks *> context
    cdef double *block = run.blocks + run.finished * run.rows * COLUMNS
    cdef Py_ssize_t column, count = min(COLUMNS, run.columns - run.finished * COLUMNS)
    for column in range(count):
        run.kernels.normalize_column(run.rows, block + column)
        if column + 1 < count:
            run.kernels.project_out(run.rows, block + column, block, <int> column + 1)


cdef void later_block_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Take the parts of the block at hand out of a later one."""
    cdef const Blocks *run = <const Blocks *> context
    cdef double *block = run.blocks + run.finished * run.rows * COLUMNS
    cdef Py_ssize_t column
    for column in range(COLUMNS):
        run.kernels.project_out(run.rows, block + column, block + (task + 1) * run.rows * COLUMNS, 0)


def orthonormalize(matrix):
    cdef Py_ssize_t rows = matrix.shape[0], columns = matrix.shape[1]
    cdef Py_ssize_t count = (columns + COLUMNS - 1) // COLUMNS, number
    if rows == 0 or columns == 0:
        return
    padded = np.zeros((rows, count * COLUMNS))
    padded[:, :columns] = matrix
    packed = np.ascontiguousarray(padded.reshape(rows, count, COLUMNS).transpose(1, 0, 2))
    cdef double[:, :, ::1] blocks = packed
    cdef Blocks run
    run.kernels, run.rows, run.columns, run.blocks = active_kernels(), rows, columns, &blocks[0, 0, 0]
    cdef int threads = threads_for(2.0 * rows * columns * COLUMNS)
    with nogil:
        for number in range(count):
            run.finished = number
            share_out(finish_block_task, &run, 1, 1)
            share_out(later_block_task, &run, count - number - 1, threads)
    matrix[...] = packed.transpose(1, 0, 2).reshape(rows, -1)[:, :columns]
