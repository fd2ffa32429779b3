"""Winograd's minimal filtering, forward and for the input's gradient.

    task = block of tiles × group of filters
    ├─ transform the block's tiles                  V [channel chunks][numbers][tiles][channels of a chunk]
    └─ for each block of filters
       ├─ for each chunk of channels
       │  ├─ transform its weights                  U [numbers][channels of a chunk][tile filters]
       │  └─ for each number of a tile              M [numbers][tiles][tile filters] += V · U: correlate_tile
       └─ transform M into the outputs, with the epilogue

Nothing of it outlives the task: transformed weights are made anew for each block of tiles, which costs a few percent of
its products, and saves memory and the reading of 4 numbers in place of 1. Those of small layers are kept with the
layer. Up to 4 tiles (an image of 7 × 7) would not pay for them: of packed weights they are made in registers, where
they are used.
"""

from libc.string cimport memset

from .correlation cimport ceil_div, whole_lines
from .packing cimport Extent, PackedKernel, Weights, pack_terms
from .runtime cimport (
    NATIVECNN_WINOGRAD_FEW, Scratch, active_kernels, nativecnn_correlate_tile, nativecnn_epilogue, nativecnn_kernels,
    share_out, thread_scratch, threads_for, winograd_few_products, winograd_filters, winograd_inputs, winograd_outputs,
)

cdef enum:
    CHUNK = 64               # channels between two visits of M: the weights' transforms stay in L2
    MOST_TILES = 98          # of a task: M stays in L2
    FEWEST_TILES = 28        # worth a transform of the weights
    MOST_INPUTS = 1 << 21    # floats of V
    FEW_CHANNELS = 32        # of a call of few_products: their weights stay in L1
    MOST_KEPT = 1 << 18      # floats of transformed weights kept with a layer: they stay in L2
    PAD = 16                 # floats between numbers, lest all fall into the same sets of the cache

cdef struct Pass:
    const nativecnn_kernels *kernels
    winograd_inputs transform_inputs
    winograd_filters transform_filters
    winograd_outputs transform_outputs
    winograd_few_products few_products
    bint few                     # tiles: few_products makes transformed weights as it needs them
    const Images *source
    const Images *target
    const Weights *weights
    const Tiling *tiling
    const float *packed          # or NULL
    const float *transformed     # U of all blocks and chunks, or NULL
    const nativecnn_epilogue *epilogue
    const float *zeros
    Py_ssize_t block_tiles
    Py_ssize_t filter_blocks
    Py_ssize_t groups
    Py_ssize_t chunks
    Py_ssize_t chunk             # channels of each but the last
    Py_ssize_t input_step        # floats from a number to the next: of V, U and M
    Py_ssize_t filter_step
    Py_ssize_t total_step
    Py_ssize_t pointers          # bytes of a thread's scratch: pointers, V, U, M, panel
    Py_ssize_t inputs
    Py_ssize_t filters
    Py_ssize_t totals
    Py_ssize_t thread_bytes
    char *thread_scratch
    float *kept                  # U of all blocks and chunks, where it is made to be kept


cdef Tiling tiling_of(const Images *results, int outputs, Py_ssize_t top, Py_ssize_t left) noexcept nogil:
    cdef Tiling tiling
    tiling.outputs, tiling.numbers = outputs, (outputs + 2) * (outputs + 2)
    tiling.rows, tiling.columns = ceil_div(results.rows, outputs), ceil_div(results.columns, outputs)
    tiling.count = results.samples * tiling.rows * tiling.columns
    tiling.top, tiling.left = top, left
    return tiling


