"""Max and average pooling: windows clipped to the image, a row of output pixels at a time."""

from libc.string cimport memset

from .arrays cimport ArrayList
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
    Axis planes          # one, for images
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
    bint sum             # averages are not divided
    Py_ssize_t channels_per_task

cdef enum:
    LEAST_CHANNELS = 16  # of a task


cdef Axis axis_of(Py_ssize_t outputs, Py_ssize_t inputs, Py_ssize_t window, Py_ssize_t stride, Py_ssize_t padding):
    cdef Axis axis
    axis.outputs, axis.inputs, axis.window, axis.stride, axis.padding = outputs, inputs, window, stride, padding
    return axis


cdef Pooling pooling_of(image, output, pool_size, strides, padding):
    """Return what is to be done; ``image`` and ``output`` are shapes, of volumes or of images."""
    cdef Pooling run
    cdef Py_ssize_t last = len(pool_size) - 1
    run.samples = image[0]
    run.channels = run.channels_per_task = image[last + 2]
    run.planes = axis_of(1, 1, 1, 1, 0)
    if last == 2:
        run.planes = axis_of(output[1], image[1], pool_size[0], strides[0], padding[0])
    run.rows = axis_of(output[last], image[last], pool_size[last - 1], strides[last - 1], padding[last - 1])
    run.columns = axis_of(output[last + 1], image[last + 1], pool_size[last], strides[last], padding[last])
    run.overlapping = overlaps(&run.planes) or overlaps(&run.rows) or overlaps(&run.columns)
    run.covering = covers(&run.planes) and covers(&run.rows) and covers(&run.columns)
    run.relu = run.sum = False
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


cdef Py_ssize_t newly_covered(const Axis *axis, Py_ssize_t output) noexcept nogil:
    """Return up to where the windows until this one reach; the last, or one before a gap, up to what follows."""
    if output + 1 == axis.outputs:
        return axis.inputs
    return max(window_end(axis, output), min(window_start(axis, output + 1), axis.inputs))


cdef Py_ssize_t covered_before(const Axis *axis, Py_ssize_t output) noexcept nogil:
    return 0 if output == 0 else newly_covered(axis, output - 1)


cdef void pool_row(
    const Pooling *run, Py_ssize_t sample, Py_ssize_t plane, Py_ssize_t row, Py_ssize_t first_channel,
    Py_ssize_t channels,
) noexcept nogil:
    """Compute a row of output pixels: those whose windows are whole in one call, others one by one."""
    cdef nativecnn_pooling_row pixels
    cdef Py_ssize_t column = 0, place
    pixels.planes = window_end(&run.planes, plane) - window_start(&run.planes, plane)
    pixels.rows = window_end(&run.rows, row) - window_start(&run.rows, row)
    pixels.channels = channels
    pixels.image_row, pixels.image_column = run.columns.inputs * run.channels, run.channels
    pixels.image_plane = run.rows.inputs * pixels.image_row
    pixels.window_step, pixels.output_column = run.columns.stride * run.channels, run.channels
    pixels.overlapping, pixels.relu, pixels.sum = run.overlapping, run.relu, run.sum
    while column < run.columns.outputs:
        pixels.columns = window_end(&run.columns, column) - window_start(&run.columns, column)
        pixels.pixels = 1
        if pixels.columns == run.columns.window:
            pixels.pixels = min(
                run.columns.outputs,
                (run.columns.inputs + run.columns.padding - run.columns.window) // run.columns.stride + 1,
            ) - column
        place = sample * run.planes.inputs + window_start(&run.planes, plane)
        place = place * run.rows.inputs + window_start(&run.rows, row)
        place = (place * run.columns.inputs + window_start(&run.columns, column)) * run.channels + first_channel
        pixels.x = NULL if run.x is NULL else run.x + place
        pixels.dx = NULL if run.dx is NULL else run.dx + place
        place = (sample * run.planes.outputs + plane) * run.rows.outputs + row
        place = (place * run.columns.outputs + column) * run.channels + first_channel
        pixels.y = NULL if run.y is NULL else run.y + place
        pixels.dy = NULL if run.dy is NULL else run.dy + place
        run.kernel(&pixels)
        column += pixels.pixels


cdef void clear_rows(
    const Pooling *run, Py_ssize_t image, Py_ssize_t first, Py_ssize_t last, Py_ssize_t first_channel,
    Py_ssize_t channels,
) noexcept nogil:
    """Write zeros to rows ``first`` … ``last - 1`` of the gradient of one plane of one sample."""
    cdef Py_ssize_t pixel
    cdef float *row = run.dx + (image * run.rows.inputs + first) * run.columns.inputs * run.channels
    if channels == run.channels:
        if first < last:
            memset(row, 0, (last - first) * run.columns.inputs * channels * sizeof(float))
        return
    for pixel in range((last - first) * run.columns.inputs):
        memset(row + first_channel + pixel * run.channels, 0, channels * sizeof(float))


cdef void gradient_row(
    const Pooling *run, Py_ssize_t sample, Py_ssize_t plane, Py_ssize_t row, Py_ssize_t first_channel,
    Py_ssize_t channels,
) noexcept nogil:
    """Compute the gradients of a row of windows, clearing first what no earlier row of windows has reached."""
    cdef Py_ssize_t place
    if run.overlapping or not run.covering:
        for place in range(covered_before(&run.planes, plane), newly_covered(&run.planes, plane)):
            clear_rows(
                run, sample * run.planes.inputs + place, covered_before(&run.rows, row),
                newly_covered(&run.rows, row), first_channel, channels,
            )
    pool_row(run, sample, plane, row, first_channel, channels)


