"""Correlations of few channels: the first layers of networks, whose windows are too short to point at.

    task = some rows of one output image
    ├─ the source rows that they see are copied, with zeros around them
    └─ for each row of the output
       └─ for each block of filters
          └─ for each tile of the row's positions      every term of every window at a known distance from the first
"""

from libc.string cimport memcpy, memset

from .correlation cimport ceil_div, positions, row_of, whole_lines
from .packing cimport Extent, pack_terms, packed_floats
from .runtime cimport Scratch, nativecnn_correlate_row, nativecnn_epilogue, nativecnn_kernels, share_out
from .runtime cimport thread_scratch, threads_for

cdef enum:
    FEW_CHANNELS = 15     # with more of them a window is read tap by tap
    SHORTEST_ROW = 7      # of positions: shorter ones leave tiles that are too small
    COPIED_FLOATS = 6144  # of source rows, so that they stay in L1 beside the weights
    TASKS_PER_THREAD = 4
    MOST_SEEN = 1 << 24   # floats or pointers

cdef struct Pass:
    const nativecnn_kernels *kernels
    const Source *source
    const Target *target
    const float *packed
    const nativecnn_epilogue *epilogue
    const Py_ssize_t *offsets  # of every term from a window's first, in floats of the copied rows
    Py_ssize_t terms
    Py_ssize_t width           # floats of a copied row
    Py_ssize_t task_rows       # of the output
    Py_ssize_t tasks_per_sample
    char *copies               # of each thread's source rows
    Py_ssize_t copied_bytes


cdef bint pays_by_rows(const Source *source) noexcept nogil:
    return (
        0 < source.channels <= FEW_CHANNELS
        and source.columns.positions >= SHORTEST_ROW
        and sees_little(source, 1, source.channels)
    )


cdef Py_ssize_t reach(Py_ssize_t count, Py_ssize_t stride, Py_ssize_t taps, Py_ssize_t step) noexcept nogil:
    """Return how many source rows or columns `count` positions see."""
    return (count - 1) * stride + max(taps - 1, 0) * step + 1


cdef bint sees_little(const Source *source, Py_ssize_t rows, Py_ssize_t pixel) noexcept nogil:
    """Return whether all that ``rows`` output rows see, edges included, may be copied or pointed at, with ``pixel``
    floats or pointers a pixel. Strides, dilation and padding may be so wide that no memory could hold it."""
    cdef double seen_rows = reach(rows, source.rows.stride, source.rows.taps, source.rows.step)
    cdef double seen_columns = reach(
        source.columns.positions, source.columns.stride, source.columns.taps, source.columns.step
    )
    return seen_rows * seen_columns * pixel <= MOST_SEEN


