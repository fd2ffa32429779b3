"""The gradient of a correlation's weights and bias: products of windows and output gradients, summed over pixels.

A block of the result is some kernel rows × some filters; each run's pixels are packed into panels, then

    for each tile of kernel rows      (tap and channel; a last row of ones gives the bias)
    └─ for each tile of filters       kernel_gradient_tile: sums in registers over the strip's pixels
"""

from libc.string cimport memcpy, memset

from .correlation cimport Source, cut_segments, point_at_pixels, positions
from .runs cimport RunSum, image_runs, plan_run_sum, run_sum
from .runtime cimport Scratch, active_kernels, nativecnn_kernels, thread_scratch

from .threads import threads_for

cdef enum:
    STRIP = 256                # pixels packed at a time
    MOST_BLOCKS = 8            # filter tiles of a block of the result
    MOST_BLOCK_FLOATS = 32768  # of a block of the result

cdef struct Gradient:
    const nativecnn_kernels *kernels
    const Source *source
    const float *gradients
    Py_ssize_t gradient_step
    Py_ssize_t filters
    float *dkernel
    Py_ssize_t kernel_step
    float *dbias
    Py_ssize_t depth             # kernel rows, the bias not counted
    Py_ssize_t rows              # kernel rows, with one for the bias where it is wanted
    Py_ssize_t row_tiles         # of a block of the result
    Py_ssize_t filter_tiles
    Py_ssize_t filter_blocks     # blocks of the result side by side
    Py_ssize_t block_segments    # the most that a block's kernel rows touch
    Py_ssize_t patches


cdef Py_ssize_t ceil_div(Py_ssize_t a, Py_ssize_t b) noexcept nogil:
    return (a + b - 1) // b


