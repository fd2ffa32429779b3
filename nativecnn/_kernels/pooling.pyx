"""Max and average pooling: windows clipped to the image, a row of output pixels at a time."""

from libc.string cimport memset

from .prepared cimport Prepared
from .runtime cimport active_kernels, nativecnn_pooling_row, share_out, share_out_task, threads_for

cdef struct Axis:
    Py_ssize_t outputs
    Py_ssize_t inputs
    Py_ssize_t window
    Py_ssize_t stride
    Py_ssize_t padding

ctypedef void (*row_kernel)(const nativecnn_pooling_row *row) noexcept nogil

cdef struct Pooling:
    row_kernel kernel
    Axis rows
    Axis columns
    Py_ssize_t samples
    Py_ssize_t channels
    const float *x
    float *y
    const float *dy
    float *dx
    bint overlapping     # windows share pixels of the image
    bint relu            # the gradient goes on through the ReLU that made x
    bint covering        # every pixel of the image lies in a window
    Py_ssize_t channels_per_task

cdef enum:
    LEAST_CHANNELS = 16  # of a task


cdef Axis axis_of(Py_ssize_t outputs, Py_ssize_t inputs, Py_ssize_t window, Py_ssize_t stride, Py_ssize_t padding):
    cdef Axis axis
    axis.outputs, axis.inputs, axis.window, axis.stride, axis.padding = outputs, inputs, window, stride, padding
    return axis


cdef Pooling pooling_of(
    Py_ssize_t samples, Py_ssize_t image_rows, Py_ssize_t image_columns, Py_ssize_t rows, Py_ssize_t columns,
    Py_ssize_t channels, pool_size, strides, padding,
):
    cdef Pooling run
    run.samples, run.channels, run.channels_per_task = samples, channels, channels
    run.rows = axis_of(rows, image_rows, pool_size[0], strides[0], padding[0])
    run.columns = axis_of(columns, image_columns, pool_size[1], strides[1], padding[1])
    run.overlapping = overlaps(&run.rows) or overlaps(&run.columns)
    run.covering = covers(&run.rows) and covers(&run.columns)
    run.relu = False
    run.x = run.dy = NULL
    run.y = run.dx = NULL
    return run


cdef bint overlaps(const Axis *axis) noexcept nogil:
    return axis.outputs > 1 and axis.window > axis.stride


cdef bint covers(const Axis *axis) noexcept nogil:
    return (axis.outputs == 1 or axis.window >= axis.stride) and (
        (axis.outputs - 1) * axis.stride - axis.padding + axis.window >= axis.inputs
    )


cdef Py_ssize_t window_start(const Axis *axis, Py_ssize_t output) noexcept nogil:
    return max(output * axis.stride - axis.padding, 0)


cdef Py_ssize_t window_end(const Axis *axis, Py_ssize_t output) noexcept nogil:
    return min(output * axis.stride - axis.padding + axis.window, axis.inputs)


cdef void pool_row(
    const Pooling *run, Py_ssize_t sample, Py_ssize_t row, Py_ssize_t first_channel, Py_ssize_t channels,
) noexcept nogil:
    """Compute a row of output pixels: those whose windows are whole in one call, others one by one."""
    cdef nativecnn_pooling_row pixels
    cdef Py_ssize_t column = 0, place
    pixels.rows = window_end(&run.rows, row) - window_start(&run.rows, row)
    pixels.channels = channels
    pixels.image_row, pixels.image_column = run.columns.inputs * run.channels, run.channels
    pixels.window_step, pixels.output_column = run.columns.stride * run.channels, run.channels
    pixels.overlapping, pixels.relu = run.overlapping, run.relu
    while column < run.columns.outputs:
        pixels.columns = window_end(&run.columns, column) - window_start(&run.columns, column)
        pixels.pixels = 1
        if pixels.columns == run.columns.window:
            pixels.pixels = min(
                run.columns.outputs,
                (run.columns.inputs + run.columns.padding - run.columns.window) // run.columns.stride + 1,
            ) - column
        place = first_channel + (
            (sample * run.rows.inputs + window_start(&run.rows, row)) * run.columns.inputs
            + window_start(&run.columns, column)
        ) * run.channels
        pixels.x = NULL if run.x is NULL else run.x + place
        pixels.dx = NULL if run.dx is NULL else run.dx + place
        place = first_channel + ((sample * run.rows.outputs + row) * run.columns.outputs + column) * run.channels
        pixels.y = NULL if run.y is NULL else run.y + place
        pixels.dy = NULL if run.dy is NULL else run.dy + place
        run.kernel(&pixels)
        column += pixels.pixels


cdef void clear_rows(
    const Pooling *run, Py_ssize_t sample, Py_ssize_t first, Py_ssize_t last, Py_ssize_t first_channel,
    Py_ssize_t channels,
) noexcept nogil:
    """Write zeros to rows ``first`` … ``last - 1`` of an image's gradient."""
    cdef Py_ssize_t pixel
    cdef float *row = run.dx + (sample * run.rows.inputs + first) * run.columns.inputs * run.channels
    if channels == run.channels:
        if first < last:
            memset(row, 0, (last - first) * run.columns.inputs * channels * sizeof(float))
        return
    for pixel in range((last - first) * run.columns.inputs):
        memset(row + first_channel + pixel * run.channels, 0, channels * sizeof(float))