cdef void point_at_tile(
    const Images *images, const Tiling *tiling, Py_ssize_t tile, Py_ssize_t side, Py_ssize_t top, Py_ssize_t left,
    const float *zeros, const float **pixels,
) noexcept nogil:
    """Point at side × side pixels from ``top``, ``left`` before a tile's first output on, zeros beyond the image."""
    cdef Py_ssize_t first_row = tile // tiling.columns % tiling.rows * tiling.outputs - top
    cdef Py_ssize_t first_column = tile % tiling.columns * tiling.outputs - left
    cdef Py_ssize_t sample = tile // tiling.columns // tiling.rows
    cdef Py_ssize_t row, column
    cdef const float *pixel
    for row in range(first_row, first_row + side):
        if row < 0 or row >= images.rows:
            for column in range(side):
                pixels[column] = zeros
        else:
            pixel = images.pixels + ((sample * images.rows + row) * images.columns + first_column) * images.channels
            for column in range(first_column, first_column + side):
                pixels[column - first_column] = pixel if 0 <= column < images.columns else zeros
                pixel += images.channels
        pixels += side


cdef const float *filter_panel(
    const Pass *run, Py_ssize_t block, Py_ssize_t first, Py_ssize_t channels, float *panel, Weights *panel_weights,
) noexcept nogil:
    """Return a block's weights for some channels, filters side by side, and their strides, copied if they are not"""
    cdef const Weights *weights = run.weights
    cdef Py_ssize_t width = run.kernels.tile_filters, filters = min(width, run.target.channels - block * width), tap
    cdef Py_ssize_t tap_channels = channels if run.packed is NULL else run.source.channels
    cdef Extent extent
    if run.packed is NULL and weights.filter == 1 and filters == width:
        panel_weights[0] = weights[0]
        return weights.first + first * weights.channel + block * width
    panel_weights.channel, panel_weights.column = width, tap_channels * width
    panel_weights.row = 3 * panel_weights.column
    if run.packed is not NULL:
        return run.packed + (block * 9 * run.source.channels + first) * width
    extent.columns, extent.channels = 3, run.source.channels
    extent.terms, extent.filters = 9 * run.source.channels, run.target.channels
    for tap in range(9):
        pack_terms(
            run.kernels, weights, &extent, block, tap * extent.channels + first,
            tap * extent.channels + first + channels, panel + tap * channels * width,
        )
    return panel


cdef void transform_weights(
    const Pass *run, Py_ssize_t block, Py_ssize_t chunk, float *panel, float *filters,
) noexcept nogil:
    """Write U of one block of filters and one chunk of channels."""
    cdef Weights strides
    cdef Py_ssize_t channels = min(run.chunk, run.source.channels - chunk * run.chunk)
    cdef const float *weights = filter_panel(run, block, chunk * run.chunk, channels, panel, &strides)
    run.transform_filters(channels, weights, strides.row, strides.column, strides.channel, filters, run.filter_step)


cdef void choose_transforms(Pass *run, const nativecnn_kernels *kernels, int outputs) noexcept nogil:
    run.kernels = kernels
    if outputs == 4:
        run.transform_inputs, run.transform_filters = run.kernels.winograd_inputs_4, run.kernels.winograd_filters_4
        run.transform_outputs, run.few_products = run.kernels.winograd_outputs_4, run.kernels.winograd_few_4
    else:
        run.transform_inputs, run.transform_filters = run.kernels.winograd_inputs_2, run.kernels.winograd_filters_2
        run.transform_outputs, run.few_products = run.kernels.winograd_outputs_2, run.kernels.winograd_few_2


cdef void cut_weights(Pass *run) noexcept nogil:
    """Choose blocks of filters and chunks of channels."""
    cdef Py_ssize_t width = run.kernels.tile_filters, channels = run.source.channels
    run.filter_blocks = ceil_div(run.target.channels, width)
    run.chunks = max(1, ceil_div(channels, CHUNK))
    run.chunk = ceil_div(ceil_div(channels, run.chunks), PAD) * PAD
    run.filter_step = run.chunk * width + PAD


cdef void transform_kernel_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Pass *run = <const Pass *> context
    transform_weights(
        run, task // run.chunks, task % run.chunks, <float *> run.thread_scratch,
        run.kept + task * run.tiling.numbers * run.filter_step,
    )


