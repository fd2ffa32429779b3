"""The gradient of a correlation's weights and bias: products of windows and output gradients, summed over pixels.

A block of the result is some kernel rows × some filters. Nothing is packed: both factors are read where they are.

    for each run of pixels            (a strip at a time, where it is long)
    └─ for each tile of kernel rows   (channels of one tap, or all rows of a small window)
       └─ for each tile of filters    kernel_gradient_tile: reads windows through pointers, sums in registers
"""

from libc.string cimport memcpy, memset

from .correlation cimport Source, ceil_div, cut_segments, point_at_pixels, positions, whole_lines
from .correlation_rows cimport copy_rows, reach, sees_little
from .runs cimport Place, RunSum, image_runs, plan_run_sum, run_sum
from .runtime cimport Scratch, active_kernels, nativecnn_gradient_tile, nativecnn_kernels, thread_scratch, threads_for

cdef enum:
    STRIP = 512                # pixels at a time, at most
    MOST_BLOCK_TILES = 8       # filter tiles of a block of the result
    MOST_BLOCK_FLOATS = 32768  # of a block of the result
    TASKS_PER_THREAD = 4

cdef struct Gradient:
    const nativecnn_kernels *kernels
    const Source *source
    const float *gradients
    Py_ssize_t gradient_step
    Py_ssize_t filters
    float *dkernel
    Py_ssize_t kernel_step
    float *dbias
    Py_ssize_t most_rows         # of a tile
    Py_ssize_t window_size       # of a tile with all rows of a window, else 0
    Py_ssize_t segment_tiles     # tiles of a segment
    Py_ssize_t tiles             # of kernel rows, in the whole result
    Py_ssize_t row_tiles         # of a block of the result
    Py_ssize_t filter_tiles
    Py_ssize_t filter_blocks     # blocks of the result side by side
    Py_ssize_t block_rows        # the most kernel rows of a block
    Py_ssize_t block_size        # floats of a block's sums: kernel rows, then the bias
    Py_ssize_t pointers          # bytes of a thread's scratch, after which comes a strip's copy with its edges
    bint inside                  # no window reaches over an edge
    Py_ssize_t image_floats      # of that copy
    Py_ssize_t image_columns     # floats of its rows, or the source's


cdef Py_ssize_t first_row(const Gradient *run, Py_ssize_t tile) noexcept nogil:
    """Return a tile's first kernel row. A segment's tiles differ by one row at most, shorter ones first."""
    cdef Py_ssize_t length = run.source.length, in_segment
    if run.window_size:
        return tile * run.window_size * run.window_size
    in_segment = tile % run.segment_tiles
    return (
        tile // run.segment_tiles * length + in_segment * (length // run.segment_tiles)
        + max(0, in_segment - run.segment_tiles + length % run.segment_tiles)
    )