cdef void forward_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Pooling *run = <const Pooling *> context
    cdef Py_ssize_t plane = task // run.rows.outputs
    pool_row(
        run, plane // run.planes.outputs, plane % run.planes.outputs, task % run.rows.outputs, 0, run.channels
    )


cdef void gradient_row_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Pooling *run = <const Pooling *> context
    cdef Py_ssize_t plane = task // run.rows.outputs
    gradient_row(
        run, plane // run.planes.outputs, plane % run.planes.outputs, task % run.rows.outputs, 0, run.channels
    )


# Windows overlap: a sample's gradients of a channel are added up by one thread, in row-major order of windows.
cdef void gradient_sample_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Pooling *run = <const Pooling *> context
    cdef Py_ssize_t parts = (run.channels + run.channels_per_task - 1) // run.channels_per_task
    cdef Py_ssize_t first = task % parts * run.channels_per_task, plane, row
    for plane in range(run.planes.outputs):
        for row in range(run.rows.outputs):
            gradient_row(
                run, task // parts, plane, row, first, min(run.channels_per_task, run.channels - first)
            )


cdef int pool(Pooling *run) except -1:
    """Compute all outputs or, where ``dx`` is given, gradients."""
    cdef Py_ssize_t tasks = run.samples * run.planes.outputs * run.rows.outputs, parts
    cdef share_out_task task = forward_task if run.dx is NULL else gradient_row_task
    if run.channels == 0 or run.samples == 0:
        return 0
    cdef int threads = threads_for(
        4.0 * tasks * run.columns.outputs * run.planes.window * run.rows.window * run.columns.window * run.channels
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


cdef class PreparedPooling(Prepared):
    """What both poolings keep."""
    cdef ArrayList x
    cdef ArrayList y
    cdef Pooling run

    def __init__(self, x, y, pool_size, strides, padding):
        self.x, self.y = ArrayList((x,)), ArrayList((y,), writable=True)
        self.run = pooling_of(x.shape, y.shape, pool_size, strides, padding)
        self.run.x, self.run.y = self.x.pointers[0], self.y.pointers[0]


cdef class PreparedMaxPooling(PreparedPooling):
    """Max pooling."""

    cdef int compute(self) except -1:
        cdef Pooling run = self.run
        run.kernel = active_kernels().max_pool_row
        return pool(&run)


cdef class PreparedAveragePooling(PreparedPooling):
    """Average pooling."""

    cdef int compute(self) except -1:
        cdef Pooling run = self.run
        run.kernel = active_kernels().average_pool_row
        return pool(&run)


cdef int max_gradient(dy, x, dx, pool_size, strides, padding, bint relu) except -1:
    cdef ArrayList given = ArrayList((dy, x)), target = ArrayList((dx,), writable=True)
    cdef Pooling run = pooling_of(x.shape, dy.shape, pool_size, strides, padding)
    run.dy, run.x, run.dx, run.relu = given.pointers[0], given.pointers[1], target.pointers[0], relu
    run.kernel = active_kernels().max_pool_gradient_row
    return pool(&run)


cdef int average_gradient(dy, dx, pool_size, strides, padding) except -1:
    cdef ArrayList given = ArrayList((dy,)), target = ArrayList((dx,), writable=True)
    cdef Pooling run = pooling_of(dx.shape, dy.shape, pool_size, strides, padding)
    run.dy, run.dx, run.kernel = given.pointers[0], target.pointers[0], active_kernels().average_pool_gradient_row
    return pool(&run)


def max_pool2d(x, y, pool_size, strides, padding):
    PreparedMaxPooling(x, y, pool_size, strides, padding)()


def max_pool2d_gradient(dy, x, dx, pool_size, strides, padding, bint relu=False):
    max_gradient(dy, x, dx, pool_size, strides, padding, relu)


def average_pool2d(x, y, pool_size, strides, padding):
    PreparedAveragePooling(x, y, pool_size, strides, padding)()


def average_pool2d_gradient(dy, dx, pool_size, strides, padding):
    average_gradient(dy, dx, pool_size, strides, padding)


def max_pool3d(x, y, pool_size, strides, padding):
    PreparedMaxPooling(x, y, pool_size, strides, padding)()


def max_pool3d_gradient(dy, x, dx, pool_size, strides, padding, bint relu=False):
    max_gradient(dy, x, dx, pool_size, strides, padding, relu)


def average_pool3d(x, y, pool_size, strides, padding):
    PreparedAveragePooling(x, y, pool_size, strides, padding)()


def average_pool3d_gradient(dy, dx, pool_size, strides, padding):
    average_gradient(dy, dx, pool_size, strides, padding)


cdef int sum_windows(x, y, pool_size) except -1:
    """Write the sums of windows that cover the image side by side."""
    cdef ArrayList given = ArrayList((x,)), target = ArrayList((y,), writable=True)
    cdef Pooling run = pooling_of(x.shape, y.shape, pool_size, pool_size, (0,) * len(pool_size))
    run.x, run.y, run.kernel, run.sum = given.pointers[0], target.pointers[0], active_kernels().average_pool_row, True
    return pool(&run)