cdef int transform_kernel(PackedKernel kept, const Weights *weights, int outputs) except -1:
    """Let ``kept``, whose extent is set, keep the transforms of the weights, if they are small; else return 0."""
    cdef Pass run
    cdef Images source, target
    cdef Tiling tiling
    cdef Py_ssize_t floats
    source.channels, target.channels = kept.extent.channels, kept.extent.filters
    tiling.numbers = (outputs + 2) * (outputs + 2)
    run.source, run.target, run.tiling, run.weights, run.packed = &source, &target, &tiling, weights, NULL
    choose_transforms(&run, active_kernels(), outputs)
    cut_weights(&run)
    floats = run.filter_blocks * run.chunks * tiling.numbers * run.filter_step
    if floats > MOST_KEPT:
        return 0
    kept.kernels, kept.transformed = run.kernels, outputs
    run.kept = kept.reserve(floats)
    run.thread_scratch = thread_scratch().reserve(9 * run.chunk * run.kernels.tile_filters * sizeof(float))
    with nogil:
        share_out(transform_kernel_task, &run, run.filter_blocks * run.chunks, 1)
    return 1


cdef void transform_block(
    const Pass *run, Py_ssize_t first, Py_ssize_t tiles, float *inputs,
) noexcept nogil:
    cdef const float *pixels[AHEAD + 1][WIDEST * WIDEST]
    cdef Py_ssize_t side = run.tiling.outputs + 2, top = run.tiling.top, left = run.tiling.left
    cdef Py_ssize_t last = run.tiling.count - 1, tile, chunk
    for tile in range(-AHEAD, tiles):
        point_at_tile(
            run.source, run.tiling, min(first + tile + AHEAD, last), side, top, left, run.zeros,
            pixels[(tile + AHEAD) % (AHEAD + 1)],
        )
        if tile < 0:
            continue
        for chunk in range(run.chunks):
            run.transform_inputs(
                min(run.chunk, run.source.channels - chunk * run.chunk), pixels[tile % (AHEAD + 1)],
                pixels[(tile + AHEAD) % (AHEAD + 1)], chunk * run.chunk,
                inputs + chunk * run.tiling.numbers * run.input_step + tile * run.chunk, run.input_step,
            )


cdef void store_block(
    const Pass *run, Py_ssize_t block, Py_ssize_t first, Py_ssize_t tiles, const float *totals,
) noexcept nogil:
    cdef const Images *target = run.target
    cdef const Tiling *tiling = run.tiling
    cdef Py_ssize_t width = run.kernels.tile_filters, outputs = tiling.outputs, tile, row, column, sample
    for tile in range(first, first + tiles):
        row = tile // tiling.columns % tiling.rows * outputs
        column = tile % tiling.columns * outputs
        sample = tile // tiling.columns // tiling.rows
        run.transform_outputs(
            totals + (tile - first) * width, run.total_step, run.epilogue, block * width,
            min(width, target.channels - block * width),
            min(outputs, target.rows - row), min(outputs, target.columns - column),
            target.pixels + ((sample * target.rows + row) * target.columns + column) * target.channels + block * width,
            target.columns * target.channels, target.channels,
        )


cdef void arrange_few(const Pass *run, const float *inputs, float *arranged) noexcept nogil:
    """Write V of few tiles as few_products reads it: [rows of numbers][channels][numbers of a row][FEW]."""
    cdef Py_ssize_t side = run.tiling.outputs + 2, channels = run.source.channels, tiles = run.tiling.count
    cdef Py_ssize_t number, tile, chunk, channel, some, step = side * NATIVECNN_WINOGRAD_FEW
    cdef const float *source
    cdef float *target
    if tiles < NATIVECNN_WINOGRAD_FEW:
        memset(arranged, 0, side * channels * step * sizeof(float))
    for tile in range(tiles):
        for number in range(run.tiling.numbers):
            target = arranged + number // side * channels * step + number % side * NATIVECNN_WINOGRAD_FEW + tile
            for chunk in range(run.chunks):
                some = min(run.chunk, channels - chunk * run.chunk)
                source = inputs + (chunk * run.tiling.numbers + number) * run.input_step + tile * run.chunk
                for channel in range(some):
                    target[channel * step] = source[channel]
                target += some * step


