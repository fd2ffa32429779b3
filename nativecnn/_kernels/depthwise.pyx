"""Depthwise convolution and its kernel gradient: vectors lie across channels, so there is no tile of filters.

A tile is some rows of one output image. Its windows are read through pointers to pixels, one for every row and column
that they see, of which those beyond the edges point at zeros.
"""

from libc.string cimport memcpy, memset

from .correlation cimport Axis, Source, Target, Weights, ceil_div, positions, row_of, whole_lines
from .correlation_rows cimport reach, sees_little
from .runs cimport Place, RunSum, image_runs, plan_run_sum, run_sum
from .runtime cimport Scratch, active_kernels, nativecnn_depthwise_gradient_tile, nativecnn_depthwise_tile
from .runtime cimport nativecnn_epilogue, nativecnn_kernels, share_out, thread_scratch, threads_for

cdef enum:
    TILE_POSITIONS = 256   # of a tile, more if a row has more
    LEAST_CHANNELS = 32    # of a task, where tasks share out channels
    BLOCK_CHANNELS = 256   # of a block of the kernel gradient
    TASKS_PER_THREAD = 4
    MOST_WINDOW = 3        # rows and columns of the taps that depthwise_gradient_tile takes at a time

cdef struct Pass:
    const nativecnn_kernels *kernels
    const Source *source
    const Weights *weights
    const Target *target
    const nativecnn_epilogue *epilogue
    Py_ssize_t tile_rows         # of a task
    Py_ssize_t tiles             # of a sample
    Py_ssize_t task_channels
    Py_ssize_t parts             # tasks that share out the channels
    char *pointers               # of each thread
    Py_ssize_t pointer_bytes

cdef struct Gradient:
    const nativecnn_kernels *kernels
    const Source *source
    const float *gradients
    float *dkernel
    float *dbias
    Py_ssize_t tile_rows


cdef Py_ssize_t seen(const Axis *axis, Py_ssize_t count) noexcept nogil:
    """Return how many source rows or columns ``count`` positions see."""
    return reach(count, axis.stride, axis.taps, axis.step)


