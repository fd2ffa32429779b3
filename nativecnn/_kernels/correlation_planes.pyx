"""Correlations with few filters: input gradients of layers with few channels, and the smallest networks.

A vector of filters would be mostly empty. So vectors lie across the positions of a row, and each weight is broadcast.

    task = some rows of one output image
    ├─ the source rows that they see are copied, transposed: a plane for each row and channel, zeros around it
    └─ for each tile of vectors of the rows' positions      every term; then interleaved into the output
"""

from libc.string cimport memcpy, memset

from .correlation cimport ceil_div, positions, row_of, whole_lines
from .correlation_rows cimport reach, rows_of_task, sees_little
from .packing cimport Extent, pack_terms, packed_floats
from .runtime cimport NATIVECNN_MAX_PLANE_FILTERS, NATIVECNN_MAX_PLANE_SUMS, NATIVECNN_MAX_PLANE_VECTORS, Scratch
from .runtime cimport nativecnn_epilogue, nativecnn_kernels, share_out, thread_scratch, threads_for

cdef enum:
    SHORTEST_ROW = 7        # of positions
    FEWEST_TERMS = 16       # with fewer, transposing costs more than it saves
    PLANE_FLOATS = 1 << 15  # of a task's planes, so that they stay in L2

cdef struct Pass:
    const nativecnn_kernels *kernels
    const Source *source
    const Target *target
    const float *packed        # one block of filters
    const nativecnn_epilogue *epilogue
    const Py_ssize_t *offsets  # of every term from a window's first, in floats of the planes
    Py_ssize_t terms
    Py_ssize_t columns         # of a plane that windows reach
    Py_ssize_t plane           # floats of one, with room for the last vector
    Py_ssize_t task_rows       # of the output
    Py_ssize_t tasks_per_sample
    char *copies               # of each thread's source rows
    Py_ssize_t plane_bytes


cdef bint pays_by_planes(
    const nativecnn_kernels *kernels, const Source *source, const nativecnn_epilogue *epilogue, const Target *target,
) noexcept nogil:
    """Return whether vectors of positions are fuller than vectors of filters, by a quarter at least."""
    cdef Py_ssize_t count = source.columns.positions, lanes = kernels.narrow_filters
    return (
        source.columns.stride == 1
        and source.rows.taps * source.columns.taps * source.channels >= FEWEST_TERMS
        and count >= SHORTEST_ROW
        and target.filters <= NATIVECNN_MAX_PLANE_FILTERS
        and 4 * count > 5 * target.filters * ceil_div(count, lanes)
        and sees_little(source, 1, source.channels)
        and epilogue.residual is NULL  # lies as outputs do, filters side by side
    )


cdef void copy_planes(
    const Pass *run, Py_ssize_t sample, Py_ssize_t first_row, Py_ssize_t rows, float *planes,
) noexcept nogil:
    """Write [rows][channels][plane]: source rows and columns from the windows' first on, zeros beyond the image."""
    cdef const Source *source = run.source
    cdef Py_ssize_t before = min(max(0, -source.columns.start), run.columns), row
    cdef Py_ssize_t inside = min(source.columns.sources - source.columns.start, run.columns) - before
    cdef const float *pixels
    memset(planes, 0, rows * source.channels * run.plane * sizeof(float))
    for row in range(max(first_row, 0), min(first_row + rows, source.rows.sources) if inside > 0 else 0):
        pixels = row_of(source, sample, row)
        if pixels is NULL:
            continue
        pixels += (source.columns.start + before) * source.channel_step
        if source.channel_step == 1:
            memcpy(planes + (row - first_row) * run.plane + before, pixels, inside * sizeof(float))
        else:
            run.kernels.transpose_tile(
                inside, source.channels, pixels, source.channel_step,
                planes + (row - first_row) * source.channels * run.plane + before, run.plane,
            )


