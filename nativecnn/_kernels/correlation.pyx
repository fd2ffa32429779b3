"""Correlation passes: pointers to windows, and the loops over register tiles.

    task = block of positions × group of filters
    ├─ pointers to the block's windows            (every segment)
    └─ for each block of filters
       └─ for each stretch of the sum             (about 256 terms, so that its weights stay in L1)
          └─ for each tile of positions           a register tile; between stretches sums are in the output
"""

from libc.string cimport memcpy, memset

from .packing cimport Extent, pack_terms, packed_floats
from .runtime cimport Scratch, nativecnn_correlate_tile, nativecnn_epilogue, nativecnn_kernels, share_out
from .runtime cimport thread_scratch, threads_for

cdef enum:
    ROW_SEGMENTS_BELOW = 16  # channels: a tap with fewer is too short a loop of its own
    STRETCH = 256            # terms of a sum between two visits of its output
    BLOCK_POSITIONS = 112    # positions of a task: their windows stay in L2
    FEW_POSITIONS = 256      # one block; weights are then read once, so that to pack them beforehand does not pay
    MOST_POINTERS = 1 << 15  # of a task
    PAGE_FLOATS = 1024       # windows whole pages apart share one set of the first cache,
    CACHE_WAYS = 12          # which holds so many of their lines
    TASKS_PER_THREAD = 4

cdef struct Pass:
    const nativecnn_kernels *kernels
    const Source *source
    const Weights *weights
    const Target *target
    const nativecnn_epilogue *epilogue
    Extent extent                # of the weights
    const float *packed          # all of them, or NULL: each stretch is packed when it is needed
    float *to_pack               # the same, where they are packed first of all
    Py_ssize_t filter_blocks
    Py_ssize_t blocks_per_group
    Py_ssize_t groups
    Py_ssize_t block_positions   # of a task
    Py_ssize_t position_blocks
    Py_ssize_t most_rows         # of a tile
    Py_ssize_t all_positions
    Py_ssize_t pointer_bytes     # of a thread's scratch: pointers, output pointers, packed stretch, patches
    Py_ssize_t output_bytes
    Py_ssize_t stretch_bytes
    Py_ssize_t thread_bytes
    char *thread_scratch


cdef Py_ssize_t ceil_div(Py_ssize_t a, Py_ssize_t b) noexcept nogil:
    return (a + b - 1) // b


cdef Py_ssize_t whole_lines(Py_ssize_t size) noexcept nogil:
    """Round bytes up to cache lines."""
    return (size + 63) // 64 * 64


cdef Py_ssize_t positions(const Source *source) noexcept nogil:
    return source.samples * source.rows.positions * source.columns.positions


cdef void cut_segments(Source *source) noexcept nogil:
    source.whole_rows = (
        source.channels < ROW_SEGMENTS_BELOW
        and source.columns.taps > 1
        and source.columns.step == 1
        and source.channel_step == source.channels
    )
    if source.whole_rows:
        source.segments, source.length = source.rows.taps, source.columns.taps * source.channels
    else:
        source.segments, source.length = source.rows.taps * source.columns.taps, source.channels


cdef void point(
    const float **pointers, Py_ssize_t count, const float *pixel, Py_ssize_t step,
) noexcept nogil:
    """Point ``count`` pointers at ``pixel``, ``pixel + step``, …"""
    cdef Py_ssize_t i
    for i in range(count):
        pointers[i] = pixel + i * step


cdef void copy_row_window(
    const Source *source, const float *row, Py_ssize_t first_column, float *patch,
) noexcept nogil:
    """Copy a row of taps that reaches over an edge, with zeros beyond it."""
    cdef Py_ssize_t first = max(0, -first_column)
    cdef Py_ssize_t last = min(source.columns.taps, source.columns.sources - first_column)
    memset(patch, 0, source.length * sizeof(float))
    if first < last:
        memcpy(
            patch + first * source.channels, row + (first_column + first) * source.channels,
            (last - first) * source.channels * sizeof(float),
        )


