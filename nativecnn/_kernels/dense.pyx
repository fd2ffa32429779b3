"""Dense layers: products with a kernel that is read where it is, once, in long pieces.

    dense                    tasks: blocks of units × blocks of samples     totals of a block stay in L2
    dense_input_gradient     tasks: groups of inputs × blocks of samples    the kernel's rows are transposed in pieces
    dense_kernel_gradient    tasks: blocks of inputs × blocks of units      one run; more: kernel_gradient.pyx
"""

from libc.string cimport memcpy, memset

from .correlation cimport Source, ceil_div, whole_lines
from .epilogue cimport Finishing, finishing_of
from .kernel_gradient cimport correlation_kernel_gradient
from .prepared cimport Prepared
from .runs cimport image_runs
from .runtime cimport Scratch, active_kernels, nativecnn_epilogue, nativecnn_kernels, share_out, thread_scratch
from .runtime cimport threads_for

cdef extern from "tile/kernels.h":
    enum:
        NATIVECNN_DENSE_SAMPLES

cdef enum:
    TOTALS_FLOATS = 1 << 16  # of a task, and
    PACKED_FLOATS = 1 << 16  # of gradients that it reads again and again: they stay in L2
    TASKS_PER_THREAD = 4
    PARALLEL_PACKING_FLOATS = 1 << 18
    MULTIPLY_ADDS = 8        # that take the time threads.py reckons for one: waking a thread costs some 10 μs
    STREAM_FLOATS = 1 << 23  # of a kernel gradient, from which on no cache holds it until it is used
    STREAM_SAMPLES = 16      # up to which its time is that of writing it

# One pass over a layer.
cdef struct Dense:
    const nativecnn_kernels *kernels
    Py_ssize_t samples
    Py_ssize_t inputs
    Py_ssize_t units
    const float *x               # (samples, inputs)
    const float *dy              # (samples, units), or packed
    Py_ssize_t dy_step           # as dense_block addresses it
    Py_ssize_t dy_next
    const float *kernel
    const nativecnn_epilogue *epilogue
    bint streams                 # writes the result past the cache
    float *result                # y, dx or dkernel
    float *dbias
    Py_ssize_t block_samples
    Py_ssize_t block_inputs
    Py_ssize_t block_units
    Py_ssize_t tasks_across      # blocks of units (dense), inputs (its input gradient), units (its kernel gradient)
    float *packed                # dy for every task
    char *thread_scratch
    Py_ssize_t thread_bytes


cdef Py_ssize_t near_equal(Py_ssize_t size, Py_ssize_t most, Py_ssize_t parts, Py_ssize_t unit) noexcept nogil:
    """Return the size of blocks: at most ``most``, at least ``parts`` of them where there are as many ``unit``s."""
    cdef Py_ssize_t units = ceil_div(size, unit)
    parts = max(1, min(units, max(parts, ceil_div(size, max(most, unit)))))
    return ceil_div(units, parts) * unit


cdef int packing_threads(const Dense *run, int threads) noexcept nogil:
    return threads if run.samples * run.units >= PARALLEL_PACKING_FLOATS else 1


cdef int threads_for_layer(const Dense *run) except -1:
    # A kernel that is read once for a few samples takes the time of a product with four of them.
    return threads_for(<double> max(4, run.samples) * run.inputs * run.units / MULTIPLY_ADDS)


cdef void forward_task(const void *context, Py_ssize_t task, int thread) noexcept nogil:
    cdef const Dense *run = <const Dense *> context
    cdef Py_ssize_t sample = task // run.tasks_across * run.block_samples
    cdef Py_ssize_t unit = task % run.tasks_across * run.block_units
    cdef Py_ssize_t samples = min(run.block_samples, run.samples - sample)
    cdef Py_ssize_t units = min(run.block_units, run.units - unit)
    cdef float *totals = <float *> (run.thread_scratch + thread * run.thread_bytes)
    run.kernels.dense_block(
        samples, run.inputs, units, run.x + sample * run.inputs, run.inputs, run.kernels.dense_terms,
        run.kernel + unit, run.units, True, totals,
    )
    run.kernels.dense_store(
        samples, units, totals, run.epilogue, unit, run.result + sample * run.units + unit, run.units,
    )