cdef void pack_inputs(
    const Gradient *run, Py_ssize_t first_row, Py_ssize_t from_segment, Py_ssize_t pixels,
    const float *const *pointers, float *panel,
) noexcept nogil:
    """Write [pixels][tile rows]: what the kernel rows from ``first_row`` on multiply at each pixel."""
    cdef Py_ssize_t tile = run.kernels.tile_pixels, length = run.source.length
    cdef Py_ssize_t segment = first_row // length, offset = first_row % length
    cdef Py_ssize_t pixel, i, row
    cdef const float *const *column
    if first_row + tile <= run.depth and offset + tile <= length:
        run.kernels.gather_tile(pixels, pointers + (segment - from_segment) * pixels, offset, panel)
        return
    for i in range(tile):
        row = first_row + i
        if row < run.depth:
            column = pointers + (row // length - from_segment) * pixels
            offset = row % length
            for pixel in range(pixels):
                panel[pixel * tile + i] = column[pixel][offset]
        else:
            for pixel in range(pixels):
                panel[pixel * tile + i] = 1.0 if row == run.depth else 0.0


cdef void pack_gradients(
    const Gradient *run, Py_ssize_t first_tile, Py_ssize_t tiles, Py_ssize_t first, Py_ssize_t pixels, float *panel,
) noexcept nogil:
    """Write [tiles][pixels][tile filters]: the output gradients of pixels from ``first`` on, zeros beyond the last."""
    cdef Py_ssize_t width = run.kernels.tile_filters, tile, filters, _pixel
    cdef const float *gradients
    for tile in range(first_tile, first_tile + tiles):
        filters = min(width, run.filters - tile * width)
        gradients = run.gradients + first * run.gradient_step + tile * width
        if filters < width:
            memset(panel, 0, pixels * width * sizeof(float))
        for _pixel in range(pixels):
            memcpy(panel, gradients, filters * sizeof(float))
            panel += width
            gradients += run.gradient_step


cdef void sum_pixels(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, float *total, char *scratch,
) noexcept nogil:
    cdef const Gradient *run = <const Gradient *> context
    cdef Py_ssize_t tile = run.kernels.tile_pixels, width = run.kernels.tile_filters
    cdef Py_ssize_t first_row = block // run.filter_blocks * run.row_tiles * tile
    cdef Py_ssize_t row_tiles = min(run.row_tiles, ceil_div(run.rows - first_row, tile))
    cdef Py_ssize_t first_tile = block % run.filter_blocks * run.filter_tiles
    cdef Py_ssize_t filter_tiles = min(run.filter_tiles, ceil_div(run.filters, width) - first_tile)
    cdef Py_ssize_t from_segment = first_row // run.source.length
    cdef Py_ssize_t to_segment = min(
        run.source.segments, ceil_div(min(first_row + row_tiles * tile, run.depth), run.source.length)
    )
    cdef const float **pointers = <const float **> scratch
    cdef float *patches = <float *> (pointers + run.block_segments * STRIP)
    cdef float *inputs = patches + run.patches
    cdef float *gradients = inputs + STRIP * tile
    cdef Py_ssize_t strip = first, pixels, r, f
    while strip < last:
        pixels = min(STRIP, last - strip)
        if from_segment < to_segment:
            point_at_pixels(run.source, strip, pixels, pixels, from_segment, to_segment, pointers, patches)
        pack_gradients(run, first_tile, filter_tiles, strip, pixels, gradients)
        for r in range(row_tiles):
            pack_inputs(run, first_row + r * tile, from_segment, pixels, pointers, inputs)
            for f in range(filter_tiles):
                run.kernels.kernel_gradient_tile(
                    pixels, inputs, gradients + f * pixels * width, strip == first,
                    total + (r * run.filter_tiles + f) * tile * width,
                )
        strip += pixels


cdef void store_block(const void *context, Py_ssize_t block, const float *total) noexcept nogil:
    cdef const Gradient *run = <const Gradient *> context
    cdef Py_ssize_t tile = run.kernels.tile_pixels, width = run.kernels.tile_filters
    cdef Py_ssize_t first_row = block // run.filter_blocks * run.row_tiles * tile
    cdef Py_ssize_t first_tile = block % run.filter_blocks * run.filter_tiles
    cdef Py_ssize_t row, in_block, f, filters
    cdef const float *sums
    cdef float *target
    for row in range(first_row, min(first_row + run.row_tiles * tile, run.rows)):
        target = run.dkernel + row * run.kernel_step if row < run.depth else run.dbias
        in_block = row - first_row
        for f in range(run.filter_tiles):
            filters = min(width, run.filters - (first_tile + f) * width)
            if filters > 0:
                sums = total + ((in_block // tile * run.filter_tiles + f) * tile + in_block % tile) * width
                memcpy(target + (first_tile + f) * width, sums, filters * sizeof(float))


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
    cdef Py_ssize_t zeros_bytes, sum_bytes
    cdef int threads
    cut_segments(source)
    run.kernels, run.source = active_kernels(), source
    run.gradients, run.gradient_step, run.filters = gradients, gradient_step, filters
    run.dkernel, run.kernel_step, run.dbias = dkernel, kernel_step, dbias
    run.depth = source.segments * source.length
    run.rows = run.depth + (dbias is not NULL)
    cdef Py_ssize_t tile = run.kernels.tile_pixels, width = run.kernels.tile_filters
    threads = threads_for(<double> positions(source) * run.depth * filters)

    run.filter_tiles = min(MOST_BLOCKS, ceil_div(filters, width))
    run.filter_blocks = ceil_div(ceil_div(filters, width), run.filter_tiles)
    run.row_tiles = min(ceil_div(run.rows, tile), max(1, MOST_BLOCK_FLOATS // (run.filter_tiles * tile * width)))
    run.block_segments = min(source.segments, run.row_tiles * tile // source.length + 2)
    run.patches = STRIP * run.block_segments * source.length if source.whole_rows else 0

    sum.runs = image_runs(source.samples, source.rows.positions, source.columns.positions)
    sum.blocks = run.filter_blocks * ceil_div(ceil_div(run.rows, tile), run.row_tiles)
    sum.block_size = run.row_tiles * run.filter_tiles * tile * width
    sum.scratch_bytes = (
        run.block_segments * STRIP * sizeof(float *)
        + (run.patches + STRIP * tile + run.filter_tiles * STRIP * width) * sizeof(float) + 63
    ) // 64 * 64
    sum.partial, sum.store, sum.context = sum_pixels, store_block, &run
    sum_bytes = plan_run_sum(&sum, threads)
    zeros_bytes = (source.length * sizeof(float) + 63) // 64 * 64
    scratch = thread_scratch()
    memory = scratch.reserve(zeros_bytes + sum_bytes)
    memset(memory, 0, zeros_bytes)
    source.zeros = <const float *> memory
    with nogil:
        run_sum(&sum, memory + zeros_bytes)
    return 0