cdef Py_ssize_t positions_before(const Axis *axis, Py_ssize_t start, Py_ssize_t source) noexcept nogil:
    """Return how many positions lie before ``source``, counted by a tap that starts at ``start``."""
    return 0 if start >= source else min(axis.positions, ceil_div(source - start, axis.stride))


cdef void point_at_pixels(
    const Source *source, Py_ssize_t first, Py_ssize_t count, Py_ssize_t pointer_step, Py_ssize_t from_segment,
    Py_ssize_t to_segment, const float **pointers, float *patches,
) noexcept nogil:
    """Write pointers [segments][pointer_step] to the windows of positions ``first`` … ``first + count - 1``.

    Row segments that reach over an edge are copied, with their zeros, into ``patches`` ([segments][count][length]
    floats, used only then).
    """
    cdef Py_ssize_t column_position = first % source.columns.positions
    cdef Py_ssize_t row_position = first // source.columns.positions % source.rows.positions
    cdef Py_ssize_t sample = first // source.columns.positions // source.rows.positions
    cdef Py_ssize_t pixel_step = source.columns.stride * source.channel_step
    cdef Py_ssize_t done = 0, span, segment, row, column, inside, outside, position
    cdef const float *pixels
    cdef const float **slots
    cdef float *patch
    while done < count:  # a row of positions at a time
        span = min(count - done, source.columns.positions - column_position)
        for segment in range(from_segment, to_segment):
            slots = pointers + (segment - from_segment) * pointer_step + done
            column = source.columns.start
            if source.whole_rows:
                row = source.rows.start + row_position * source.rows.stride + segment * source.rows.step
                outside = positions_before(&source.columns, column, source.columns.sources - source.columns.taps + 1)
            else:
                row = (
                    source.rows.start + row_position * source.rows.stride
                    + segment // source.columns.taps * source.rows.step
                )
                column += segment % source.columns.taps * source.columns.step
                outside = positions_before(&source.columns, column, source.columns.sources)
            pixels = row_of(source, sample, row)
            if pixels is NULL:
                point(slots, span, source.zeros, 0)
                continue
            # Column positions before `inside` and from `outside` on reach over an edge.
            inside = max(column_position, min(column_position + span, positions_before(&source.columns, column, 0)))
            outside = max(inside, min(column_position + span, outside))
            point(
                slots + inside - column_position, outside - inside,
                pixels + column * source.channel_step + inside * pixel_step, pixel_step,
            )
            if not source.whole_rows:
                point(slots, inside - column_position, source.zeros, 0)
                point(slots + outside - column_position, column_position + span - outside, source.zeros, 0)
                continue
            for position in range(column_position, column_position + span):
                if inside <= position < outside:
                    continue
                patch = patches + ((segment - from_segment) * count + done + position - column_position) * source.length
                copy_row_window(source, pixels, column + position * source.columns.stride, patch)
                slots[position - column_position] = patch
        done += span
        column_position = 0
        row_position += 1
        if row_position == source.rows.positions:
            row_position = 0
            sample += 1


cdef void point_at_outputs(
    const Source *source, const Target *target, Py_ssize_t first, Py_ssize_t count, float **outputs,
) noexcept nogil:
    """Write pointers to the output pixels of positions ``first`` … ``first + count - 1``."""
    cdef Py_ssize_t column = first % source.columns.positions
    cdef Py_ssize_t row = first // source.columns.positions % source.rows.positions
    cdef Py_ssize_t sample = first // source.columns.positions // source.rows.positions
    cdef Py_ssize_t position
    for position in range(count):
        outputs[position] = target.first + sample * target.sample + row * target.row + column * target.column
        column += 1
        if column == source.columns.positions:
            column = 0
            row += 1
            if row == source.rows.positions:
                row = 0
                sample += 1


