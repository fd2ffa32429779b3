"""Images whose pixels are taken from other places, a row of output pixels at a time."""

import numpy as np

from libc.math cimport floor
from libc.stdint cimport int64_t
from libc.string cimport memcpy

from .runtime cimport share_out, threads_for

cdef enum FillMode:
    CONSTANT
    NEAREST
    WRAP
    REFLECT

cdef struct Taking:
    Py_ssize_t image_rows
    Py_ssize_t image_columns
    Py_ssize_t output_rows
    Py_ssize_t output_columns
    Py_ssize_t pixel_bytes
    const char *x
    const char *fill
    const int64_t *rows
    const int64_t *columns
    char *y


cdef void take_row(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Write row ``task % output_rows`` of sample ``task // output_rows``."""
    cdef const Taking *run = <const Taking *> context
    cdef Py_ssize_t sample = task // run.output_rows, column
    cdef Py_ssize_t row = run.rows[task]
    cdef const int64_t *columns = run.columns + sample * run.output_columns
    cdef const char *image = run.x + sample * run.image_rows * run.image_columns * run.pixel_bytes
    cdef const char *pixel
    cdef char *y = run.y + task * run.output_columns * run.pixel_bytes
    for column in range(run.output_columns):
        pixel = run.fill
        if row >= 0 and columns[column] >= 0:
            pixel = image + (row * run.image_columns + columns[column]) * run.pixel_bytes
        memcpy(y, pixel, run.pixel_bytes)
        y += run.pixel_bytes


def take_pixels(x, rows, columns, fill, y):
    if y.size == 0:
        return
    cdef const unsigned char[:, :, :, ::1] source = x.view(np.uint8)
    cdef const unsigned char[::1] filling = fill.view(np.uint8)
    cdef const int64_t[:, ::1] from_rows = rows, from_columns = columns
    cdef unsigned char[:, :, :, ::1] target = y.view(np.uint8)
    cdef Taking run
    run.image_rows, run.image_columns, run.pixel_bytes = source.shape[1], source.shape[2], source.shape[3]
    run.output_rows, run.output_columns = target.shape[1], target.shape[2]
    run.x = NULL
    if x.size:  # otherwise every pixel is the filling
        run.x = <const char *> &source[0, 0, 0, 0]
    run.fill = <const char *> &filling[0]
    run.rows, run.columns = &from_rows[0, 0], &from_columns[0, 0]
    run.y = <char *> &target[0, 0, 0, 0]
    cdef Py_ssize_t tasks = target.shape[0] * run.output_rows
    cdef int threads = threads_for(<double> target.size)
    with nogil:
        share_out(take_row, &run, tasks, threads)


cdef struct Affine:
    Py_ssize_t image_rows
    Py_ssize_t image_columns
    Py_ssize_t output_rows
    Py_ssize_t output_columns
    Py_ssize_t channels
    FillMode mode
    float fill
    const float *x
    const double *matrices
    float *y


cdef Py_ssize_t mirrored(Py_ssize_t number, Py_ssize_t size, FillMode mode) noexcept nogil:
    """Return the row (or column) of an image that stands for a number, -1 for none."""
    cdef Py_ssize_t around
    if 0 <= number < size:
        return number
    if mode == NEAREST:
        return 0 if number < 0 else size - 1
    if mode == CONSTANT:
        return -1
    around = number % (size if mode == WRAP else 2 * size)
    if around < 0:  # C's remainder has the sign of the number
        around += size if mode == WRAP else 2 * size
    return around if around < size else 2 * size - 1 - around


cdef inline double value_of(const float *pixel, Py_ssize_t channel, const Affine *run) noexcept nogil:
    return run.fill if pixel is NULL else pixel[channel]


cdef const float *pixel_of(const Affine *run, const float *image, Py_ssize_t row, Py_ssize_t column) noexcept nogil:
    """Return a pixel, NULL where it is the filling."""
    row, column = mirrored(row, run.image_rows, run.mode), mirrored(column, run.image_columns, run.mode)
    if row < 0 or column < 0:
        return NULL
    return image + (row * run.image_columns + column) * run.channels


cdef void affine_row(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Write row ``task % output_rows`` of sample ``task // output_rows``."""
    cdef const Affine *run = <const Affine *> context
    cdef Py_ssize_t sample = task // run.output_rows, h = task % run.output_rows, w, channel, first_row, first_column
    cdef const float *image = run.x + sample * run.image_rows * run.image_columns * run.channels
    cdef const double *m = run.matrices + sample * 6
    cdef const float *a
    cdef const float *b
    cdef const float *c
    cdef const float *d
    cdef float *y = run.y + task * run.output_columns * run.channels
    cdef double row, column, down, right, top, bottom
    for w in range(run.output_columns):
        row = (m[0] * <double> h + m[1] * <double> w) + m[2]
        column = (m[3] * <double> h + m[4] * <double> w) + m[5]
        first_row, first_column = <Py_ssize_t> floor(row), <Py_ssize_t> floor(column)
        down, right = row - floor(row), column - floor(column)
        a, b = pixel_of(run, image, first_row, first_column), pixel_of(run, image, first_row, first_column + 1)
        c, d = pixel_of(run, image, first_row + 1, first_column), pixel_of(run, image, first_row + 1, first_column + 1)
        for channel in range(run.channels):
            top = value_of(a, channel, run) * (1.0 - right) + value_of(b, channel, run) * right
            bottom = value_of(c, channel, run) * (1.0 - right) + value_of(d, channel, run) * right
            y[channel] = <float> (top * (1.0 - down) + bottom * down)
        y += run.channels


_MODES = {"constant": CONSTANT, "nearest": NEAREST, "wrap": WRAP, "reflect": REFLECT}


def affine_bilinear(
    const float[:, :, :, ::1] x, const double[:, :, ::1] matrices, fill_mode, float fill_value, float[:, :, :, ::1] y,
):
    cdef Affine run
    cdef Py_ssize_t tasks = y.shape[0] * y.shape[1]
    if tasks == 0 or y.shape[2] == 0 or y.shape[3] == 0:
        return
    run.image_rows, run.image_columns, run.channels = x.shape[1], x.shape[2], x.shape[3]
    run.output_rows, run.output_columns = y.shape[1], y.shape[2]
    run.mode, run.fill = _MODES[fill_mode], fill_value
    run.x, run.matrices, run.y = &x[0, 0, 0, 0], &matrices[0, 0, 0], &y[0, 0, 0, 0]
    cdef int threads = threads_for(16.0 * tasks * run.output_columns * run.channels)
    with nogil:
        share_out(affine_row, &run, tasks, threads)