cdef void multiply_few(
    const Pass *run, Py_ssize_t block, const float *arranged, float *totals,
) noexcept nogil:
    """Write M of one block of filters, from V as arrange_few writes it."""
    cdef Py_ssize_t step = (run.tiling.outputs + 2) * NATIVECNN_WINOGRAD_FEW, channels = run.source.channels
    cdef Py_ssize_t width = run.kernels.tile_filters, lanes = run.kernels.narrow_filters, part, first, some, vector
    cdef const float *weights
    cdef Weights strides
    for part in range(ceil_div(channels, FEW_CHANNELS)):
        first = part * FEW_CHANNELS
        some = min(FEW_CHANNELS, channels - first)
        weights = filter_panel(run, block, first, some, NULL, &strides)
        for vector in range(ceil_div(min(width, run.target.channels - block * width), lanes)):
            run.few_products(
                some, arranged + first * step, channels * step, weights + vector * lanes, strides.row, strides.column,
                strides.channel, first == 0, totals + vector * lanes, run.total_step,
            )


cdef void winograd_task(const void *context, Py_ssize_t task, int thread) noexcept nogil:
    cdef const Pass *run = <const Pass *> context
    cdef char *scratch = run.thread_scratch + thread * run.thread_bytes
    cdef const nativecnn_kernels *kernels = run.kernels
    cdef Py_ssize_t width = kernels.tile_filters, numbers = run.tiling.numbers
    cdef Py_ssize_t first = task // run.groups * run.block_tiles, group = task % run.groups
    cdef Py_ssize_t tiles = min(run.block_tiles, run.tiling.count - first)
    cdef const float **pointers = <const float **> scratch
    cdef float **outputs = <float **> (pointers + run.block_tiles)
    cdef float *inputs = <float *> (scratch + run.pointers)
    cdef float *made = <float *> (scratch + run.pointers + run.inputs)
    cdef float *totals = <float *> (scratch + run.pointers + run.inputs + run.filters)
    cdef float *panel = <float *> (scratch + run.pointers + run.inputs + run.filters + run.totals)
    cdef Py_ssize_t tile, block, chunk, channels, number, filters_left, register_tiles, from_tile, to_tile
    cdef const nativecnn_correlate_tile *table
    cdef bint narrow
    cdef const float *filters = made
    transform_block(run, first, tiles, inputs)
    if run.few:  # one block of tiles; what it arranges takes the place of transformed weights
        arrange_few(run, inputs, made)
        for block in range(group * run.filter_blocks // run.groups, (group + 1) * run.filter_blocks // run.groups):
            multiply_few(run, block, made, totals)
            store_block(run, block, first, tiles, totals)
        return
    for tile in range(run.block_tiles):
        pointers[tile] = inputs + tile * run.chunk
        outputs[tile] = totals + tile * width
    for block in range(group * run.filter_blocks // run.groups, (group + 1) * run.filter_blocks // run.groups):
        filters_left = run.target.channels - block * width
        narrow = filters_left <= kernels.narrow_filters
        table = kernels.correlate_narrow_tile if narrow else kernels.correlate_tile
        register_tiles = ceil_div(tiles, kernels.narrow_pixels if narrow else kernels.tile_pixels)
        for chunk in range(run.chunks):
            channels = min(run.chunk, run.source.channels - chunk * run.chunk)
            if run.transformed is not NULL:
                filters = run.transformed + (block * run.chunks + chunk) * numbers * run.filter_step
            else:
                transform_weights(run, block, chunk, panel, made)
            for number in range(numbers):
                from_tile = 0
                for tile in range(register_tiles):
                    to_tile = tiles * (tile + 1) // register_tiles
                    table[to_tile - from_tile](
                        1, channels, pointers + from_tile, 0, (chunk * numbers + number) * run.input_step,
                        filters + number * run.filter_step, width, chunk == 0, NULL, 0, outputs + from_tile,
                        number * run.total_step, kernels.narrow_filters if narrow else width,
                    )
                    from_tile = to_tile
        store_block(run, block, first, tiles, totals)


cdef int winograd(
    const nativecnn_kernels *kernels, const Images *source, const Images *target, const Weights *weights,
    const float *packed, bint transformed, const nativecnn_epilogue *epilogue, int outputs, Py_ssize_t top,
    Py_ssize_t left,
) except -1:
    """Write the correlation of ``source`` with 3×3 ``weights``, then its epilogue, tiles of ``outputs`` × ``outputs``.

    ``packed`` is NULL or the same weights, packed or ``transformed``.
    """
    cdef Tiling tiling = tiling_of(target, outputs, top, left)
    cdef Pass run
    cdef Scratch scratch
    cdef char *memory
    cdef Py_ssize_t zeros_bytes, blocks
    cdef int threads
    if tiling.count == 0 or target.channels == 0:
        return 0
    choose_transforms(&run, kernels, outputs)
    run.source, run.target, run.weights = source, target, weights
    run.packed, run.transformed = NULL if transformed else packed, packed if transformed else NULL
    run.tiling, run.epilogue = &tiling, epilogue
    cdef Py_ssize_t width = run.kernels.tile_filters
    threads = threads_for(<double> tiling.count * tiling.numbers * source.channels * target.channels)

    cut_weights(&run)
    blocks = ceil_div(
        tiling.count, max(FEWEST_TILES, min(MOST_TILES, MOST_INPUTS // (tiling.numbers * max(source.channels, 1))))
    )
    if blocks % threads:
        blocks = max(blocks, min(ceil_div(blocks, threads) * threads, tiling.count // FEWEST_TILES))
    run.block_tiles = ceil_div(tiling.count, max(1, blocks))
    blocks = ceil_div(tiling.count, run.block_tiles)
    run.groups = 1 if blocks % threads == 0 or blocks > 4 * threads else min(run.filter_blocks, threads)
    run.input_step = run.block_tiles * run.chunk + PAD
    run.total_step = run.block_tiles * width + PAD
    run.few = (  # reads weights six times, so they lie side by side
        kernels.winograd_few and run.packed is not NULL and tiling.count <= NATIVECNN_WINOGRAD_FEW
    )
    if run.few:  # sums of tiles beyond the last are computed too
        run.total_step = NATIVECNN_WINOGRAD_FEW * width + PAD

    run.pointers = (2 * run.block_tiles * <Py_ssize_t> sizeof(float *) + 63) // 64 * 64
    run.inputs = whole_lines(run.chunks * tiling.numbers * run.input_step * sizeof(float))
    run.filters = whole_lines(
        tiling.numbers * (NATIVECNN_WINOGRAD_FEW * source.channels if run.few else run.filter_step) * sizeof(float)
    )
    run.totals = whole_lines(tiling.numbers * run.total_step * sizeof(float))
    run.thread_bytes = (
        run.pointers + run.inputs + run.filters + run.totals + whole_lines(9 * run.chunk * width * sizeof(float))
    )
    zeros_bytes = whole_lines(source.channels * sizeof(float))
    scratch = thread_scratch()
    memory = scratch.reserve(zeros_bytes + threads * run.thread_bytes)
    memset(memory, 0, zeros_bytes)
    run.zeros = <const float *> memory
    run.thread_scratch = memory + zeros_bytes
    with nogil:
        share_out(winograd_task, &run, blocks * run.groups, threads)
    return 0
