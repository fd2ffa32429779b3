"""The kernel's gradient by Winograd's minimal filtering: 3×3 taps from tiles of output gradients.

The sum over tiles runs over transformed numbers; the taps come out of it at the end. A block of the result is all taps
of some channels × all filters; each run's tiles go by in strips:

    for each strip of tiles
    ├─ transform the block's inputs                 V [numbers][tiles][channels of the block]
    ├─ transform the output gradients               W [numbers][filter tiles][tiles][tile filters]
    └─ for each number, for some of the channels
       └─ for each tile of filters                  kernel_gradient_tile: sums in registers over the strip's tiles
"""

from libc.string cimport memset

from .correlation cimport ceil_div, whole_lines
from .runs cimport Place, RunSum, image_runs, plan_run_sum, run_sum
from .runtime cimport (
    Scratch, active_kernels, nativecnn_gradient_tile, nativecnn_kernels, thread_scratch, winograd_gradients,
    winograd_inputs, winograd_kernel_gradients, threads_for,
)
from .winograd cimport AHEAD, WIDEST, Images, Tiling, point_at_tile, tiling_of

cdef enum:
    MOST_STRIP = 256             # tiles transformed at a time
    FEWEST_STRIP = 16
    MOST_STRIP_FLOATS = 1 << 20  # of their transforms
    MOST_BLOCK_FLOATS = 1 << 20  # of a block of the result
    LINE = 16                    # floats; rows and numbers lie odd numbers of lines apart, in different cache sets

cdef struct Gradient:
    const nativecnn_kernels *kernels
    winograd_inputs transform_inputs
    winograd_gradients transform_gradients
    winograd_kernel_gradients transform_totals
    const Images *source
    const Images *gradients
    const Tiling *tiling
    const float *zeros
    float *dkernel
    Py_ssize_t strip
    Py_ssize_t block_channels    # of a block of the result
    Py_ssize_t block_size
    Py_ssize_t filter_tiles
    Py_ssize_t row_floats        # of a tile's transformed channels: an odd number of lines
    Py_ssize_t pointers
    Py_ssize_t input_step        # floats from a number to the next: of V, W and the totals
    Py_ssize_t gradient_step
    Py_ssize_t total_step


cdef void transform_strip(
    const Gradient *run, Py_ssize_t first, Py_ssize_t tiles, Py_ssize_t first_channel, Py_ssize_t channels,
    float *inputs, float *gradients,
) noexcept nogil:
    cdef const float *pixels[AHEAD + 1][WIDEST * WIDEST]
    cdef const float *outputs[AHEAD + 1][WIDEST * WIDEST]
    cdef const Tiling *tiling = run.tiling
    cdef Py_ssize_t width = run.kernels.tile_filters, tile, block, now, later
    for tile in range(-AHEAD, tiles):
        now, later = tile % (AHEAD + 1), (tile + AHEAD) % (AHEAD + 1)
        block = min(first + tile + AHEAD, tiling.count - 1)
        point_at_tile(
            run.source, tiling, block, tiling.outputs + 2, tiling.top, tiling.left, run.zeros, pixels[later]
        )
        point_at_tile(run.gradients, tiling, block, tiling.outputs, 0, 0, run.zeros, outputs[later])
        if tile < 0:
            continue
        run.transform_inputs(
            channels, pixels[now], pixels[later], first_channel, inputs + tile * run.row_floats, run.input_step
        )
        for block in range(run.filter_tiles):
            run.transform_gradients(
                run.gradients.channels - block * width, outputs[now], outputs[later], block * width,
                gradients + (block * run.strip + tile) * width, run.gradient_step,
            )


cdef void multiply_strip(
    const Gradient *run, Py_ssize_t channels, Py_ssize_t tiles, bint first_strip, Py_ssize_t merges,
    const float *const *pointers, const float *gradients, float *sums,
) noexcept nogil:
    """Add a strip's products to ``sums``, and at last those of ``merges`` runs before, where the result then lies."""
    cdef const nativecnn_kernels *kernels = run.kernels
    cdef Py_ssize_t width = kernels.tile_filters, row_floats = run.filter_tiles * width
    cdef Py_ssize_t tile_rows = ceil_div(channels, ceil_div(channels, kernels.tile_pixels))
    cdef Py_ssize_t number, channel, rows, f
    cdef bint narrow
    cdef nativecnn_gradient_tile tile
    tile.pixels, tile.inputs, tile.first, tile.segment_step = tiles, pointers, first_strip, 0
    tile.gradient_step = width
    tile.sum_step = tile.total_step = row_floats
    tile.merges, tile.merge_step = merges, run.block_size
    tile.bias_sums = tile.bias_totals = NULL
    for number in range(run.tiling.numbers):
        channel = 0
        while channel < channels:
            rows = min(tile_rows, channels - channel)
            tile.offset = number * run.input_step + channel
            for f in range(run.filter_tiles):
                tile.gradients = gradients + number * run.gradient_step + f * run.strip * width
                tile.sums = sums + number * run.total_step + channel * row_floats + f * width
                tile.totals = <float *> tile.sums - merges * run.block_size
                narrow = run.gradients.channels - f * width <= kernels.narrow_filters
                tile.filters = kernels.narrow_filters if narrow else width
                kernels.kernel_gradient_tile(1, rows, False, narrow, &tile)
            channel += rows