cdef void correlate_block(
    const Pass *run, Py_ssize_t block, Py_ssize_t segments, Py_ssize_t length, const float *const *pointers,
    Py_ssize_t offset, const float *weights, Py_ssize_t count, bint first, bint last, float *const *outputs,
) noexcept nogil:
    """Add a stretch of the sums of ``count`` positions and one block of filters, in near-equal tiles."""
    cdef const nativecnn_kernels *kernels = run.kernels
    cdef Py_ssize_t width = kernels.tile_filters, filters = min(width, run.target.filters - block * width)
    cdef bint narrow = filters <= kernels.narrow_filters
    cdef Py_ssize_t most_rows = min(run.most_rows, kernels.narrow_pixels if narrow else kernels.tile_pixels)
    cdef Py_ssize_t tiles = ceil_div(count, most_rows)
    cdef const nativecnn_correlate_tile *table = kernels.correlate_narrow_tile if narrow else kernels.correlate_tile
    cdef const nativecnn_epilogue *epilogue = run.epilogue if last else NULL
    cdef Py_ssize_t tile, from_position = 0, to_position
    for tile in range(tiles):
        to_position = count * (tile + 1) // tiles
        table[to_position - from_position](
            segments, length, pointers + from_position, run.block_positions, offset, weights, width, first, epilogue,
            block * width, outputs + from_position, block * width, filters,
        )
        from_position = to_position


cdef void pack_task(const void *context, Py_ssize_t block, int _thread) noexcept nogil:
    cdef const Pass *run = <const Pass *> context
    cdef Py_ssize_t terms = run.extent.terms
    pack_terms(
        run.kernels, run.weights, &run.extent, block, 0, terms, run.to_pack + block * terms * run.kernels.tile_filters
    )


cdef void correlate_task(const void *context, Py_ssize_t task, int thread) noexcept nogil:
    cdef const Pass *run = <const Pass *> context
    cdef const Source *source = run.source
    cdef char *scratch = run.thread_scratch + thread * run.thread_bytes
    cdef Py_ssize_t width = run.kernels.tile_filters, position_block = task // run.groups
    cdef Py_ssize_t first = run.all_positions * position_block // run.position_blocks
    cdef Py_ssize_t count = run.all_positions * (position_block + 1) // run.position_blocks - first
    cdef Py_ssize_t from_block = task % run.groups * run.blocks_per_group
    cdef Py_ssize_t to_block = min(from_block + run.blocks_per_group, run.filter_blocks)
    cdef const float **pointers = <const float **> scratch
    cdef float **outputs = <float **> (scratch + run.pointer_bytes)
    cdef float *packed_stretch = <float *> (scratch + run.pointer_bytes + run.output_bytes)
    cdef float *patches = <float *> (scratch + run.pointer_bytes + run.output_bytes + run.stretch_bytes)
    cdef Py_ssize_t block, segment, segments, stretch, offset, length, term
    cdef const float *weights
    cdef bint last_stretch

    point_at_pixels(source, first, count, run.block_positions, 0, source.segments, pointers, patches)
    point_at_outputs(source, run.target, first, count, outputs)
    # Stretches: several short segments, or a part of a long one.
    stretch = ceil_div(source.length, ceil_div(source.length, STRETCH)) if source.length > STRETCH else source.length
    for block in range(from_block, to_block):
        segment = offset = 0
        last_stretch = False
        while not last_stretch:
            length = min(stretch, source.length - offset)
            segments = min(source.segments - segment, stretch_segments(source))
            last_stretch = segment + segments >= source.segments and offset + length >= source.length
            term = segment * source.length + offset
            if run.packed is not NULL:
                weights = run.packed + (block * run.extent.terms + term) * width
            else:
                pack_terms(
                    run.kernels, run.weights, &run.extent, block, term, term + segments * length, packed_stretch
                )
                weights = packed_stretch
            correlate_block(
                run, block, segments, length, pointers + segment * run.block_positions, offset, weights, count,
                term == 0, last_stretch, outputs,
            )
            offset += length
            if offset >= source.length:
                offset = 0
                segment += segments


