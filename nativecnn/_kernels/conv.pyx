"""2-D convolution and its gradients: correlations of each group's channels."""

from .correlation cimport Axis, Source, Target, Weights, correlate
from .correlation_planes cimport correlate_planes, pays_by_planes
from .correlation_rows cimport correlate_rows, pays_by_rows
from .epilogue cimport Finishing, finishing_of, no_epilogue, of_filters_from
from .depthwise cimport depthwise, depthwise_kernel_gradient, pays_by_channels
from .kernel_gradient cimport correlation_kernel_gradient
from .packing cimport Extent, PackedKernel, pack_terms, packed_floats
from .prepared cimport Prepared
from .runtime cimport active_kernels, nativecnn_epilogue, nativecnn_kernels
from .winograd cimport Images, transform_kernel, winograd
from .winograd_gradient cimport winograd_kernel_gradient


cdef Axis window_axis(
    Py_ssize_t outputs, Py_ssize_t inputs, Py_ssize_t stride, Py_ssize_t padding, Py_ssize_t dilation, Py_ssize_t taps,
) noexcept:
    cdef Axis axis
    axis.positions, axis.sources, axis.taps = outputs, inputs, taps
    axis.start, axis.stride, axis.step = -padding, stride, dilation
    return axis


cdef Source windows(
    const float[:, :, :, ::1] x, Py_ssize_t rows, Py_ssize_t columns, const float[:, :, :, ::1] kernel,
    strides, padding, dilation,
):
    """The windows of ``x`` that the output's pixels see, all channels of the group that begins at ``pixels``."""
    cdef Source source
    source.samples, source.row_places = x.shape[0], NULL
    source.rows = window_axis(rows, x.shape[1], strides[0], padding[0], dilation[0], kernel.shape[0])
    source.columns = window_axis(columns, x.shape[2], strides[1], padding[1], dilation[1], kernel.shape[1])
    source.pixels = &x[0, 0, 0, 0]
    source.channels, source.channel_step = kernel.shape[2], x.shape[3]
    return source


cdef int winograd_outputs(str algorithm) except -1:
    """Return the outputs along the side of the algorithm's tile, 0 for the direct one."""
    return {"direct": 0, "winograd_2x2": 2, "winograd_4x4": 4}[algorithm]


cdef Images images_of(const float[:, :, :, ::1] x) noexcept:
    cdef Images images
    images.pixels = <float *> &x[0, 0, 0, 0]
    images.samples, images.rows, images.columns, images.channels = x.shape[0], x.shape[1], x.shape[2], x.shape[3]
    return images


cdef Weights weights_of(const float[:, :, :, ::1] kernel) noexcept:
    cdef Weights weights
    weights.first = &kernel[0, 0, 0, 0]
    weights.filter, weights.channel = 1, kernel.shape[3]
    weights.column = weights.channel * kernel.shape[2]
    weights.row = weights.column * kernel.shape[1]
    return weights


cdef Extent extent_of(const float[:, :, :, ::1] kernel, Py_ssize_t groups) noexcept:
    cdef Extent extent
    extent.columns, extent.channels = kernel.shape[1], kernel.shape[2]
    extent.terms = kernel.shape[0] * kernel.shape[1] * kernel.shape[2]
    extent.filters = kernel.shape[3] // groups
    return extent


