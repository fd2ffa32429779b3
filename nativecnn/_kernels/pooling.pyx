"""Max and average pooling: windows clipped to the image, one output pixel at a time."""

from cython.parallel cimport parallel, prange
from libc.string cimport memset

from .runtime cimport active_kernels, enter_fp_state, leave_fp_state, nativecnn_kernels

from .threads import threads_for

cdef struct Axis:
    Py_ssize_t outputs
    Py_ssize_t inputs
    Py_ssize_t window
    Py_ssize_t stride
    Py_ssize_t padding

# One output pixel, all channels: max_pool_pixel or average_pool_pixel.
ctypedef void (*pixel_kernel)(
    Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t channels, const float *x, Py_ssize_t row_step, float *y,
) noexcept nogil

cdef struct Pooling:
    const nativecnn_kernels *kernels
    pixel_kernel pool_pixel
    Axis rows
    Axis columns
    Py_ssize_t channels
    const float *x
    float *y
    const float *dy
    float *dx

ctypedef void (*pooling_task)(const Pooling *run, Py_ssize_t index) noexcept nogil


cdef Pooling pooling_of(
    Py_ssize_t image_rows, Py_ssize_t image_columns, Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t channels,
    pool_size, strides, padding,
):
    cdef Pooling run
    run.kernels, run.pool_pixel, run.channels = active_kernels(), NULL, channels
    run.rows.outputs, run.rows.inputs = rows, image_rows
    run.rows.window, run.rows.stride, run.rows.padding = pool_size[0], strides[0], padding[0]
    run.columns.outputs, run.columns.inputs = columns, image_columns
    run.columns.window, run.columns.stride, run.columns.padding = pool_size[1], strides[1], padding[1]
    run.x = run.dy = NULL
    run.y = run.dx = NULL
    return run


cdef Py_ssize_t window_start(const Axis *axis, Py_ssize_t output) noexcept nogil:
    return max(output * axis.stride - axis.padding, 0)


cdef Py_ssize_t window_size(const Axis *axis, Py_ssize_t output) noexcept nogil:
    return min(output * axis.stride - axis.padding + axis.window, axis.inputs) - window_start(axis, output)


cdef Py_ssize_t input_place(const Pooling *run, Py_ssize_t sample, Py_ssize_t row, Py_ssize_t column) noexcept nogil:
    return (
        (sample * run.rows.inputs + window_start(&run.rows, row)) * run.columns.inputs
        + window_start(&run.columns, column)
    ) * run.channels


cdef void pool_row(const Pooling *run, Py_ssize_t line) noexcept nogil:
    cdef Py_ssize_t sample = line // run.rows.outputs, row = line % run.rows.outputs, column
    for column in range(run.columns.outputs):
        run.pool_pixel(
            window_size(&run.rows, row), window_size(&run.columns, column), run.channels,
            run.x + input_place(run, sample, row, column), run.columns.inputs * run.channels,
            run.y + (line * run.columns.outputs + column) * run.channels,
        )


cdef void clear_sample(const Pooling *run, Py_ssize_t sample) noexcept nogil:
    cdef Py_ssize_t size = run.rows.inputs * run.columns.inputs * run.channels
    memset(run.dx + sample * size, 0, size * sizeof(float))


# Windows may overlap: a sample's gradients are added up by one thread, in row-major order of windows.
cdef void max_gradient_sample(const Pooling *run, Py_ssize_t sample) noexcept nogil:
    cdef Py_ssize_t row, column, place
    clear_sample(run, sample)
    for row in range(run.rows.outputs):
        for column in range(run.columns.outputs):
            place = input_place(run, sample, row, column)
            run.kernels.max_pool_gradient_pixel(
                window_size(&run.rows, row), window_size(&run.columns, column), run.channels,
                run.dy + ((sample * run.rows.outputs + row) * run.columns.outputs + column) * run.channels,
                run.x + place, run.dx + place, run.columns.inputs * run.channels,
            )


cdef void average_gradient_sample(const Pooling *run, Py_ssize_t sample) noexcept nogil:
    cdef Py_ssize_t row, column
    clear_sample(run, sample)
    for row in range(run.rows.outputs):
        for column in range(run.columns.outputs):
            run.kernels.average_pool_gradient_pixel(
                window_size(&run.rows, row), window_size(&run.columns, column), run.channels,
                run.dy + ((sample * run.rows.outputs + row) * run.columns.outputs + column) * run.channels,
                run.dx + input_place(run, sample, row, column), run.columns.inputs * run.channels,
            )


cdef int each(pooling_task task, const Pooling *run, Py_ssize_t samples, Py_ssize_t tasks) except -1:
    cdef Py_ssize_t i
    cdef unsigned long long state = 0
    if run.channels == 0:
        return 0
    cdef int threads = threads_for(
        8.0 * samples * run.rows.outputs * run.columns.outputs * run.rows.window * run.columns.window * run.channels
    )
    with nogil, parallel(num_threads=threads):
        state = enter_fp_state()
        for i in prange(tasks, schedule="static"):
            task(run, i)
        leave_fp_state(state)
    return 0


def max_pool2d(const float[:, :, :, ::1] x, float[:, :, :, ::1] y, pool_size, strides, padding):
    cdef Pooling run = pooling_of(
        x.shape[1], x.shape[2], y.shape[1], y.shape[2], x.shape[3], pool_size, strides, padding
    )
    run.x, run.y, run.pool_pixel = &x[0, 0, 0, 0], &y[0, 0, 0, 0], run.kernels.max_pool_pixel
    each(pool_row, &run, y.shape[0], y.shape[0] * y.shape[1])


def max_pool2d_gradient(
    const float[:, :, :, ::1] dy, const float[:, :, :, ::1] x, float[:, :, :, ::1] dx, pool_size, strides, padding,
):
    cdef Pooling run = pooling_of(
        x.shape[1], x.shape[2], dy.shape[1], dy.shape[2], x.shape[3], pool_size, strides, padding
    )
    run.dy, run.x, run.dx = &dy[0, 0, 0, 0], &x[0, 0, 0, 0], &dx[0, 0, 0, 0]
    each(max_gradient_sample, &run, dy.shape[0], dy.shape[0])


def average_pool2d(const float[:, :, :, ::1] x, float[:, :, :, ::1] y, pool_size, strides, padding):
    cdef Pooling run = pooling_of(
        x.shape[1], x.shape[2], y.shape[1], y.shape[2], x.shape[3], pool_size, strides, padding
    )
    run.x, run.y, run.pool_pixel = &x[0, 0, 0, 0], &y[0, 0, 0, 0], run.kernels.average_pool_pixel
    each(pool_row, &run, y.shape[0], y.shape[0] * y.shape[1])


def average_pool2d_gradient(
    const float[:, :, :, ::1] dy, float[:, :, :, ::1] dx, pool_size, strides, padding,
):
    cdef Pooling run = pooling_of(
        dx.shape[1], dx.shape[2], dy.shape[1], dy.shape[2], dx.shape[3], pool_size, strides, padding
    )
    run.dy, run.dx = &dy[0, 0, 0, 0], &dx[0, 0, 0, 0]
    each(average_gradient_sample, &run, dy.shape[0], dy.shape[0])