cdef void point_at_windows(
    const Gradient *run, Py_ssize_t first, Py_ssize_t pixels, const float **pointers, float *image,
) noexcept nogil:
    """Point at windows whose rows lie a fixed distance apart: in the source or, with edges, in a copy of it."""
    cdef const Source *source = run.source
    cdef Py_ssize_t columns = source.columns.positions, rows = source.rows.positions
    cdef Py_ssize_t column = first % columns, line = first // columns, done = 0
    cdef Py_ssize_t pixel_step = source.columns.stride * source.channels
    cdef Py_ssize_t row_step = source.rows.stride * run.image_columns
    cdef Py_ssize_t sample, row, last_row, _row, first_source, copied, end, i
    cdef const float *pixel
    while done < pixels:  # a sample at a time
        sample, row = line // rows, line % rows
        last_row = row + min(rows - 1 - row, (column + pixels - done - 1) // columns)
        first_source = source.rows.start + row * source.rows.stride
        if run.inside:
            pixel = source.pixels + (
                (sample * source.rows.sources + first_source) * source.columns.sources + source.columns.start
            ) * source.channels
        else:
            pixel = image
            copied = reach(last_row - row + 1, source.rows.stride, source.rows.taps, source.rows.step)
            copy_rows(source, sample, first_source, copied, run.image_columns // source.channels, image)
            image += copied * run.image_columns
        for _row in range(row, last_row + 1):
            end = min(columns, column + pixels - done)
            for i in range(column, end):
                pointers[i - column] = pixel + i * pixel_step
            pointers += end - column
            done += end - column
            pixel += row_step
            column = 0
            line += 1


cdef void sum_strip(
    const Gradient *run, Py_ssize_t block, Py_ssize_t first, Py_ssize_t pixels, bint first_strip, bint last_strip,
    const Place *place, char *scratch,
) noexcept nogil:
    cdef const Source *source = run.source
    cdef Py_ssize_t width = run.kernels.tile_filters, lanes = run.kernels.narrow_filters
    cdef Py_ssize_t from_tile = block // run.filter_blocks * run.row_tiles
    cdef Py_ssize_t to_tile = min(from_tile + run.row_tiles, run.tiles)
    cdef Py_ssize_t from_filter = block % run.filter_blocks * run.filter_tiles * width
    cdef Py_ssize_t to_filter = min(from_filter + run.filter_tiles * width, run.filters)
    cdef Py_ssize_t row_width = run.filter_tiles * width, start = first_row(run, from_tile)
    cdef Py_ssize_t from_segment = start // max(source.length, 1), to_segment, segment
    cdef const float **pointers = <const float **> scratch
    cdef float *image = <float *> (scratch + run.pointers)
    cdef float *bias_sums = place.sums + run.block_rows * row_width
    cdef float *totals
    cdef float *bias_totals
    cdef Py_ssize_t t, f, row, rows, filter, filters
    cdef bint bias, narrow, result = place.finished and last_strip
    cdef nativecnn_gradient_tile tile
    tile.pixels, tile.first = pixels, first_strip
    tile.segment_step = source.rows.step * run.image_columns
    tile.sum_step, tile.merges, tile.merge_step = row_width, place.merges if last_strip else 0, run.block_size
    tile.inputs = pointers
    if pixels:
        if source.whole_rows:
            point_at_windows(run, first, pixels, pointers, image)
        elif source.length:
            to_segment = min(source.segments, ceil_div(first_row(run, to_tile), source.length))
            point_at_pixels(source, first, pixels, pixels, from_segment, to_segment, pointers, NULL)
    for t in range(from_tile, to_tile):
        row, rows = first_row(run, t), first_row(run, t + 1) - first_row(run, t)
        segment = row // max(source.length, 1)
        tile.offset = row - segment * source.length
        if source.whole_rows:
            tile.offset += segment * tile.segment_step
        else:
            tile.inputs = pointers + (segment - from_segment) * pixels
        bias = t == 0 and run.dbias is not NULL
        for f in range(run.filter_tiles):
            filter = from_filter + f * width
            filters = min(width, to_filter - filter)
            if filters <= 0:
                break
            narrow = filters <= lanes
            tile.gradients, tile.gradient_step = run.gradients + first * run.gradient_step + filter, run.gradient_step
            tile.sums = place.sums + (row - start) * row_width + filter - from_filter
            tile.bias_sums = bias_sums + filter - from_filter
            if not result:
                totals = <float *> tile.sums - tile.merges * run.block_size
                bias_totals = <float *> tile.bias_sums - tile.merges * run.block_size
                tile.total_step = row_width
            else:
                totals, tile.total_step = run.dkernel + row * run.kernel_step + filter, run.kernel_step
                bias_totals = run.dbias + filter if bias else NULL
            tile.totals, tile.bias_totals, tile.filters = totals, bias_totals, filters
            if run.window_size:
                run.kernels.kernel_gradient_tile(run.window_size, run.window_size, bias, narrow, &tile)
            elif bias and rows == (run.kernels.narrow_pixels if narrow else run.kernels.tile_pixels):
                run.kernels.kernel_gradient_tile(1, rows, False, narrow, &tile)
                run.kernels.kernel_gradient_tile(1, 0, True, narrow, &tile)
            else:
                run.kernels.kernel_gradient_tile(1, rows, bias, narrow, &tile)


cdef void sum_pixels(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, const Place *place, char *scratch,
) noexcept nogil:
    cdef Py_ssize_t strips = max(1, ceil_div(last - first, STRIP)), strip
    cdef Py_ssize_t length = ceil_div(last - first, strips)
    for strip in range(strips):
        sum_strip(
            <const Gradient *> context, block, first + strip * length, min(length, last - first - strip * length),
            strip == 0, strip == strips - 1, place, scratch,
        )


cdef void store_block(const void *context, Py_ssize_t block, const float *total) noexcept nogil:
    cdef const Gradient *run = <const Gradient *> context
    cdef Py_ssize_t from_tile = block // run.filter_blocks * run.row_tiles
    cdef Py_ssize_t start = first_row(run, from_tile), row
    cdef Py_ssize_t row_width = run.filter_tiles * run.kernels.tile_filters
    cdef Py_ssize_t filter = block % run.filter_blocks * row_width
    cdef size_t size = min(row_width, run.filters - filter) * sizeof(float)
    for row in range(start, first_row(run, min(from_tile + run.row_tiles, run.tiles))):
        memcpy(run.dkernel + row * run.kernel_step + filter, total + (row - start) * row_width, size)
    if from_tile == 0 and run.dbias is not NULL:
        memcpy(run.dbias + filter, total + run.block_rows * row_width, size)


cdef void cut_rows(Gradient *run) noexcept nogil:
    """Cut the kernel rows into tiles."""
    cdef const Source *source = run.source
    cdef Py_ssize_t size = source.length
    run.most_rows = (
        run.kernels.narrow_pixels if run.filters <= run.kernels.narrow_filters else run.kernels.tile_pixels
    )
    run.window_size = 0
    if source.whole_rows and source.segments == size and (size == 3 or size == 5) and size * size < run.most_rows:
        run.window_size = size
        run.segment_tiles = run.tiles = 1
        return
    run.segment_tiles = max(1, ceil_div(size, run.most_rows))
    run.tiles = max(1, source.segments * run.segment_tiles)


cdef void lay_out_image(Gradient *run, Source *source) noexcept nogil:
    """Decide where the windows of a strip are, where they are read as whole rows; read them tap by tap instead where
    their copy would be too large."""
    cdef Py_ssize_t columns, rows, samples, strip_rows
    columns = reach(source.columns.positions, source.columns.stride, source.columns.taps, source.columns.step)
    rows = reach(source.rows.positions, source.rows.stride, source.rows.taps, source.rows.step)
    run.inside = (
        source.row_places is NULL
        and source.columns.start >= 0 and source.columns.start + columns <= source.columns.sources
        and source.rows.start >= 0 and source.rows.start + rows <= source.rows.sources
    )
    run.image_floats = 0
    run.image_columns = source.columns.sources * source.channels
    if not run.inside and source.rows.positions * source.columns.positions:
        run.image_columns = columns * source.channels
        # A strip is whole samples or, where that is more than a run, a part of one.
        samples = max(1, STRIP // (source.rows.positions * source.columns.positions))
        strip_rows = min(source.rows.positions, STRIP // source.columns.positions + 2)
        if not sees_little(source, strip_rows, samples * source.channels):
            source.whole_rows = False
            source.segments, source.length = source.rows.taps * source.columns.taps, source.channels
            return
        rows = reach(strip_rows, source.rows.stride, source.rows.taps, source.rows.step)
        run.image_floats = samples * rows * run.image_columns


cdef int correlation_kernel_gradient(
    Source *source, const float *gradients, Py_ssize_t gradient_step, Py_ssize_t filters,
    float *dkernel, Py_ssize_t kernel_step, float *dbias,
) except -1:
    """Write the gradients of weights (kernel rows ``kernel_step`` floats apart) and, unless NULL, bias.

    ``gradients`` holds those of the output, pixel by pixel, ``gradient_step`` floats apart.
    """
    cdef Gradient run
    cdef RunSum sum
    cdef Scratch scratch
    cdef char *memory
    cdef Py_ssize_t zeros_bytes, sum_bytes, block_segments
    cdef int threads
    if filters == 0:
        return 0
    cut_segments(source)
    run.kernels, run.source = active_kernels(), source
    run.gradients, run.gradient_step, run.filters = gradients, gradient_step, filters
    run.dkernel, run.kernel_step, run.dbias = dkernel, kernel_step, dbias
    cdef Py_ssize_t width = run.kernels.tile_filters
    threads = threads_for(<double> positions(source) * source.segments * source.length * filters)
    run.inside, run.image_floats, run.image_columns = True, 0, 0
    if source.whole_rows:
        lay_out_image(&run, source)
    cut_rows(&run)

    run.filter_tiles = min(MOST_BLOCK_TILES, ceil_div(filters, width))
    run.filter_blocks = ceil_div(ceil_div(filters, width), run.filter_tiles)
    run.row_tiles = max(1, MOST_BLOCK_FLOATS // (run.filter_tiles * width * run.most_rows))
    if threads > 1 and not source.whole_rows:
        run.row_tiles = min(run.row_tiles, ceil_div(run.tiles * run.filter_blocks, threads * TASKS_PER_THREAD))
    run.row_tiles = min(run.row_tiles, run.tiles)
    run.block_rows = run.row_tiles * (run.window_size * run.window_size if run.window_size else run.most_rows)
    run.block_size = (run.block_rows + 1) * run.filter_tiles * width
    block_segments = 1 if source.whole_rows else min(source.segments, run.row_tiles // run.segment_tiles + 2)
    run.pointers = whole_lines(block_segments * STRIP * sizeof(float *))

    sum.runs = image_runs(source.samples, source.rows.positions, source.columns.positions)
    sum.blocks = run.filter_blocks * ceil_div(run.tiles, run.row_tiles)
    sum.block_size = run.block_size
    sum.scratch_bytes = run.pointers + whole_lines(run.image_floats * sizeof(float))
    sum.partial, sum.store, sum.context = sum_pixels, store_block, &run
    sum_bytes = plan_run_sum(&sum, threads)
    zeros_bytes = whole_lines(source.length * sizeof(float))
    scratch = thread_scratch()
    memory = scratch.reserve(zeros_bytes + sum_bytes)
    memset(memory, 0, zeros_bytes)
    source.zeros = <const float *> memory
    with nogil:
        run_sum(&sum, memory + zeros_bytes)
    return 0