cdef int forward(Dense *run) except -1:
    """Compute ``result`` of a layer whose sizes, arrays and epilogue are set."""
    cdef Py_ssize_t parts, width
    cdef int threads
    if run.samples == 0:
        return 0
    run.kernels = active_kernels()
    threads, width = threads_for_layer(run), run.kernels.dense_units
    run.block_samples = near_equal(run.samples, NATIVECNN_DENSE_SAMPLES, 1, 1)
    # Threads share out units, as long as a piece of a kernel's row is long; then samples.
    parts = threads if threads == 1 or run.samples < 8 else threads * TASKS_PER_THREAD
    run.block_units = near_equal(
        run.units, TOTALS_FLOATS // run.block_samples, ceil_div(parts, ceil_div(run.samples, run.block_samples)), width
    )
    run.tasks_across = ceil_div(run.units, run.block_units)
    if run.tasks_across * ceil_div(run.samples, run.block_samples) < threads:
        run.block_samples = near_equal(run.samples, NATIVECNN_DENSE_SAMPLES, threads, 1)
    run.thread_bytes = run.block_samples * run.block_units * sizeof(float)
    run.thread_scratch = thread_scratch().reserve(threads * run.thread_bytes)
    with nogil:
        share_out(forward_task, run, run.tasks_across * ceil_div(run.samples, run.block_samples), threads)
    return 0


cdef class PreparedDense(Prepared):
    """A dense layer's outputs."""
    cdef const float[:, ::1] x
    cdef const float[:, ::1] kernel
    cdef float[:, ::1] y
    cdef Finishing finishing

    def __init__(
        self, const float[:, ::1] x, const float[:, ::1] kernel, const float[::1] bias, float[:, ::1] y, epilogue=None,
    ):
        self.x, self.kernel, self.y = x, kernel, y
        self.finishing = finishing_of(bias, epilogue, &y[0, 0], y.shape[0] * y.shape[1], y.shape[1])

    cdef int compute(self) except -1:
        cdef Dense run
        run.samples, run.inputs, run.units = self.x.shape[0], self.kernel.shape[0], self.kernel.shape[1]
        run.x, run.kernel, run.result = &self.x[0, 0], &self.kernel[0, 0], &self.y[0, 0]
        run.epilogue = &self.finishing.values
        return forward(&run)


def dense(
    const float[:, ::1] x, const float[:, ::1] kernel, const float[::1] bias, float[:, ::1] y, epilogue=None,
):
    PreparedDense(x, kernel, bias, y, epilogue)()


