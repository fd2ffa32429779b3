"""Values that move and stay what they are: padding with zeros, cropping, permuting axes, repeating pixels."""

from libc.string cimport memcpy, memset

from .arrays cimport ArrayList
from .pooling cimport sum_windows
from .runtime cimport active_kernels, nativecnn_kernels, share_out, share_out_task, threads_for

cdef enum:
    MOVED = 1 << 14  # floats of a task, about
    BLOCK = 64       # rows and columns of a transposed block, at least
    NARROW = 4       # rows or columns, too few for a transposition in vectors
    MOST_AXES = 64   # of a NumPy array

# An image, a line or a volume within a larger one; a line has one row, an image one plane.
cdef struct Frame:
    Py_ssize_t samples
    Py_ssize_t inner[3]   # planes, rows, columns
    Py_ssize_t outer[3]
    Py_ssize_t before[3]
    Py_ssize_t channels
    Py_ssize_t rows       # to be moved, of all samples
    Py_ssize_t rows_per_task
    float *inside
    float *outside

cdef struct Permutation:
    const nativecnn_kernels *kernels
    # Axes in the order of the target; neighbours that stay neighbours are one axis.
    Py_ssize_t axes
    Py_ssize_t sizes[MOST_AXES]
    Py_ssize_t source_steps[MOST_AXES]
    Py_ssize_t target_steps[MOST_AXES]
    Py_ssize_t row_axis        # of the source's rows, contiguous in the target; -1 if whole rows are copied
    Py_ssize_t column_axis     # contiguous in the source
    Py_ssize_t row_block
    Py_ssize_t column_block
    const float *x
    float *y

cdef struct Repetition:
    Py_ssize_t sizes[3]    # of a sample: planes, rows, columns
    Py_ssize_t factors[3]
    Py_ssize_t channels
    Py_ssize_t rows
    Py_ssize_t rows_per_task
    const float *x
    float *y


cdef void three_sizes(sizes, Py_ssize_t missing, Py_ssize_t *target):
    """Write one to three sizes, those of missing axes before them."""
    cdef Py_ssize_t axis
    for axis in range(3):
        target[axis] = missing
    for axis in range(len(sizes)):
        target[3 - len(sizes) + axis] = sizes[axis]


cdef Py_ssize_t tasks_of(Py_ssize_t rows, Py_ssize_t rows_per_task) noexcept nogil:
    return (rows + rows_per_task - 1) // rows_per_task


cdef float *inner_row(const Frame *run, Py_ssize_t sample, Py_ssize_t plane, Py_ssize_t row) noexcept nogil:
    return run.inside + ((sample * run.inner[0] + plane) * run.inner[1] + row) * run.inner[2] * run.channels


cdef void pad_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Write some rows of the outer images."""
    cdef const Frame *run = <const Frame *> context
    cdef Py_ssize_t columns = run.outer[2] * run.channels, left = run.before[2] * run.channels
    cdef Py_ssize_t middle = run.inner[2] * run.channels
    cdef Py_ssize_t number, plane, row
    cdef float *target
    for number in range(task * run.rows_per_task, min(run.rows, (task + 1) * run.rows_per_task)):
        plane = number // run.outer[1] % run.outer[0] - run.before[0]
        row = number % run.outer[1] - run.before[1]
        target = run.outside + number * columns
        if plane < 0 or plane >= run.inner[0] or row < 0 or row >= run.inner[1]:
            memset(target, 0, columns * sizeof(float))
            continue
        memset(target, 0, left * sizeof(float))
        memcpy(
            target + left, inner_row(run, number // run.outer[1] // run.outer[0], plane, row), middle * sizeof(float)
        )
        memset(target + left + middle, 0, (columns - left - middle) * sizeof(float))


cdef void crop_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Write some rows of the inner images."""
    cdef const Frame *run = <const Frame *> context
    cdef Py_ssize_t columns = run.inner[2] * run.channels
    cdef Py_ssize_t number, sample, plane, row
    for number in range(task * run.rows_per_task, min(run.rows, (task + 1) * run.rows_per_task)):
        row = number % run.inner[1] + run.before[1]
        plane = number // run.inner[1] % run.inner[0] + run.before[0]
        sample = number // run.inner[1] // run.inner[0]
        memcpy(
            run.inside + number * columns,
            run.outside + (
                ((sample * run.outer[0] + plane) * run.outer[1] + row) * run.outer[2] + run.before[2]
            ) * run.channels,
            columns * sizeof(float),
        )