cdef void gradient_rows(
    const Pooling *run, Py_ssize_t sample, Py_ssize_t first, Py_ssize_t last, Py_ssize_t first_channel,
    Py_ssize_t channels,
) noexcept nogil:
    """Compute the gradients of windows in rows ``first`` … ``last - 1``, clearing the image's rows just before."""
    cdef Py_ssize_t cleared = 0 if first == 0 else window_start(&run.rows, first), end, row
    for row in range(first, last):
        end = window_end(&run.rows, row)
        if row + 1 == run.rows.outputs:
            end = run.rows.inputs
        elif not run.overlapping:
            end = max(end, window_start(&run.rows, row + 1))
        if run.overlapping or not run.covering:
            clear_rows(run, sample, cleared, end, first_channel, channels)
            cleared = max(cleared, end)
        pool_row(run, sample, row, first_channel, channels)


cdef void forward_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Pooling *run = <const Pooling *> context
    pool_row(run, task // run.rows.outputs, task % run.rows.outputs, 0, run.channels)


cdef void gradient_row_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Pooling *run = <const Pooling *> context
    gradient_rows(run, task // run.rows.outputs, task % run.rows.outputs, task % run.rows.outputs + 1, 0, run.channels)


# Windows overlap: a sample's gradients of a channel are added up by one thread, in row-major order of windows.
cdef void gradient_sample_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Pooling *run = <const Pooling *> context
    cdef Py_ssize_t parts = (run.channels + run.channels_per_task - 1) // run.channels_per_task
    cdef Py_ssize_t first = task % parts * run.channels_per_task
    gradient_rows(run, task // parts, 0, run.rows.outputs, first, min(run.channels_per_task, run.channels - first))


cdef int pool(Pooling *run) except -1:
    """Compute all outputs or, where ``dx`` is given, gradients."""
    cdef Py_ssize_t tasks = run.samples * run.rows.outputs, parts
    cdef share_out_task task = forward_task if run.dx is NULL else gradient_row_task
    if run.channels == 0 or run.samples == 0:
        return 0
    cdef int threads = threads_for(
        4.0 * tasks * run.columns.outputs * run.rows.window * run.columns.window * run.channels
    )
    if run.dx is not NULL and run.overlapping:
        task = gradient_sample_task
        parts = min((threads + run.samples - 1) // run.samples, run.channels // LEAST_CHANNELS)
        if parts > 1:
            run.channels_per_task = ((run.channels + parts - 1) // parts + LEAST_CHANNELS - 1) // LEAST_CHANNELS
            run.channels_per_task *= LEAST_CHANNELS
        tasks = run.samples * ((run.channels + run.channels_per_task - 1) // run.channels_per_task)
    with nogil:
        share_out(task, run, tasks, threads)
    return 0


cdef Pooling forward_pooling(
    const float[:, :, :, ::1] x, float[:, :, :, ::1] y, pool_size, strides, padding,
):
    cdef Pooling run = pooling_of(
        x.shape[0], x.shape[1], x.shape[2], y.shape[1], y.shape[2], x.shape[3], pool_size, strides, padding
    )
    run.x, run.y = &x[0, 0, 0, 0], &y[0, 0, 0, 0]
    return run


cdef class PreparedPooling(Prepared):
    """What both poolings keep."""
    cdef const float[:, :, :, ::1] x
    cdef float[:, :, :, ::1] y
    cdef Pooling run

    def __init__(self, const float[:, :, :, ::1] x, float[:, :, :, ::1] y, pool_size, strides, padding):
        self.x, self.y = x, y
        self.run = forward_pooling(x, y, pool_size, strides, padding)


cdef class PreparedMaxPooling(PreparedPooling):
    """Max pooling."""

    cdef int compute(self) except -1:
        cdef Pooling run = self.run
        run.kernel = active_kernels().max_pool_row
        return pool(&run)


def max_pool2d(const float[:, :, :, ::1] x, float[:, :, :, ::1] y, pool_size, strides, padding):
    PreparedMaxPooling(x, y, pool_size, strides, padding)()


def max_pool2d_gradient(
    const float[:, :, :, ::1] dy, const float[:, :, :, ::1] x, float[:, :, :, ::1] dx, pool_size, strides, padding,
    bint relu=False,
):
    cdef Pooling run = pooling_of(
        x.shape[0], x.shape[1], x.shape[2], dy.shape[1], dy.shape[2], x.shape[3], pool_size, strides, padding
    )
    run.dy, run.x, run.dx, run.relu = &dy[0, 0, 0, 0], &x[0, 0, 0, 0], &dx[0, 0, 0, 0], relu
    run.kernel = active_kernels().max_pool_gradient_row
    pool(&run)


cdef class PreparedAveragePooling(PreparedPooling):
    """Average pooling."""

    cdef int compute(self) except -1:
        cdef Pooling run = self.run
        run.kernel = active_kernels().average_pool_row
        return pool(&run)


def average_pool2d(const float[:, :, :, ::1] x, float[:, :, :, ::1] y, pool_size, strides, padding):
    PreparedAveragePooling(x, y, pool_size, strides, padding)()


def average_pool2d_gradient(
    const float[:, :, :, ::1] dy, float[:, :, :, ::1] dx, pool_size, strides, padding,
):
    cdef Pooling run = pooling_of(
        dx.shape[0], dx.shape[1], dx.shape[2], dy.shape[1], dy.shape[2], dx.shape[3], pool_size, strides, padding
    )
    run.dy, run.dx, run.kernel = &dy[0, 0, 0, 0], &dx[0, 0, 0, 0], active_kernels().average_pool_gradient_row
    pool(&run)