cdef Py_ssize_t rows_of_task(
    const Source *source, Py_ssize_t row_floats, Py_ssize_t most_floats, int threads,
) noexcept nogil:
    """Return how many output rows a task computes: as many as see ``most_floats`` floats of source rows at most, in
    near-equal tasks, enough of them for every thread."""
    cdef Py_ssize_t rows = 1, most = source.rows.positions
    if threads > 1:
        most = max(1, most * source.samples // (threads * TASKS_PER_THREAD))
    while rows < most and (
        reach(rows + 1, source.rows.stride, source.rows.taps, source.rows.step) * row_floats <= most_floats
    ):
        rows += 1
    rows = min(rows, source.rows.positions)
    return ceil_div(source.rows.positions, ceil_div(source.rows.positions, rows))


cdef void copy_rows(
    const Source *source, Py_ssize_t sample, Py_ssize_t first_row, Py_ssize_t rows, Py_ssize_t columns, float *copied,
) noexcept nogil:
    """Copy source rows from ``first_row`` on and columns from ``source.columns.start`` on, zeros beyond the image."""
    cdef Py_ssize_t channels = source.channels, width = columns * channels, row, pixel
    cdef Py_ssize_t before = min(max(0, -source.columns.start), columns)
    cdef Py_ssize_t inside = max(0, min(source.columns.sources - source.columns.start, columns) - before)
    cdef const float *pixels
    for row in range(first_row, first_row + rows):
        pixels = row_of(source, sample, row)
        if pixels is NULL or inside == 0:
            memset(copied, 0, width * sizeof(float))
            copied += width
            continue
        pixels += (source.columns.start + before) * source.channel_step
        memset(copied, 0, before * channels * sizeof(float))
        copied += before * channels
        if source.channel_step == channels:
            memcpy(copied, pixels, inside * channels * sizeof(float))
        else:
            for pixel in range(inside):
                memcpy(copied + pixel * channels, pixels + pixel * source.channel_step, channels * sizeof(float))
        memset(copied + inside * channels, 0, (width - (before + inside) * channels) * sizeof(float))
        copied += width - before * channels


cdef void correlate_task(const void *context, Py_ssize_t task, int thread) noexcept nogil:
    cdef const Pass *run = <const Pass *> context
    cdef const nativecnn_kernels *kernels = run.kernels
    cdef float *copied = <float *> (run.copies + thread * run.copied_bytes)
    cdef const Source *source = run.source
    cdef const Target *target = run.target
    cdef Py_ssize_t sample = task // run.tasks_per_sample, from_row = task % run.tasks_per_sample * run.task_rows
    cdef Py_ssize_t to_row = min(from_row + run.task_rows, source.rows.positions)
    cdef Py_ssize_t pixel_step = source.columns.stride * source.channels, count = source.columns.positions
    cdef Py_ssize_t row, block, first_filter, filters, tile, tiles, from_position, to_position
    cdef const nativecnn_correlate_row *table
    cdef const float *pixels
    cdef float *output
    copy_rows(
        source, sample, source.rows.start + from_row * source.rows.stride,
        reach(to_row - from_row, source.rows.stride, source.rows.taps, source.rows.step), run.width // source.channels,
        copied,
    )
    for row in range(from_row, to_row):
        pixels = copied + (row - from_row) * source.rows.stride * run.width
        for block in range(ceil_div(target.filters, kernels.tile_filters)):
            first_filter = block * kernels.tile_filters
            output = target.first + sample * target.sample + row * target.row + first_filter
            filters = min(kernels.tile_filters, target.filters - first_filter)
            if filters <= kernels.narrow_filters:
                table, tiles = kernels.correlate_narrow_row, ceil_div(count, kernels.narrow_pixels)
            else:
                table, tiles = kernels.correlate_row, ceil_div(count, kernels.tile_pixels)
            from_position = 0
            for tile in range(tiles):
                to_position = count * (tile + 1) // tiles
                table[to_position - from_position](
                    run.terms, run.offsets, pixels + from_position * pixel_step, pixel_step,
                    run.packed + first_filter * run.terms, kernels.tile_filters, run.epilogue, first_filter,
                    output + from_position * target.column, target.column, filters,
                )
                from_position = to_position


cdef int correlate_rows(
    const nativecnn_kernels *kernels, const Source *source, const Weights *weights, const float *packed,
    const nativecnn_epilogue *epilogue, const Target *target,
) except -1:
    """Write what :func:`.correlation.correlate` writes, for few channels."""
    cdef Pass run
    cdef Extent extent
    cdef Scratch scratch
    cdef char *memory
    cdef Py_ssize_t packed_bytes = 0, offset_bytes, tasks, row, column, channel, block
    cdef Py_ssize_t *offset
    cdef int threads
    if positions(source) == 0 or target.filters == 0:
        return 0
    run.kernels, run.source, run.target = kernels, source, target
    run.packed, run.epilogue = packed, epilogue
    run.terms = source.rows.taps * source.columns.taps * source.channels
    extent.columns, extent.channels, extent.terms = source.columns.taps, source.channels, run.terms
    extent.filters = target.filters
    threads = threads_for(<double> positions(source) * run.terms * target.filters)
    run.width = source.channels * reach(
        source.columns.positions, source.columns.stride, source.columns.taps, source.columns.step
    )
    run.task_rows = rows_of_task(source, run.width, COPIED_FLOATS, threads)
    run.tasks_per_sample = ceil_div(source.rows.positions, run.task_rows)
    tasks = source.samples * run.tasks_per_sample

    if packed is NULL:
        packed_bytes = whole_lines(packed_floats(run.kernels, &extent) * sizeof(float))
    offset_bytes = whole_lines(run.terms * sizeof(Py_ssize_t))
    run.copied_bytes = whole_lines(
        reach(run.task_rows, source.rows.stride, source.rows.taps, source.rows.step) * run.width * sizeof(float)
    )
    scratch = thread_scratch()
    memory = scratch.reserve(packed_bytes + offset_bytes + threads * run.copied_bytes)
    offset = <Py_ssize_t *> (memory + packed_bytes)
    run.copies = memory + packed_bytes + offset_bytes
    run.offsets = offset
    with nogil:
        for row in range(source.rows.taps):
            for column in range(source.columns.taps):
                for channel in range(source.channels):
                    offset[0] = row * source.rows.step * run.width + column * source.columns.step * source.channels
                    offset[0] += channel
                    offset += 1
        if packed is NULL:
            run.packed = <const float *> memory
            for block in range(ceil_div(target.filters, run.kernels.tile_filters)):
                pack_terms(
                    run.kernels, weights, &extent, block, 0, run.terms,
                    <float *> memory + block * run.terms * run.kernels.tile_filters,
                )
        share_out(correlate_task, &run, tasks, threads)
    return 0