cdef Py_ssize_t rows_of_tile(const Source *source) noexcept nogil:
    return min(source.rows.positions, max(1, TILE_POSITIONS // source.columns.positions))


cdef bint pays_by_channels(const Source *source) noexcept nogil:
    return source.columns.positions == 0 or sees_little(source, rows_of_tile(source), 1)


cdef void point_at_rows(
    const Source *source, Py_ssize_t sample, Py_ssize_t first_row, Py_ssize_t rows, const float **pointers,
) noexcept nogil:
    """Point at the pixels that the output rows from ``first_row`` on see."""
    cdef Py_ssize_t columns = seen(&source.columns, source.columns.positions)
    cdef Py_ssize_t inside = min(columns, max(0, -source.columns.start))
    cdef Py_ssize_t outside = max(inside, min(columns, source.columns.sources - source.columns.start)), column, row
    cdef Py_ssize_t first = source.rows.start + first_row * source.rows.stride
    cdef const float *pixel
    for row in range(first, first + seen(&source.rows, rows)):
        pixel = row_of(source, sample, row)
        if pixel is NULL:
            for column in range(columns):
                pointers[column] = source.zeros
        else:
            for column in range(inside):
                pointers[column] = source.zeros
            pixel += (source.columns.start + inside) * source.channel_step
            for column in range(inside, outside):
                pointers[column] = pixel
                pixel += source.channel_step
            for column in range(outside, columns):
                pointers[column] = source.zeros
        pointers += columns


cdef void depthwise_task(const void *context, Py_ssize_t task, int thread) noexcept nogil:
    cdef const Pass *run = <const Pass *> context
    cdef const float **pointers = <const float **> (run.pointers + thread * run.pointer_bytes)
    cdef const Source *source = run.source
    cdef const Target *target = run.target
    cdef Py_ssize_t first_channel = task % run.parts * run.task_channels
    cdef Py_ssize_t sample = task // run.parts // run.tiles, first_row = task // run.parts % run.tiles * run.tile_rows
    cdef Py_ssize_t columns = seen(&source.columns, source.columns.positions)
    cdef nativecnn_depthwise_tile tile
    tile.rows, tile.columns = min(run.tile_rows, source.rows.positions - first_row), source.columns.positions
    tile.channels = min(run.task_channels, source.channels - first_channel)
    point_at_rows(source, sample, first_row, tile.rows, pointers)
    tile.inputs, tile.offset = pointers, first_channel
    tile.input_row, tile.input_column = source.rows.stride * columns, source.columns.stride
    tile.tap_row, tile.tap_column = source.rows.step * columns, source.columns.step
    tile.weights = run.weights.first + first_channel
    tile.weight_row, tile.weight_column = run.weights.row, run.weights.column
    tile.epilogue, tile.filter = run.epilogue, first_channel
    tile.outputs = target.first + sample * target.sample + first_row * target.row + first_channel
    tile.output_row, tile.output_column = target.row, target.column
    run.kernels.depthwise_tile(source.rows.taps, source.columns.taps, &tile)


cdef int depthwise(
    Source *source, const Weights *weights, const nativecnn_epilogue *epilogue, const Target *target,
) except -1:
    """Write Σ_taps source · weights, then its epilogue, for every position and channel."""
    cdef Pass run
    cdef Scratch scratch
    cdef char *memory
    cdef Py_ssize_t zeros_bytes, tasks
    cdef int threads
    if positions(source) == 0:
        return 0
    threads = threads_for(<double> positions(source) * source.rows.taps * source.columns.taps * source.channels)
    run.kernels, run.source, run.weights, run.target = active_kernels(), source, weights, target
    run.epilogue = epilogue
    run.tile_rows = rows_of_tile(source)
    if threads > 1:
        tasks = source.samples * ceil_div(source.rows.positions, run.tile_rows)
        if tasks < threads * TASKS_PER_THREAD:
            run.tile_rows = ceil_div(run.tile_rows * tasks, threads * TASKS_PER_THREAD)
    run.tiles = ceil_div(source.rows.positions, run.tile_rows)
    run.parts, run.task_channels = 1, source.channels
    tasks = source.samples * run.tiles * run.parts
    zeros_bytes = whole_lines(source.channels * sizeof(float))
    run.pointer_bytes = whole_lines(
        seen(&source.rows, run.tile_rows) * seen(&source.columns, source.columns.positions) * sizeof(float *)
    )
    scratch = thread_scratch()
    memory = scratch.reserve(zeros_bytes + threads * run.pointer_bytes)
    memset(memory, 0, zeros_bytes)
    source.zeros = <const float *> memory
    run.pointers = memory + zeros_bytes
    with nogil:
        share_out(depthwise_task, &run, tasks, threads)
    return 0


cdef void sum_rows(
    const Gradient *run, Py_ssize_t block, Py_ssize_t line, Py_ssize_t rows, bint first, bint last,
    const Place *place, const float **pointers,
) noexcept nogil:
    """Sum ``rows`` rows of one image, the first of which is ``line`` of the batch."""
    cdef const Source *source = run.source
    cdef Py_ssize_t taps = source.rows.taps * source.columns.taps, row, column, window
    cdef Py_ssize_t windows = ceil_div(source.columns.taps, MOST_WINDOW)
    cdef Py_ssize_t columns = seen(&source.columns, source.columns.positions)
    cdef Py_ssize_t offset = block * BLOCK_CHANNELS
    cdef bint bias = run.dbias is not NULL
    cdef nativecnn_depthwise_gradient_tile tile
    tile.rows, tile.columns = rows, source.columns.positions
    tile.channels = min(BLOCK_CHANNELS, source.channels - offset)
    tile.offset = offset
    tile.input_row, tile.input_column = source.rows.stride * columns, source.columns.stride
    tile.tap_row, tile.tap_column = source.rows.step * columns, source.columns.step
    tile.gradients = run.gradients + line * source.columns.positions * source.channels + offset
    tile.gradient_column = source.channels
    tile.first = first
    tile.merges, tile.merge_step = place.merges if last else 0, (taps + 1) * BLOCK_CHANNELS
    tile.sum_column, tile.sum_row = BLOCK_CHANNELS, source.columns.taps * BLOCK_CHANNELS
    tile.bias_sums = place.sums + taps * BLOCK_CHANNELS
    tile.bias_totals = <float *> tile.bias_sums - tile.merges * tile.merge_step
    tile.total_column, tile.total_row = tile.sum_column, tile.sum_row
    if place.finished and last:
        tile.total_column, tile.total_row = source.channels, source.columns.taps * source.channels
        tile.bias_totals = run.dbias + offset if bias else NULL
    if rows:
        point_at_rows(source, line // source.rows.positions, line % source.rows.positions, rows, pointers)
    for window in range(ceil_div(source.rows.taps, MOST_WINDOW) * windows):
        row, column = window // windows * MOST_WINDOW, window % windows * MOST_WINDOW
        tile.inputs = pointers + row * tile.tap_row + column * tile.tap_column
        tile.sums = place.sums + row * tile.sum_row + column * tile.sum_column
        tile.totals = <float *> tile.sums - tile.merges * tile.merge_step
        if place.finished and last:
            tile.totals = run.dkernel + offset + row * tile.total_row + column * tile.total_column
        run.kernels.depthwise_gradient_tile(
            min(MOST_WINDOW, source.rows.taps - row), min(MOST_WINDOW, source.columns.taps - column),
            bias and row == 0 and column == 0, &tile,
        )


cdef void sum_pixels(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, const Place *place, char *scratch,
) noexcept nogil:
    # A run is whole rows: of one image, or of several images.
    cdef const Gradient *run = <const Gradient *> context
    cdef Py_ssize_t per_image = run.source.rows.positions
    cdef Py_ssize_t from_line = first // run.source.columns.positions, to_line = last // run.source.columns.positions
    cdef Py_ssize_t line = from_line, rows
    while True:
        rows = min(min(run.tile_rows, to_line - line), per_image - line % per_image)
        sum_rows(
            run, block, line, rows, line == from_line, line + rows == to_line, place, <const float **> scratch
        )
        line += rows
        if line == to_line:
            break


cdef void store_block(const void *context, Py_ssize_t block, const float *total) noexcept nogil:
    cdef const Gradient *run = <const Gradient *> context
    cdef Py_ssize_t offset = block * BLOCK_CHANNELS, taps = run.source.rows.taps * run.source.columns.taps, tap
    cdef size_t size = min(BLOCK_CHANNELS, run.source.channels - offset) * sizeof(float)
    for tap in range(taps):
        memcpy(run.dkernel + tap * run.source.channels + offset, total + tap * BLOCK_CHANNELS, size)
    if run.dbias is not NULL:
        memcpy(run.dbias + offset, total + taps * BLOCK_CHANNELS, size)


cdef int depthwise_kernel_gradient(Source *source, const float *gradients, float *dkernel, float *dbias) except -1:
    """Write the gradients of weights (taps, channels) and, unless NULL, bias."""
    cdef Gradient run
    cdef RunSum sum
    cdef Scratch scratch
    cdef char *memory
    cdef Py_ssize_t zeros_bytes, taps = source.rows.taps * source.columns.taps
    run.kernels, run.source, run.gradients, run.dkernel, run.dbias = active_kernels(), source, gradients, dkernel, dbias
    run.tile_rows = rows_of_tile(source)
    sum.runs = image_runs(source.samples, source.rows.positions, source.columns.positions)
    sum.blocks = ceil_div(source.channels, BLOCK_CHANNELS)
    sum.block_size = (taps + 1) * BLOCK_CHANNELS
    sum.scratch_bytes = whole_lines(
        seen(&source.rows, run.tile_rows) * seen(&source.columns, source.columns.positions) * sizeof(float *)
    )
    sum.partial, sum.store, sum.context = sum_pixels, store_block, &run
    zeros_bytes = whole_lines(source.channels * sizeof(float))
    scratch = thread_scratch()
    memory = scratch.reserve(
        zeros_bytes + plan_run_sum(&sum, threads_for(<double> positions(source) * taps * source.channels))
    )
    memset(memory, 0, zeros_bytes)
    source.zeros = <const float *> memory
    with nogil:
        run_sum(&sum, memory + zeros_bytes)
    return 0