cdef void sum_tiles(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, const Place *place, char *scratch,
) noexcept nogil:
    cdef const Gradient *run = <const Gradient *> context
    cdef Py_ssize_t first_channel = block * run.block_channels
    cdef Py_ssize_t channels = min(run.block_channels, run.source.channels - first_channel)
    cdef Py_ssize_t strips = max(1, ceil_div(last - first, run.strip)), strip, from_tile, to_tile, t
    cdef const float **pointers = <const float **> scratch
    cdef float *inputs = <float *> (scratch + run.pointers)
    cdef float *gradients = inputs + run.tiling.numbers * run.input_step
    for t in range(run.strip):
        pointers[t] = inputs + t * run.row_floats
    for strip in range(strips):
        from_tile = first + (last - first) * strip // strips
        to_tile = first + (last - first) * (strip + 1) // strips
        transform_strip(run, from_tile, to_tile - from_tile, first_channel, channels, inputs, gradients)
        multiply_strip(
            run, channels, to_tile - from_tile, strip == 0, place.merges if strip == strips - 1 else 0, pointers,
            gradients, place.sums,
        )
    if place.finished:
        store_block(context, block, place.sums - place.merges * run.block_size)


cdef void store_block(const void *context, Py_ssize_t block, const float *total) noexcept nogil:
    cdef const Gradient *run = <const Gradient *> context
    cdef Py_ssize_t width = run.kernels.tile_filters, row_floats = run.filter_tiles * width
    cdef Py_ssize_t filters = run.gradients.channels, channels = run.source.channels
    cdef Py_ssize_t first_channel = block * run.block_channels, channel, f
    for channel in range(first_channel, min(first_channel + run.block_channels, channels)):
        for f in range(run.filter_tiles):
            run.transform_totals(
                total + (channel - first_channel) * row_floats + f * width, run.total_step,
                filters - f * width, run.dkernel + channel * filters + f * width, channels * filters,
            )


cdef int winograd_kernel_gradient(
    const Images *source, const Images *gradients, float *dkernel, int outputs, Py_ssize_t top, Py_ssize_t left,
) except -1:
    """Write the gradient of a kernel of 3×3 taps, from tiles of ``outputs`` × ``outputs`` output gradients."""
    cdef Tiling tiling = tiling_of(gradients, outputs, top, left)
    cdef Gradient run
    cdef RunSum sum
    cdef Scratch scratch
    cdef char *memory
    cdef Py_ssize_t zeros_bytes, sum_bytes, most
    cdef int threads
    run.kernels = active_kernels()
    if outputs == 4:
        run.transform_inputs, run.transform_gradients = run.kernels.winograd_inputs_4, run.kernels.winograd_gradients_4
        run.transform_totals = run.kernels.winograd_kernel_gradients_4
    else:
        run.transform_inputs, run.transform_gradients = run.kernels.winograd_inputs_2, run.kernels.winograd_gradients_2
        run.transform_totals = run.kernels.winograd_kernel_gradients_2
    run.source, run.gradients, run.tiling, run.dkernel = source, gradients, &tiling, dkernel
    cdef Py_ssize_t rows = run.kernels.tile_pixels, width = run.kernels.tile_filters
    threads = threads_for(<double> tiling.count * tiling.numbers * source.channels * gradients.channels)
    sum.runs = image_runs(source.samples, tiling.rows, tiling.columns)

    run.filter_tiles = ceil_div(gradients.channels, width)
    most = max(1, MOST_BLOCK_FLOATS // (tiling.numbers * run.filter_tiles * width))
    sum.blocks = ceil_div(source.channels, most)
    if sum.runs.count < 2 * threads and sum.blocks % threads:
        sum.blocks = min(ceil_div(source.channels, rows), ceil_div(sum.blocks, threads) * threads)
    run.block_channels = ceil_div(source.channels, sum.blocks)
    sum.blocks = ceil_div(source.channels, run.block_channels)
    run.row_floats = (ceil_div(run.block_channels, LINE) | 1) * LINE
    most = MOST_STRIP_FLOATS // (tiling.numbers * (run.row_floats + run.filter_tiles * width))
    run.strip = min(max(most, FEWEST_STRIP), min(MOST_STRIP, max(tiling.count, 1)))
    run.input_step = run.strip * run.row_floats + LINE
    run.gradient_step = run.strip * run.filter_tiles * width + LINE
    run.total_step = run.block_channels * run.filter_tiles * width
    run.block_size = tiling.numbers * run.total_step
    run.pointers = whole_lines(run.strip * sizeof(float *))

    sum.block_size = run.block_size
    sum.scratch_bytes = run.pointers + whole_lines(
        tiling.numbers * (run.input_step + run.gradient_step) * sizeof(float)
    )
    sum.partial, sum.store, sum.context = sum_tiles, store_block, &run
    sum_bytes = plan_run_sum(&sum, threads)
    zeros_bytes = whole_lines(max(source.channels, gradients.channels) * sizeof(float))
    scratch = thread_scratch()
    memory = scratch.reserve(zeros_bytes + sum_bytes)
    memset(memory, 0, zeros_bytes)
    run.zeros = <const float *> memory
    with nogil:
        run_sum(&sum, memory + zeros_bytes)
    return 0
