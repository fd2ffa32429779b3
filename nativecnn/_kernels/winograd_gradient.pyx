"""The kernel's gradient by Winograd's minimal filtering: 3×3 taps from tiles of output gradients.

The sum over tiles runs over transformed numbers; the taps come out of it at the end. A block of the result is all taps
of some channels × all filters; each run's tiles go by in strips:

    for each strip of tiles
    ├─ transform the block's inputs                 V [numbers][tiles][channels of the block]
    ├─ transform the output gradients               W [numbers][filter blocks][tiles][tile filters]
    └─ for each number, for each tile of channels
       └─ for each block of filters                 kernel_gradient_tile: sums in registers over the strip's tiles
"""

from libc.string cimport memset

from .runs cimport RunSum, image_runs, plan_run_sum, run_sum
from .runtime cimport (
    Scratch, active_kernels, nativecnn_kernels, thread_scratch, winograd_gradients, winograd_inputs,
    winograd_kernel_gradients,
)
from .winograd cimport WIDEST, Images, Tiling, point_at_tile, tiling_of

from .threads import threads_for

cdef enum:
    MOST_STRIP = 256             # tiles transformed at a time
    FEWEST_STRIP = 32
    MOST_STRIP_FLOATS = 1 << 20  # of their transforms
    MOST_BLOCK_FLOATS = 1 << 20  # of a block of the result
    PAD = 16                     # floats between numbers, lest all fall into the same sets of the cache

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
    Py_ssize_t channel_tiles     # of a block of the result
    Py_ssize_t filter_tiles      # of the layer
    Py_ssize_t row_floats        # of a tile's transformed channels
    Py_ssize_t input_step        # floats from a number to the next: of V, W and the totals
    Py_ssize_t gradient_step
    Py_ssize_t total_step


cdef Py_ssize_t ceil_div(Py_ssize_t a, Py_ssize_t b) noexcept nogil:
    return (a + b - 1) // b


cdef void transform_strip(
    const Gradient *run, Py_ssize_t first, Py_ssize_t tiles, Py_ssize_t first_channel, Py_ssize_t channels,
    float *inputs, float *gradients,
) noexcept nogil:
    cdef const float *pixels[WIDEST * WIDEST]
    cdef const Tiling *tiling = run.tiling
    cdef Py_ssize_t width = run.kernels.tile_filters, tile, block
    for tile in range(tiles):
        point_at_tile(
            run.source, tiling, first + tile, tiling.outputs + 2, tiling.top, tiling.left, run.zeros, pixels
        )
        run.transform_inputs(channels, pixels, first_channel, tiling.outputs * run.source.channels, inputs + tile * run.row_floats, run.input_step)
        point_at_tile(run.gradients, tiling, first + tile, tiling.outputs, 0, 0, run.zeros, pixels)
        for block in range(run.filter_tiles):
            run.transform_gradients(
                run.gradients.channels - block * width, pixels, block * width,
                tiling.outputs * run.gradients.channels,
                gradients + (block * run.strip + tile) * width, run.gradient_step,
            )


cdef void sum_tiles(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, float *total, char *scratch,
) noexcept nogil:
    cdef const Gradient *run = <const Gradient *> context
    cdef const nativecnn_kernels *kernels = run.kernels
    cdef Py_ssize_t rows = kernels.tile_pixels, width = kernels.tile_filters
    cdef Py_ssize_t first_channel = block * run.channel_tiles * rows
    cdef Py_ssize_t channels = min(run.channel_tiles * rows, run.source.channels - first_channel)
    cdef Py_ssize_t numbers = run.tiling.numbers, strip = first, tiles, number, tile, f, t
    cdef const float **pointers = <const float **> scratch
    cdef float *panel = <float *> (pointers + run.strip)
    cdef float *inputs = panel + run.strip * rows + PAD
    cdef float *gradients = inputs + numbers * run.input_step + PAD
    for t in range(run.strip):
        pointers[t] = inputs + t * run.row_floats
    while strip < last:
        tiles = min(run.strip, last - strip)
        transform_strip(run, strip, tiles, first_channel, channels, inputs, gradients)
        for number in range(numbers):
            for tile in range(ceil_div(channels, rows)):
                kernels.gather_tile(tiles, pointers, number * run.input_step + tile * rows, panel)
                for f in range(run.filter_tiles):
                    kernels.kernel_gradient_tile(
                        tiles, panel, gradients + number * run.gradient_step + f * run.strip * width, strip == first,
                        total + number * run.total_step + (tile * run.filter_tiles + f) * rows * width,
                    )
        strip += tiles


cdef void store_block(const void *context, Py_ssize_t block, const float *total) noexcept nogil:
    cdef const Gradient *run = <const Gradient *> context
    cdef Py_ssize_t rows = run.kernels.tile_pixels, width = run.kernels.tile_filters
    cdef Py_ssize_t filters = run.gradients.channels, channels = run.source.channels
    cdef Py_ssize_t first_channel = block * run.channel_tiles * rows, channel, f, in_block
    for channel in range(first_channel, min(first_channel + run.channel_tiles * rows, channels)):
        in_block = channel - first_channel
        for f in range(run.filter_tiles):
            run.transform_totals(
                total + ((in_block // rows * run.filter_tiles + f) * rows + in_block % rows) * width, run.total_step,
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
    run.channel_tiles = ceil_div(source.channels, rows)
    most = max(1, MOST_BLOCK_FLOATS // (tiling.numbers * run.filter_tiles * width * rows))
    sum.blocks = ceil_div(run.channel_tiles, most)
    if sum.runs.count < 2 * threads and sum.blocks % threads:
        sum.blocks = min(run.channel_tiles, ceil_div(sum.blocks, threads) * threads)
    run.channel_tiles = ceil_div(run.channel_tiles, sum.blocks)
    sum.blocks = ceil_div(ceil_div(source.channels, rows), run.channel_tiles)
    run.row_floats = ceil_div(run.channel_tiles * rows, PAD) * PAD
    most = MOST_STRIP_FLOATS // (tiling.numbers * (run.row_floats + run.filter_tiles * width))
    run.strip = min(max(most, FEWEST_STRIP), min(MOST_STRIP, max(tiling.count, 1)))
    run.input_step = run.strip * run.row_floats + PAD
    run.gradient_step = run.strip * run.filter_tiles * width + PAD
    run.total_step = run.channel_tiles * rows * run.filter_tiles * width

    sum.block_size = tiling.numbers * run.total_step
    sum.scratch_bytes = (
        run.strip * sizeof(float *)
        + (run.strip * rows + tiling.numbers * (run.input_step + run.gradient_step) + 2 * PAD) * sizeof(float) + 63
    ) // 64 * 64
    sum.partial, sum.store, sum.context = sum_tiles, store_block, &run
    sum_bytes = plan_run_sum(&sum, threads)
    zeros_bytes = (max(source.channels, gradients.channels) * sizeof(float) + 63) // 64 * 64
    scratch = thread_scratch()
    memory = scratch.reserve(zeros_bytes + sum_bytes)
    memset(memory, 0, zeros_bytes)
    run.zeros = <const float *> memory
    with nogil:
        run_sum(&sum, memory + zeros_bytes)
    return 0