cdef Py_ssize_t stretch_segments(const Source *source) noexcept nogil:
    return max(1, STRETCH // max(source.length, 1))


cdef Py_ssize_t cut_tasks(Pass *run, int threads) noexcept nogil:
    """Choose blocks of positions and groups of filters; return the number of tasks."""
    cdef Py_ssize_t most = min(
        FEW_POSITIONS if run.all_positions <= FEW_POSITIONS else BLOCK_POSITIONS,
        max(1, MOST_POINTERS // max(run.source.segments, 1)),
    )
    cdef Py_ssize_t groups = 1
    run.most_rows = run.all_positions
    if run.source.columns.stride * run.source.channel_step % PAGE_FLOATS == 0:
        run.most_rows = CACHE_WAYS
    run.position_blocks = ceil_div(run.all_positions, most)
    run.block_positions = ceil_div(run.all_positions, run.position_blocks)
    run.filter_blocks = ceil_div(run.target.filters, run.kernels.tile_filters)
    if threads > 1:
        groups = min(run.filter_blocks, ceil_div(threads * TASKS_PER_THREAD, run.position_blocks))
    run.blocks_per_group = ceil_div(run.filter_blocks, groups)
    run.groups = ceil_div(run.filter_blocks, run.blocks_per_group)
    return run.position_blocks * run.groups


cdef int correlate(
    const nativecnn_kernels *kernels, Source *source, const Weights *weights, const float *packed,
    const nativecnn_epilogue *epilogue, const Target *target,
) except -1:
    """Write Σ_taps Σ_channels source · weights, then its epilogue, for every position and filter.

    ``packed`` holds the weights as ``pack_terms`` writes them, all blocks in turn, or is NULL.
    """
    cdef Pass run
    cdef Scratch scratch
    cdef char *memory
    cdef Py_ssize_t packed_bytes = 0, zeros_bytes, tasks, width, terms
    cdef int threads
    run.kernels = kernels
    run.source, run.weights, run.target, run.epilogue = source, weights, target, epilogue
    run.packed = packed
    run.all_positions = positions(source)
    if run.all_positions == 0 or target.filters == 0:
        return 0
    cut_segments(source)
    terms, width = source.segments * source.length, run.kernels.tile_filters
    run.extent.columns, run.extent.channels = source.columns.taps, source.channels
    run.extent.terms, run.extent.filters = terms, target.filters
    threads = threads_for(<double> run.all_positions * terms * target.filters)
    tasks = cut_tasks(&run, threads)

    run.pointer_bytes = whole_lines(run.block_positions * source.segments * sizeof(float *))
    run.output_bytes = whole_lines(run.block_positions * sizeof(float *))
    run.stretch_bytes = 0
    if packed is NULL and run.position_blocks > 1:
        packed_bytes = whole_lines(packed_floats(run.kernels, &run.extent) * sizeof(float))
    elif packed is NULL:
        run.stretch_bytes = min(terms, max(STRETCH, stretch_segments(source) * source.length)) * width * sizeof(float)
    run.thread_bytes = run.pointer_bytes + run.output_bytes + whole_lines(
        run.stretch_bytes + (run.block_positions * terms * sizeof(float) if source.whole_rows else 0)
    )
    zeros_bytes = whole_lines(source.length * sizeof(float))
    scratch = thread_scratch()
    memory = scratch.reserve(packed_bytes + zeros_bytes + threads * run.thread_bytes)
    if packed_bytes:
        run.to_pack = <float *> memory
        run.packed = run.to_pack
    memset(memory + packed_bytes, 0, zeros_bytes)
    source.zeros = <const float *> (memory + packed_bytes)
    run.thread_scratch = memory + packed_bytes + zeros_bytes

    with nogil:
        if packed_bytes:
            share_out(pack_task, &run, run.filter_blocks, threads)
        share_out(correlate_task, &run, tasks, threads)
    return 0