def pack_conv2d(const float[:, :, :, ::1] kernel, Py_ssize_t groups, str algorithm="direct"):
    cdef PackedKernel packed = PackedKernel()
    cdef Weights weights = weights_of(kernel)
    cdef Py_ssize_t _group, block, width, outputs = winograd_outputs(algorithm)
    cdef float *filters
    if groups > 1 and kernel.shape[2] == 1 and kernel.shape[3] == groups:
        return None  # depthwise convolutions read weights as they are
    packed.extent, packed.groups = extent_of(kernel, groups), groups
    if outputs and transform_kernel(packed, &weights, outputs):
        return packed
    packed.kernels = active_kernels()
    packed.group_floats = packed_floats(packed.kernels, &packed.extent)
    filters, width = packed.reserve(groups * packed.group_floats), packed.kernels.tile_filters
    with nogil:
        for _group in range(groups):
            for block in range((packed.extent.filters + width - 1) // width):
                pack_terms(packed.kernels, &weights, &packed.extent, block, 0, packed.extent.terms, filters)
                filters += packed.extent.terms * width
            weights.first += packed.extent.filters
    return packed


cdef int expect_packed(
    PackedKernel packed, const float[:, :, :, ::1] kernel, Py_ssize_t groups, int outputs,
) except -1:
    cdef Extent extent = extent_of(kernel, groups)
    cdef const Extent *given = &packed.extent
    if (
        packed.groups != groups or given.columns != extent.columns or given.channels != extent.channels
        or given.terms != extent.terms or given.filters != extent.filters
    ):
        raise ValueError(
            "conv2d: expected packed weights of (groups, columns, channels, terms, filters) "
            f"{(groups, extent.columns, extent.channels, extent.terms, extent.filters)}, got "
            f"{(packed.groups, given.columns, given.channels, given.terms, given.filters)}"
        )
    if packed.transformed and packed.transformed != outputs:
        raise ValueError(
            f"conv2d: expected packed weights for its own algorithm, got those for winograd_{packed.transformed}x"
            f"{packed.transformed}"
        )
    return 0


cdef int correlate_group(
    const nativecnn_kernels *kernels, Source *source, const Weights *weights, const float *packed,
    const nativecnn_epilogue *epilogue, const Target *target,
) except -1:
    if pays_by_planes(kernels, source, epilogue, target):
        return correlate_planes(kernels, source, weights, packed, epilogue, target)
    if pays_by_rows(source):
        return correlate_rows(kernels, source, weights, packed, epilogue, target)
    return correlate(kernels, source, weights, packed, epilogue, target)


cdef class PreparedConv2D(Prepared):
    def __init__(
        self, const float[:, :, :, ::1] x, const float[:, :, :, ::1] kernel, const float[::1] bias,
        float[:, :, :, ::1] y, strides, padding, dilation, Py_ssize_t groups, str algorithm="direct", epilogue=None,
        packed=None,
    ):
        self.x, self.kernel, self.y, self.packed = x, kernel, y, packed
        self.finishing = finishing_of(
            bias, epilogue, &y[0, 0, 0, 0], y.shape[0] * y.shape[1] * y.shape[2] * y.shape[3], y.shape[3]
        )
        self.source = windows(x, y.shape[1], y.shape[2], kernel, strides, padding, dilation)
        self.target.first, self.target.filters = &y[0, 0, 0, 0], kernel.shape[3] // groups
        self.target.column = y.shape[3]
        self.target.row = self.target.column * y.shape[2]
        self.target.sample = self.target.row * y.shape[1]
        self.weights = weights_of(kernel)
        self.outputs, self.images, self.results = winograd_outputs(algorithm), images_of(x), images_of(y)
        self.groups, self.top, self.left = groups, padding[0], padding[1]

    cdef int compute(self) except -1:
        return self.compute_with(None if self.packed is None else self.packed())

    cdef int compute_with(self, PackedKernel packed) except -1:
        cdef Source source = self.source
        cdef Target target = self.target
        cdef Weights weights = self.weights
        cdef Py_ssize_t _group, packed_step = 0
        cdef nativecnn_epilogue epilogue
        cdef const float *filters = NULL
        cdef bint transformed = False
        cdef const nativecnn_kernels *kernels = active_kernels()  # once: another thread may choose others meanwhile
        if self.groups > 1 and source.channels == 1 and target.filters == 1 and pays_by_channels(&source):
            source.channels = self.groups
            return depthwise(&source, &weights, &self.finishing.values, &target)
        if packed is not None:
            expect_packed(packed, self.kernel, self.groups, self.outputs)
            if packed.kernels == kernels:
                filters, packed_step = packed.filters, packed.group_floats
                transformed = packed.transformed != 0
        if self.outputs:
            return winograd(
                kernels, &self.images, &self.results, &weights, filters, transformed, &self.finishing.values,
                self.outputs, self.top, self.left,
            )
        for _group in range(self.groups):
            epilogue = of_filters_from(&self.finishing.values, _group * target.filters)
            correlate_group(kernels, &source, &weights, filters, &epilogue, &target)
            filters += packed_step
            source.pixels += source.channels
            weights.first += target.filters
            target.first += target.filters
        return 0


def conv2d(
    const float[:, :, :, ::1] x, const float[:, :, :, ::1] kernel, const float[::1] bias, float[:, :, :, ::1] y,
    strides, padding, dilation, Py_ssize_t groups, str algorithm="direct", epilogue=None, PackedKernel packed=None,
):
    cdef PreparedConv2D call = PreparedConv2D(
        x, kernel, bias, y, strides, padding, dilation, groups, algorithm, epilogue
    )
    call.compute_with(packed)


def conv2d_input_gradient(
    const float[:, :, :, ::1] dy, const float[:, :, :, ::1] kernel, float[:, :, :, ::1] dx,
    strides, padding, dilation, Py_ssize_t groups, str algorithm="direct",
):
    cdef nativecnn_epilogue nothing = no_epilogue()
    input_gradient(dy, kernel, &nothing, dx, strides, padding, dilation, groups, algorithm)


def conv2d_transpose(
    const float[:, :, :, ::1] x, const float[:, :, :, ::1] kernel, const float[::1] bias, float[:, :, :, ::1] y,
    strides, padding, dilation, Py_ssize_t groups, str algorithm="direct", epilogue=None,
):
    cdef Finishing finishing = finishing_of(
        bias, epilogue, &y[0, 0, 0, 0], y.shape[0] * y.shape[1] * y.shape[2] * y.shape[3], y.shape[3]
    )
    input_gradient(x, kernel, &finishing.values, y, strides, padding, dilation, groups, algorithm)


cdef int input_gradient(
    const float[:, :, :, ::1] dy, const float[:, :, :, ::1] kernel, const nativecnn_epilogue *epilogue,
    float[:, :, :, ::1] dx, strides, padding, dilation, Py_ssize_t groups, str algorithm,
) except -1:
    """Write the gradient of a convolution's input, and what follows it."""
    cdef Py_ssize_t row, column
    cdef Images gradients, results
    cdef Weights weights
    cdef int outputs = winograd_outputs(algorithm)
    if outputs:  # the kernel turned by 180 degrees, filters and channels changing places
        gradients, results = images_of(dy), images_of(dx)
        weights.first = &kernel[0, 0, 0, 0] + 8 * kernel.shape[2] * kernel.shape[3]
        weights.column = -kernel.shape[2] * kernel.shape[3]
        weights.row = 3 * weights.column
        weights.channel, weights.filter = 1, kernel.shape[3]
        return winograd(
            active_kernels(), &gradients, &results, &weights, NULL, False, epilogue, outputs,
            2 - <Py_ssize_t> padding[0], 2 - <Py_ssize_t> padding[1],
        )
    for row in range(min(strides[0], dx.shape[1])):
        for column in range(min(strides[1], dx.shape[2])):
            input_gradient_phase(dy, kernel, epilogue, dx, strides, padding, dilation, groups, row, column)
    return 0


cdef Axis phase_axis(
    Py_ssize_t inputs, Py_ssize_t outputs, stride, padding, dilation, Py_ssize_t taps, Py_ssize_t phase,
    Py_ssize_t *last_tap, Py_ssize_t *tap_step,
):
    """The output gradients that inputs ``phase, phase + stride, …`` see, in ascending order: descending taps."""
    cdef Axis axis
    reaching = [tap for tap in range(taps) if (phase + padding - tap * dilation) % stride == 0]
    axis.positions, axis.sources, axis.taps = (inputs - phase + stride - 1) // stride, outputs, len(reaching)
    axis.stride = 1
    axis.start = axis.step = last_tap[0] = tap_step[0] = 0
    if reaching:
        last_tap[0] = max(reaching)
        axis.start = (phase + padding - max(reaching) * dilation) // stride
    if len(reaching) > 1:
        tap_step[0] = reaching[1] - reaching[0]
        axis.step = tap_step[0] * dilation // stride
    else:
        axis.step = 1
    return axis


cdef int input_gradient_phase(
    const float[:, :, :, ::1] dy, const float[:, :, :, ::1] kernel, const nativecnn_epilogue *epilogue,
    float[:, :, :, ::1] dx, strides, padding, dilation, Py_ssize_t groups, Py_ssize_t row, Py_ssize_t column,
) except -1:
    """Write the gradient of every pixel (row + i · stride, column + j · stride): all of them meet the same taps."""
    cdef Source source
    cdef Target target
    cdef Weights weights
    cdef Py_ssize_t last_row, row_step, last_column, column_step
    cdef Py_ssize_t group_filters = kernel.shape[3] // groups
    source.samples, source.row_places = dy.shape[0], NULL
    source.rows = phase_axis(
        dx.shape[1], dy.shape[1], strides[0], padding[0], dilation[0], kernel.shape[0], row, &last_row, &row_step
    )
    source.columns = phase_axis(
        dx.shape[2], dy.shape[2], strides[1], padding[1], dilation[1], kernel.shape[1], column, &last_column,
        &column_step,
    )
    source.pixels, source.channels, source.channel_step = &dy[0, 0, 0, 0], group_filters, dy.shape[3]
    target.filters = kernel.shape[2]
    target.sample = dx.shape[1] * dx.shape[2] * dx.shape[3]
    target.row = dx.shape[2] * dx.shape[3] * <Py_ssize_t> strides[0]
    target.column = dx.shape[3] * <Py_ssize_t> strides[1]
    target.first = &dx[0, 0, 0, 0] + (row * dx.shape[2] + column) * dx.shape[3]
    # A tap that no pixel of the phase reaches leaves the sums empty, and the gradients zero.
    weights.first = &kernel[0, 0, 0, 0] + (
        (last_row * kernel.shape[1] + last_column) * kernel.shape[2] * kernel.shape[3]
    )
    weights.row = -row_step * kernel.shape[1] * kernel.shape[2] * kernel.shape[3]
    weights.column = -column_step * kernel.shape[2] * kernel.shape[3]
    weights.channel, weights.filter = 1, kernel.shape[3]
    return gradients_of_groups(source, weights, epilogue, target, groups)


cdef int gradients_of_groups(
    Source source, Weights weights, const nativecnn_epilogue *epilogue, Target target, Py_ssize_t groups,
) except -1:
    """Write the input's gradient for all groups, from what the first one's is made of."""
    cdef nativecnn_epilogue follows
    cdef Py_ssize_t _group
    if groups > 1 and source.channels == 1 and target.filters == 1 and pays_by_channels(&source):
        source.channels = groups
        return depthwise(&source, &weights, epilogue, &target)
    for _group in range(groups):
        follows = of_filters_from(epilogue, _group * target.filters)
        correlate_group(active_kernels(), &source, &weights, NULL, &follows, &target)
        source.pixels += source.channels
        weights.first += source.channels
        target.first += target.filters
    return 0


def conv2d_kernel_gradient(
    const float[:, :, :, ::1] x, const float[:, :, :, ::1] dy, float[:, :, :, ::1] dkernel, float[::1] dbias,
    strides, padding, dilation, Py_ssize_t groups, str algorithm="direct",
):
    cdef Source source = windows(x, dy.shape[1], dy.shape[2], dkernel, strides, padding, dilation)
    cdef Images images, results
    cdef int outputs = winograd_outputs(algorithm)
    if outputs:
        images, results = images_of(x), images_of(dy)
        winograd_kernel_gradient(&images, &results, &dkernel[0, 0, 0, 0], outputs, padding[0], padding[1])
        if dbias is not None:
            bias_gradient(dy, dbias)
        return
    kernel_gradients_of_groups(source, dy, dkernel, dbias, groups)


cdef int kernel_gradients_of_groups(
    Source source, const float[:, :, :, ::1] dy, float[:, :, :, ::1] dkernel, float[::1] dbias, Py_ssize_t groups,
) except -1:
    """Write the gradients of kernel and bias, from the windows of the first group."""
    cdef Py_ssize_t _group, group_filters = dkernel.shape[3] // groups
    cdef const float *gradients = &dy[0, 0, 0, 0]
    cdef float *kernel = &dkernel[0, 0, 0, 0]
    cdef float *bias = NULL if dbias is None else &dbias[0]
    if groups > 1 and dkernel.shape[2] == 1 and group_filters == 1 and pays_by_channels(&source):
        source.channels = groups
        depthwise_kernel_gradient(&source, gradients, kernel, bias)
        return 0
    for _group in range(groups):
        correlation_kernel_gradient(&source, gradients, dy.shape[3], group_filters, kernel, dkernel.shape[3], bias)
        source.pixels += source.channels
        gradients += group_filters
        kernel += group_filters
        if bias is not NULL:
            bias += group_filters
    return 0


def bias_gradient(const float[:, :, :, ::1] dy, float[::1] dbias):
    cdef Source source  # windows of no channels: kernel gradients without a kernel
    source.samples, source.channels, source.channel_step, source.row_places = dy.shape[0], 0, 0, NULL
    source.rows = window_axis(dy.shape[1], dy.shape[1], 1, 0, 1, 1)
    source.columns = window_axis(dy.shape[2], dy.shape[2], 1, 0, 1, 1)
    source.pixels = &dy[0, 0, 0, 0]
    correlation_kernel_gradient(&source, source.pixels, dy.shape[3], dy.shape[3], NULL, dy.shape[3], &dbias[0])