cdef void pack_terms_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Copy some units of all samples so that dense_block reads them in order: [units / terms][samples][terms]."""
    cdef const Dense *run = <const Dense *> context
    cdef Py_ssize_t terms = run.kernels.dense_terms, unit = task * terms, sample
    cdef Py_ssize_t count = min(terms, run.units - unit)
    for sample in range(run.samples):
        memcpy(
            run.packed + (task * run.samples + sample) * terms, run.dy + sample * run.units + unit,
            count * sizeof(float),
        )


cdef void input_gradient_task(const void *context, Py_ssize_t task, int thread) noexcept nogil:
    cdef const Dense *run = <const Dense *> context
    cdef Py_ssize_t sample = task // run.tasks_across * run.block_samples
    cdef Py_ssize_t first = task % run.tasks_across * run.block_inputs
    cdef Py_ssize_t samples = min(run.block_samples, run.samples - sample)
    cdef Py_ssize_t inputs = min(run.block_inputs, run.inputs - first)
    cdef float *totals = <float *> (run.thread_scratch + thread * run.thread_bytes)
    run.kernels.dense_transposed_block(
        samples, inputs, run.units, run.dy + sample * run.dy_step, run.dy_step, run.dy_next,
        run.kernel + first * run.units, run.units, totals,
    )
    run.kernels.dense_store(samples, inputs, totals, NULL, 0, run.result + sample * run.inputs + first, run.inputs)


def dense_input_gradient(const float[:, ::1] dy, const float[:, ::1] kernel, float[:, ::1] dx):
    cdef Dense run
    cdef Py_ssize_t packed_bytes = 0
    run.samples, run.inputs, run.units = dy.shape[0], kernel.shape[0], kernel.shape[1]
    if run.samples == 0:
        return
    run.kernels = active_kernels()
    cdef int threads = threads_for_layer(&run)
    cdef Py_ssize_t terms = run.kernels.dense_terms
    run.dy, run.kernel, run.result = &dy[0, 0], &kernel[0, 0], &dx[0, 0]
    run.dy_step, run.dy_next = run.units, terms
    run.block_inputs = run.kernels.dense_units
    run.tasks_across = ceil_div(run.inputs, run.block_inputs)
    run.block_samples = near_equal(
        run.samples, NATIVECNN_DENSE_SAMPLES, ceil_div(threads, run.tasks_across), 1
    )
    run.thread_bytes = whole_lines(run.block_samples * run.block_inputs * sizeof(float))
    cdef bint packs = run.samples > 2 and run.tasks_across > 4
    if packs:
        packed_bytes = whole_lines(ceil_div(run.units, terms) * run.samples * terms * sizeof(float))
    cdef Scratch scratch = thread_scratch()
    cdef char *memory = scratch.reserve(packed_bytes + threads * run.thread_bytes)
    run.packed, run.thread_scratch = <float *> memory, memory + packed_bytes
    with nogil:
        if packs:
            share_out(pack_terms_task, &run, ceil_div(run.units, terms), packing_threads(&run, threads))
            run.dy, run.dy_step, run.dy_next = run.packed, terms, run.samples * terms
        share_out(input_gradient_task, &run, run.tasks_across * ceil_div(run.samples, run.block_samples), threads)


cdef void pack_tile_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    """Copy the units of one register tile of all samples: [units / tile filters][samples][tile filters]."""
    cdef const Dense *run = <const Dense *> context
    cdef Py_ssize_t width = run.kernels.tile_filters, unit = task * width, sample
    cdef Py_ssize_t count = min(width, run.units - unit)
    for sample in range(run.samples):
        memcpy(
            run.packed + (task * run.samples + sample) * width, run.dy + sample * run.units + unit,
            count * sizeof(float),
        )


cdef void kernel_gradient_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Dense *run = <const Dense *> context
    cdef Py_ssize_t first = task // run.tasks_across * run.block_inputs
    cdef Py_ssize_t unit = task % run.tasks_across * run.block_units
    run.kernels.dense_kernel_gradient_block(
        run.samples, min(run.block_inputs, run.inputs - first), min(run.block_units, run.units - unit),
        run.x + first, run.inputs, run.dy + unit // run.kernels.tile_filters * run.dy_next, run.dy_step, run.dy_next,
        run.streams, run.result + first * run.units + unit, run.units,
    )


cdef void few_units_task(const void *context, Py_ssize_t task, int thread) noexcept nogil:
    """Few units would fill only a part of a vector: vectors lie across inputs, and the result is transposed."""
    cdef const Dense *run = <const Dense *> context
    cdef Py_ssize_t width = run.kernels.tile_filters, first = task * run.block_inputs
    cdef Py_ssize_t last = min(run.inputs, first + run.block_inputs), row, count, tile
    cdef float *transposed = <float *> (run.thread_scratch + thread * run.thread_bytes)
    for tile in range(ceil_div(last - first, width)):
        row = first + tile * width
        count = min(width, last - row)
        run.kernels.dense_kernel_gradient_block(
            run.samples, run.units, count, run.dy, run.units, run.x + row, run.inputs, width, False, transposed, width,
        )
        run.kernels.transpose_tile(run.units, count, transposed, width, run.result + row * run.units, run.units)


cdef void bias_gradient_task(const void *context, Py_ssize_t _task, int _thread) noexcept nogil:
    cdef const Dense *run = <const Dense *> context
    cdef Py_ssize_t sample
    memset(run.dbias, 0, run.units * sizeof(float))
    for sample in range(run.samples):
        run.kernels.add(run.units, run.dbias, run.dy + sample * run.units, run.dbias)


cdef int several_runs(
    const float[:, ::1] x, const float[:, ::1] dy, float[:, ::1] dkernel, float[::1] dbias,
) except -1:
    """Samples as single-pixel images."""
    cdef Source source
    source.row_places = NULL
    source.samples = x.shape[0]
    source.rows.positions = source.rows.sources = source.rows.stride = source.rows.step = source.rows.taps = 1
    source.rows.start = 0
    source.columns = source.rows
    source.pixels = &x[0, 0] if x.shape[0] else NULL
    source.channels = source.channel_step = x.shape[1]
    correlation_kernel_gradient(
        &source, &dy[0, 0] if dy.shape[0] else NULL, dy.shape[1], dy.shape[1],
        &dkernel[0, 0], dkernel.shape[1], NULL if dbias is None else &dbias[0],
    )
    return 0


def dense_kernel_gradient(const float[:, ::1] x, const float[:, ::1] dy, float[:, ::1] dkernel, float[::1] dbias):
    cdef Dense run
    cdef Py_ssize_t packed_bytes = 0, thread_bytes = 0
    run.samples, run.inputs, run.units = x.shape[0], dkernel.shape[0], dkernel.shape[1]
    if image_runs(run.samples, 1, 1).count != 1:
        several_runs(x, dy, dkernel, dbias)
        return
    run.kernels = active_kernels()
    cdef int threads = threads_for_layer(&run)
    cdef Py_ssize_t width = run.kernels.tile_filters, rows = run.kernels.tile_pixels
    run.x, run.dy, run.result = &x[0, 0], &dy[0, 0], &dkernel[0, 0]
    run.dy_step, run.dy_next = run.units, width
    cdef bint few_units = run.units < width and run.inputs >= width
    run.streams = (
        run.samples <= STREAM_SAMPLES
        and run.inputs * run.units >= STREAM_FLOATS
        and run.units % 16 == 0
        and <size_t> run.result % 64 == 0
    )
    cdef bint packs = not few_units and run.samples > 2 and run.inputs > 4 * rows
    if few_units:
        run.block_inputs = near_equal(run.inputs, 8 * width, threads, width)
        run.block_units, run.tasks_across = run.units, 1
        thread_bytes = run.units * width * sizeof(float)
    else:
        run.block_units = near_equal(run.units, PACKED_FLOATS // run.samples, 1, width)
        run.tasks_across = ceil_div(run.units, run.block_units)
        run.block_inputs = near_equal(run.inputs, 16 * rows, ceil_div(threads, run.tasks_across), rows)
        if packs:
            packed_bytes = ceil_div(run.units, width) * run.samples * width * sizeof(float)
    run.thread_bytes = whole_lines(thread_bytes)
    cdef Scratch scratch = thread_scratch()
    cdef char *memory = scratch.reserve(whole_lines(packed_bytes) + threads * run.thread_bytes)
    run.packed, run.thread_scratch = <float *> memory, memory + whole_lines(packed_bytes)
    cdef Py_ssize_t tasks = run.tasks_across * ceil_div(run.inputs, run.block_inputs)
    with nogil:
        if dbias is not None:
            run.dbias = &dbias[0]
            share_out(bias_gradient_task, &run, 1, 1)
        if packs:
            share_out(pack_tile_task, &run, ceil_div(run.units, width), packing_threads(&run, threads))
            run.dy, run.dy_step, run.dy_next = run.packed, width, run.samples * width
        share_out(few_units_task if few_units else kernel_gradient_task, &run, tasks, threads)
