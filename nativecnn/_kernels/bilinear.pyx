"""Larger images by bilinear interpolation. Every operation is rounded by itself: the compiler's vectors do."""

from .arrays cimport ArrayList
from .runtime cimport share_out, threads_for

cdef enum:
    BLOCK = 64  # channels whose sums are kept at a time

cdef struct Interpolation:
    Py_ssize_t rows       # of the small image
    Py_ssize_t columns
    Py_ssize_t row_factor
    Py_ssize_t column_factor
    Py_ssize_t channels
    const float *x
    float *y
    const float *dy
    float *dx

# An output lies between two pixels, so far from the first as the weight says.
cdef struct Neighbours:
    Py_ssize_t first
    Py_ssize_t second
    float weight


cdef Neighbours neighbours(Py_ssize_t output, Py_ssize_t factor, Py_ssize_t pixels) noexcept nogil:
    cdef Neighbours between
    cdef Py_ssize_t first = output // factor, twice = 2 * (output % factor) + 1 - factor
    if twice < 0:
        first, twice = first - 1, twice + 2 * factor
    between.weight = <float> twice / <float> (2 * factor)
    between.first, between.second = max(first, 0), min(first + 1, pixels - 1)
    return between


cdef void interpolate_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Compute a row of outputs."""
    cdef const Interpolation *run = <const Interpolation *> context
    cdef Py_ssize_t rows = run.rows * run.row_factor, columns = run.columns * run.column_factor
    cdef Py_ssize_t sample = task // rows, column, channel, left, right
    cdef Neighbours row = neighbours(task % rows, run.row_factor, run.rows), between
    cdef const float *upper = run.x + (sample * run.rows + row.first) * run.columns * run.channels
    cdef const float *lower = run.x + (sample * run.rows + row.second) * run.columns * run.channels
    cdef float *y = run.y + task * columns * run.channels
    cdef float above, below
    for column in range(columns):
        between = neighbours(column, run.column_factor, run.columns)
        left, right = between.first * run.channels, between.second * run.channels
        for channel in range(run.channels):
            above = upper[left + channel] + (upper[right + channel] - upper[left + channel]) * between.weight
            below = lower[left + channel] + (lower[right + channel] - lower[left + channel]) * between.weight
            y[channel] = above + (below - above) * row.weight
        y += run.channels


cdef void add_scaled(Py_ssize_t count, float factor, const float *x, float *total) noexcept nogil:
    cdef Py_ssize_t place
    for place in range(count):
        total[place] += factor * x[place]


cdef void add_rows(
    const Interpolation *run, Py_ssize_t sample, Py_ssize_t pixel_row, Py_ssize_t column, Py_ssize_t first,
    Py_ssize_t count, float *total,
) noexcept nogil:
    """Sum some channels of one column of dy over the rows between which a pixel's row is one."""
    cdef Py_ssize_t row, place
    cdef Neighbours between
    for place in range(count):
        total[place] = 0
    for row in range(
        max(0, (pixel_row - 1) * run.row_factor), min(run.rows, pixel_row + 2) * run.row_factor
    ):
        between = neighbours(row, run.row_factor, run.rows)
        place = ((sample * run.rows * run.row_factor + row) * run.columns * run.column_factor + column) * run.channels
        if between.first == pixel_row:
            add_scaled(count, 1 - between.weight, run.dy + place + first, total)
        if between.second == pixel_row:
            add_scaled(count, between.weight, run.dy + place + first, total)


cdef void gradient_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Compute the gradients of a row of pixels."""
    cdef const Interpolation *run = <const Interpolation *> context
    cdef Py_ssize_t pixel, column, block, first, count, place
    cdef Neighbours between
    cdef float sums[BLOCK]
    cdef float *total
    for pixel in range(run.columns):
        for block in range((run.channels + BLOCK - 1) // BLOCK):
            first = block * BLOCK
            count = min(BLOCK, run.channels - first)
            total = run.dx + (task * run.columns + pixel) * run.channels + first
            for place in range(count):
                total[place] = 0
            for column in range(
                max(0, (pixel - 1) * run.column_factor), min(run.columns, pixel + 2) * run.column_factor
            ):
                between = neighbours(column, run.column_factor, run.columns)
                if between.first != pixel and between.second != pixel:
                    continue
                add_rows(run, task // run.rows, task % run.rows, column, first, count, sums)
                if between.first == pixel:
                    add_scaled(count, 1 - between.weight, sums, total)
                if between.second == pixel:
                    add_scaled(count, between.weight, sums, total)


cdef Interpolation interpolation_of(small, factors):
    cdef Interpolation run
    run.rows, run.columns, run.channels = small.shape[1:]
    run.row_factor, run.column_factor = factors
    run.x = run.dy = NULL
    run.y = run.dx = NULL
    return run


def upsample_bilinear(x, y, factors):
    cdef ArrayList source = ArrayList((x,)), target = ArrayList((y,), writable=True)
    cdef Interpolation run = interpolation_of(x, factors)
    cdef Py_ssize_t tasks = x.shape[0] * run.rows * run.row_factor
    if y.size == 0:
        return
    run.x, run.y = source.pointers[0], target.pointers[0]
    cdef int threads = threads_for(16.0 * y.size)
    with nogil:
        share_out(interpolate_task, &run, tasks, threads)


def upsample_bilinear_gradient(dy, dx, factors):
    cdef ArrayList source = ArrayList((dy,)), target = ArrayList((dx,), writable=True)
    cdef Interpolation run = interpolation_of(dx, factors)
    cdef Py_ssize_t tasks = dx.shape[0] * run.rows
    if dx.size == 0:
        return
    run.dy, run.dx = source.pointers[0], target.pointers[0]
    cdef int threads = threads_for(32.0 * dy.size)
    with nogil:
        share_out(gradient_task, &run, tasks, threads)