cdef int move(share_out_task task, inside, outside, before, ArrayList inner, ArrayList outer, bint pad) except -1:
    """Run tasks over the rows that are written."""
    cdef Frame run
    cdef Py_ssize_t axes = len(before), columns
    run.samples, run.channels = inside.shape[0], inside.shape[axes + 1]
    three_sizes(inside.shape[1:axes + 1], 1, run.inner)
    three_sizes(outside.shape[1:axes + 1], 1, run.outer)
    three_sizes(before, 0, run.before)
    run.inside, run.outside = inner.pointers[0], outer.pointers[0]
    columns = (run.outer[2] if pad else run.inner[2]) * run.channels
    run.rows = run.samples * (run.outer[0] * run.outer[1] if pad else run.inner[0] * run.inner[1])
    if run.rows == 0 or columns == 0:
        return 0
    run.rows_per_task = max(1, MOVED // columns)
    cdef int threads = threads_for(4.0 * run.rows * columns)
    with nogil:
        share_out(task, &run, tasks_of(run.rows, run.rows_per_task), threads)
    return 0


def zero_pad(x, y, before):
    move(pad_task, x, y, before, ArrayList((x,)), ArrayList((y,), writable=True), True)


def crop(x, y, before):
    move(crop_task, y, x, before, ArrayList((y,), writable=True), ArrayList((x,)), False)


cdef void permute_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Copy a row, or transpose a block."""
    cdef const Permutation *run = <const Permutation *> context
    cdef Py_ssize_t source = 0, target = 0, axis = run.axes - 1, rows = 0, columns = 0, first, blocks
    cdef Py_ssize_t source_step, target_step, row, column
    while axis >= 0:  # the last axes vary fastest
        if axis == run.row_axis:
            blocks = tasks_of(run.sizes[axis], run.row_block)
            first = task % blocks * run.row_block
            rows = min(run.row_block, run.sizes[axis] - first)
        elif axis == run.column_axis:
            blocks = tasks_of(run.sizes[axis], run.column_block)
            first = task % blocks * run.column_block
            columns = min(run.column_block, run.sizes[axis] - first)
        else:
            blocks = run.sizes[axis]
            first = task % blocks
        task //= blocks
        source += first * run.source_steps[axis]
        target += first * run.target_steps[axis]
        axis -= 1
    if run.row_axis < 0:
        memcpy(run.y + target, run.x + source, columns * sizeof(float))
        return
    source_step, target_step = run.source_steps[run.row_axis], run.target_steps[run.column_axis]
    if min(run.sizes[run.row_axis], run.sizes[run.column_axis]) <= NARROW:
        for column in range(columns):
            for row in range(rows):
                run.y[target + column * target_step + row] = run.x[source + row * source_step + column]
        return
    run.kernels.transpose_tile(rows, columns, run.x + source, source_step, run.y + target, target_step)


def permute(x, y, axes):
    cdef ArrayList source = ArrayList((x,)), target = ArrayList((y,), writable=True)
    cdef Permutation run
    cdef Py_ssize_t axis, last, step, tasks = 1
    if y.size == 0:
        return
    run.kernels, run.x, run.y = active_kernels(), source.pointers[0], target.pointers[0]
    steps = [1] * x.ndim
    for axis in range(x.ndim - 2, -1, -1):
        steps[axis] = steps[axis + 1] * x.shape[axis + 1]
    run.axes, last = 0, 0
    for number in axes:
        if x.shape[number] == 1:
            continue
        if run.axes > 0 and last == steps[number] * x.shape[number]:
            run.sizes[run.axes - 1] *= x.shape[number]  # follows the axis before it, as it does in the source
        else:
            run.sizes[run.axes] = x.shape[number]
            run.axes += 1
        run.source_steps[run.axes - 1] = last = steps[number]
    if run.axes == 0:  # a single value
        run.sizes[0] = run.source_steps[0] = run.axes = 1
    step = 1
    for axis in range(run.axes - 1, -1, -1):
        run.target_steps[axis] = step
        step *= run.sizes[axis]
    for axis in range(run.axes):
        if run.source_steps[axis] == 1:
            run.column_axis = axis
    run.row_axis = -1 if run.column_axis == run.axes - 1 else run.axes - 1
    run.column_block = run.sizes[run.column_axis] if run.row_axis < 0 else min(BLOCK, run.sizes[run.column_axis])
    run.row_block = max(BLOCK, BLOCK * BLOCK // run.column_block)
    for axis in range(run.axes):
        if axis == run.row_axis:
            tasks *= tasks_of(run.sizes[axis], run.row_block)
        elif axis == run.column_axis:
            tasks *= tasks_of(run.sizes[axis], run.column_block)
        else:
            tasks *= run.sizes[axis]
    cdef int threads = threads_for(8.0 * y.size)
    with nogil:
        share_out(permute_task, &run, tasks, threads)


cdef void repeat_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Repeat the pixels of some rows, then the rows, then the planes of rows."""
    cdef const Repetition *run = <const Repetition *> context
    cdef Py_ssize_t pixel = run.channels, columns = run.sizes[2] * run.factors[2] * run.channels
    cdef Py_ssize_t rows = run.sizes[1] * run.factors[1]
    cdef Py_ssize_t number, plane, row, column, _again
    cdef const float *source
    cdef float *first
    cdef float *target
    for number in range(task * run.rows_per_task, min(run.rows, (task + 1) * run.rows_per_task)):
        plane, row = number // run.sizes[1] * run.factors[0], number % run.sizes[1] * run.factors[1]
        source = run.x + number * run.sizes[2] * pixel
        first = target = run.y + (plane * rows + row) * columns
        for column in range(run.sizes[2]):
            for _again in range(run.factors[2]):
                memcpy(target, source + column * pixel, pixel * sizeof(float))
                target += pixel
        for plane in range(run.factors[0]):
            for row in range(plane == 0, run.factors[1]):
                memcpy(first + (plane * rows + row) * columns, first, columns * sizeof(float))


def upsample(x, y, factors):
    cdef ArrayList source = ArrayList((x,)), target = ArrayList((y,), writable=True)
    cdef Repetition run
    cdef Py_ssize_t axes = len(factors), columns
    if y.size == 0:
        return
    three_sizes(x.shape[1:axes + 1], 1, run.sizes)
    three_sizes(factors, 1, run.factors)
    run.channels, run.rows = x.shape[axes + 1], x.shape[0] * run.sizes[0] * run.sizes[1]
    run.x, run.y = source.pointers[0], target.pointers[0]
    columns = run.sizes[2] * run.channels * run.factors[0] * run.factors[1] * run.factors[2]
    run.rows_per_task = max(1, MOVED // columns)
    cdef int threads = threads_for(4.0 * run.rows * columns)
    with nogil:
        share_out(repeat_task, &run, tasks_of(run.rows, run.rows_per_task), threads)


def upsample_gradient(dy, dx, factors):
    if len(factors) == 1:  # a line is an image of one row
        dy, dx, factors = dy[:, None], dx[:, None], (1, *factors)
    sum_windows(dy, dx, factors)
