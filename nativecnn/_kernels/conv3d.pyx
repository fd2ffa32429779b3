"""3-D convolution and its gradients, computed as those of images.

The rows of a volume that an output row (a row of an output plane) meets are as many as the kernel has planes · rows.
For every output row they are listed, one after another, by where they lie; so listed they are the rows of an image
over which a window of as many rows slides, in steps of as many, and all that computes convolutions of images serves.
"""

from libc.stdlib cimport free, malloc

from .conv cimport PreparedConv2D, gradients_of_groups, kernel_gradients_of_groups, phase_axis, window_axis, windows
from .correlation cimport Axis, Source, Target, Weights
from .epilogue cimport no_epilogue
from .packing cimport PackedKernel
from .runtime cimport nativecnn_epilogue


cdef class RowPlaces:
    """Where the rows lie that windows meet: [output planes][output rows][kernel planes][kernel rows], −1 beyond."""
    cdef Py_ssize_t *places
    cdef Py_ssize_t sample_rows
    cdef Axis rows               # of the image that they make up
    cdef Py_ssize_t plane        # places of an output plane

    def __cinit__(self):
        self.places = NULL

    def __dealloc__(self):
        free(self.places)

    cdef void show(self, Source *source) noexcept:
        """Let ``source`` have these rows, of all output planes."""
        source.rows, source.row_places, source.sample_rows = self.rows, self.places, self.sample_rows


cdef RowPlaces row_places(Axis planes, Axis rows):
    cdef RowPlaces table = RowPlaces()
    cdef Py_ssize_t output_plane, output_row, plane, row, tap_plane, tap_row
    cdef Py_ssize_t *place
    count = <object> planes.positions * rows.positions * planes.taps * rows.taps
    try:
        table.places = <Py_ssize_t *> malloc(max(count, 1) * sizeof(Py_ssize_t))
    except OverflowError:
        pass
    if table.places is NULL:
        raise MemoryError(f"no memory for the places of {count} rows")
    place = table.places
    for output_plane in range(planes.positions):
        for output_row in range(rows.positions):
            for tap_plane in range(planes.taps):
                plane = planes.start + output_plane * planes.stride + tap_plane * planes.step
                for tap_row in range(rows.taps):
                    row = rows.start + output_row * rows.stride + tap_row * rows.step
                    place[0] = plane * rows.sources + row
                    if not (0 <= plane < planes.sources and 0 <= row < rows.sources):
                        place[0] = -1
                    place += 1
    table.plane = rows.positions * planes.taps * rows.taps
    table.rows.taps = table.rows.stride = planes.taps * rows.taps
    table.rows.positions = planes.positions * rows.positions
    table.rows.sources, table.rows.start, table.rows.step = planes.positions * table.plane, 0, 1
    table.sample_rows = planes.sources * rows.sources
    return table


cdef RowPlaces windows_of(x, y, kernel, strides, padding, dilation):
    cdef Axis planes = window_axis(y.shape[1], x.shape[1], strides[0], padding[0], dilation[0], kernel.shape[0])
    cdef Axis rows = window_axis(y.shape[2], x.shape[2], strides[1], padding[1], dilation[1], kernel.shape[1])
    return row_places(planes, rows)


cdef images(volumes):
    """Return volumes as images whose rows are those of all their planes."""
    return volumes.reshape(volumes.shape[0], volumes.shape[1] * volumes.shape[2], *volumes.shape[3:])


cdef window(kernel):
    """Return a kernel as one of images whose rows are those of all its planes."""
    return kernel.reshape(kernel.shape[0] * kernel.shape[1], *kernel.shape[2:])


cdef class PreparedConv3D(PreparedConv2D):
    cdef RowPlaces places

    def __init__(
        self, x, kernel, bias, y, strides, padding, dilation, Py_ssize_t groups, epilogue=None, packed=None,
    ):
        PreparedConv2D.__init__(
            self, images(x), window(kernel), bias, images(y), strides[1:], padding[1:], dilation[1:], groups, "direct",
            epilogue, packed,
        )
        self.places = windows_of(x, y, kernel, strides, padding, dilation)
        self.places.show(&self.source)