cdef void correlate_task(const void *context, Py_ssize_t task, int thread) noexcept nogil:
    cdef const Pass *run = <const Pass *> context
    cdef const nativecnn_kernels *kernels = run.kernels
    cdef float *planes = <float *> (run.copies + thread * run.plane_bytes)
    cdef const Source *source = run.source
    cdef const Target *target = run.target
    cdef Py_ssize_t sample = task // run.tasks_per_sample, from_row = task % run.tasks_per_sample * run.task_rows
    cdef Py_ssize_t rows = min(run.task_rows, source.rows.positions - from_row)
    cdef Py_ssize_t lanes = kernels.narrow_filters, vectors = kernels.plane_vectors[target.filters]
    cdef Py_ssize_t row_vectors = ceil_div(source.columns.positions, lanes), tile, first, v, vector, row, column
    cdef const float *pixels[NATIVECNN_MAX_PLANE_VECTORS]
    cdef float sums[NATIVECNN_MAX_PLANE_SUMS]
    copy_planes(
        run, sample, source.rows.start + from_row * source.rows.stride,
        reach(rows, source.rows.stride, source.rows.taps, source.rows.step), planes,
    )
    for tile in range(ceil_div(rows * row_vectors, vectors)):
        first = tile * vectors
        for v in range(vectors):
            vector = min(first + v, rows * row_vectors - 1)
            row, column = vector // row_vectors, vector % row_vectors * lanes
            pixels[v] = planes + row * source.rows.stride * source.channels * run.plane + column
        kernels.correlate_planes[target.filters](
            run.terms, run.offsets, &pixels[0], run.packed, kernels.tile_filters, run.epilogue, &sums[0]
        )
        for v in range(min(vectors, rows * row_vectors - first)):
            row, column = (first + v) // row_vectors, (first + v) % row_vectors * lanes
            kernels.store_planes(
                target.filters, min(lanes, source.columns.positions - column), &sums[v * lanes], vectors * lanes,
                target.first + sample * target.sample + (from_row + row) * target.row + column * target.column,
                target.column,
            )


cdef int correlate_planes(
    const nativecnn_kernels *kernels, const Source *source, const Weights *weights, const float *packed,
    const nativecnn_epilogue *epilogue, const Target *target,
) except -1:
    """Write what :func:`.correlation.correlate` writes, with few filters."""
    cdef Pass run
    cdef Extent extent
    cdef Scratch scratch
    cdef char *memory
    cdef Py_ssize_t packed_bytes = 0, offset_bytes, row_floats, tasks, row, column, channel
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
    run.columns = reach(source.columns.positions, 1, source.columns.taps, source.columns.step)
    run.plane = run.columns + run.kernels.narrow_filters
    row_floats = source.channels * run.plane
    run.task_rows = rows_of_task(source, row_floats, PLANE_FLOATS, threads)
    run.tasks_per_sample = ceil_div(source.rows.positions, run.task_rows)
    tasks = source.samples * run.tasks_per_sample

    if packed is NULL:
        packed_bytes = whole_lines(packed_floats(run.kernels, &extent) * sizeof(float))
    offset_bytes = whole_lines(run.terms * sizeof(Py_ssize_t))
    run.plane_bytes = whole_lines(
        reach(run.task_rows, source.rows.stride, source.rows.taps, source.rows.step) * row_floats * sizeof(float)
    )
    scratch = thread_scratch()
    memory = scratch.reserve(packed_bytes + offset_bytes + threads * run.plane_bytes)
    offset = <Py_ssize_t *> (memory + packed_bytes)
    run.copies = memory + packed_bytes + offset_bytes
    run.offsets = offset
    with nogil:
        for row in range(source.rows.taps):
            for column in range(source.columns.taps):
                for channel in range(source.channels):
                    offset[0] = row * source.rows.step * row_floats + channel * run.plane
                    offset[0] += column * source.columns.step
                    offset += 1
        if packed is NULL:
            run.packed = <const float *> memory
            pack_terms(run.kernels, weights, &extent, 0, 0, run.terms, <float *> memory)
        share_out(correlate_task, &run, tasks, threads)
    return 0