def conv3d(
    x, kernel, bias, y, strides, padding, dilation, Py_ssize_t groups, epilogue=None, PackedKernel packed=None,
):
    cdef PreparedConv3D call = PreparedConv3D(x, kernel, bias, y, strides, padding, dilation, groups, epilogue)
    call.compute_with(packed)


def conv3d_input_gradient(dy, kernel, dx, strides, padding, dilation, Py_ssize_t groups):
    for plane in range(min(strides[0], dx.shape[1])):
        for row in range(min(strides[1], dx.shape[2])):
            for column in range(min(strides[2], dx.shape[3])):
                gradient_phase(dy, kernel, dx, strides, padding, dilation, groups, plane, row, column)


cdef int gradient_phase(
    dy, kernel, dx, strides, padding, dilation, Py_ssize_t groups, Py_ssize_t plane, Py_ssize_t row, Py_ssize_t column,
) except -1:
    """Write the gradient of the pixels (plane + i · stride, row + j · stride, …), which all meet the same taps."""
    cdef Source source
    cdef Target target
    cdef Weights weights
    cdef Py_ssize_t last_plane, plane_step, last_row, row_step, last_column, column_step, first
    cdef nativecnn_epilogue nothing = no_epilogue()
    cdef Axis planes = phase_axis(
        dx.shape[1], dy.shape[1], strides[0], padding[0], dilation[0], kernel.shape[0], plane, &last_plane, &plane_step
    )
    cdef Axis rows = phase_axis(
        dx.shape[2], dy.shape[2], strides[1], padding[1], dilation[1], kernel.shape[1], row, &last_row, &row_step
    )
    cdef const float[:, :, :, ::1] gradients = images(dy)
    cdef float[:, :, :, ::1] results = images(dx)
    # The taps that reach these pixels, in the order of the output's pixels.
    tap_planes = [last_plane - tap * plane_step for tap in range(planes.taps)]
    tap_rows = [last_row - tap * row_step for tap in range(rows.taps)]
    cdef const float[:, :, :, ::1] taps = window(kernel[tap_planes][:, tap_rows].copy())
    cdef RowPlaces places = row_places(planes, rows)
    places.show(&source)
    source.samples, source.pixels = gradients.shape[0], &gradients[0, 0, 0, 0]
    source.columns = phase_axis(
        results.shape[2], gradients.shape[2], strides[2], padding[2], dilation[2], taps.shape[1], column, &last_column,
        &column_step,
    )
    source.channels, source.channel_step = gradients.shape[3] // groups, gradients.shape[3]
    weights.channel, weights.filter = 1, taps.shape[3]
    weights.row = taps.shape[1] * taps.shape[2] * taps.shape[3]
    weights.column = -column_step * taps.shape[2] * taps.shape[3]
    weights.first = &taps[0, 0, 0, 0] + last_column * taps.shape[2] * taps.shape[3]
    target.filters = taps.shape[2]
    target.column = results.shape[3] * <Py_ssize_t> strides[2]
    target.row = results.shape[2] * results.shape[3] * <Py_ssize_t> strides[1]
    target.sample = results.shape[1] * results.shape[2] * results.shape[3]
    first = (plane * <Py_ssize_t> dx.shape[2] + row) * results.shape[2] + column
    target.first = &results[0, 0, 0, 0] + first * results.shape[3]
    if strides[0] == strides[1] == 1:  # rows of all planes one after another
        return gradients_of_groups(source, weights, &nothing, target, groups)
    source.rows.positions, source.rows.sources = rows.positions, places.plane
    for _ in range(planes.positions):
        gradients_of_groups(source, weights, &nothing, target, groups)
        source.row_places += places.plane
        target.first += <Py_ssize_t> strides[0] * <Py_ssize_t> dx.shape[2] * results.shape[2] * results.shape[3]
    return 0


def conv3d_kernel_gradient(x, dy, dkernel, float[::1] dbias, strides, padding, dilation, Py_ssize_t groups):
    cdef const float[:, :, :, ::1] gradients = images(dy)
    cdef float[:, :, :, ::1] results = window(dkernel)
    cdef Source source = windows(
        images(x), gradients.shape[1], gradients.shape[2], results, strides[1:], padding[1:], dilation[1:]
    )
    cdef RowPlaces places = windows_of(x, dy, dkernel, strides, padding, dilation)
    places.show(&source)
    kernel_gradients_of_groups(source, gradients, results, dbias, groups)
