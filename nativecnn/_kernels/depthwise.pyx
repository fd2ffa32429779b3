"""Depthwise convolution and its kernel gradient: vectors lie across channels, so there is no tile of filters."""

from cython.parallel cimport parallel, prange, threadid
from libc.string cimport memcpy, memset

from .correlation cimport Source, Target, Weights, point_at_outputs, point_at_pixels, positions
from .runs cimport RunSum, image_runs, plan_run_sum, run_sum
from .runtime cimport Scratch, active_kernels, enter_fp_state, leave_fp_state, nativecnn_kernels, thread_scratch

from .threads import threads_for

cdef enum:
    STRIP = 64            # positions whose pointers are made at a time
    BLOCK_CHANNELS = 256  # of a block of the kernel gradient

cdef struct Pass:
    const nativecnn_kernels *kernels
    const Source *source
    const Target *target
    const float *weights  # [taps][channels]
    const float *bias

cdef struct Gradient:
    const nativecnn_kernels *kernels
    const Source *source
    const float *gradients
    float *dkernel
    float *dbias
    const float *ones     # one pixel: multiplied with the output gradients it gives the bias


cdef void cut_taps(Source *source) noexcept nogil:
    source.whole_rows = False
    source.segments, source.length = source.rows.taps * source.columns.taps, source.channels


cdef void depthwise_task(const Pass *run, Py_ssize_t task, const float **pointers) noexcept nogil:
    cdef const Source *source = run.source
    cdef Py_ssize_t first = task * STRIP, count = min(STRIP, positions(source) - task * STRIP), i
    cdef float *outputs[STRIP]
    point_at_pixels(source, first, count, count, 0, source.segments, pointers, NULL)
    point_at_outputs(source, run.target, first, count, outputs)
    for i in range(count):
        run.kernels.depthwise_pixel(
            source.segments, source.channels, pointers + i, count, run.weights, run.bias, outputs[i]
        )


cdef int depthwise(Source *source, const Weights *weights, const float *bias, const Target *target) except -1:
    """Write Σ_taps source · weights (+ bias) for every position and channel."""
    cdef Pass run
    cdef Scratch scratch
    cdef char *memory
    cdef Py_ssize_t pixel_bytes, pointer_bytes, tasks, task, row, column
    cdef int threads
    cdef unsigned long long state = 0
    if positions(source) == 0:
        return 0
    cut_taps(source)
    threads = threads_for(<double> positions(source) * source.segments * source.channels)
    pixel_bytes = source.channels * sizeof(float)
    pointer_bytes = STRIP * source.segments * sizeof(float *)
    scratch = thread_scratch()
    memory = scratch.reserve(threads * pointer_bytes + (1 + source.segments) * pixel_bytes)
    source.zeros = <const float *> (memory + threads * pointer_bytes)
    memset(<void *> source.zeros, 0, pixel_bytes)
    run.kernels, run.source, run.target, run.bias = active_kernels(), source, target, bias
    run.weights = source.zeros + source.channels
    for row in range(source.rows.taps):
        for column in range(source.columns.taps):
            memcpy(
                <void *> (run.weights + (row * source.columns.taps + column) * source.channels),
                weights.first + row * weights.row + column * weights.column, pixel_bytes,
            )
    tasks = (positions(source) + STRIP - 1) // STRIP
    with nogil, parallel(num_threads=threads):
        state = enter_fp_state()
        for task in prange(tasks, schedule="dynamic"):
            depthwise_task(&run, task, <const float **> (memory + threadid() * pointer_bytes))
        leave_fp_state(state)
    return 0


cdef void sum_pixels(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, float *total, char *scratch,
) noexcept nogil:
    cdef const Gradient *run = <const Gradient *> context
    cdef const Source *source = run.source
    cdef const float **pointers = <const float **> scratch
    cdef Py_ssize_t offset = block * BLOCK_CHANNELS, segments = source.segments
    cdef Py_ssize_t channels = min(BLOCK_CHANNELS, source.channels - offset)
    cdef Py_ssize_t strip = first, pixels, tap, pixel
    while strip < last:
        pixels = min(STRIP, last - strip)
        point_at_pixels(source, strip, pixels, pixels, 0, segments, pointers, NULL)
        for pixel in range(pixels):
            pointers[segments * pixels + pixel] = run.ones
        for tap in range(segments + 1):
            run.kernels.depthwise_kernel_gradient(
                pixels, channels, pointers + tap * pixels, offset,
                run.gradients + strip * source.channels + offset, source.channels,
                strip == first, total + tap * BLOCK_CHANNELS,
            )
        strip += pixels


cdef void store_block(const void *context, Py_ssize_t block, const float *total) noexcept nogil:
    cdef const Gradient *run = <const Gradient *> context
    cdef Py_ssize_t offset = block * BLOCK_CHANNELS, segments = run.source.segments, tap
    cdef size_t size = min(BLOCK_CHANNELS, run.source.channels - offset) * sizeof(float)
    for tap in range(segments):
        memcpy(run.dkernel + tap * run.source.channels + offset, total + tap * BLOCK_CHANNELS, size)
    if run.dbias is not NULL:
        memcpy(run.dbias + offset, total + segments * BLOCK_CHANNELS, size)


cdef int depthwise_kernel_gradient(Source *source, const float *gradients, float *dkernel, float *dbias) except -1:
    """Write the gradients of weights (taps, channels) and, unless NULL, bias."""
    cdef Gradient run
    cdef RunSum sum
    cdef Scratch scratch
    cdef float *memory
    cdef Py_ssize_t sum_bytes, channel
    cut_taps(source)
    run.kernels, run.source, run.gradients, run.dkernel, run.dbias = active_kernels(), source, gradients, dkernel, dbias
    sum.runs = image_runs(source.samples, source.rows.positions, source.columns.positions)
    sum.blocks = (source.channels + BLOCK_CHANNELS - 1) // BLOCK_CHANNELS
    sum.block_size = (source.segments + 1) * BLOCK_CHANNELS
    sum.scratch_bytes = (source.segments + 1) * STRIP * sizeof(float *)
    sum.partial, sum.store, sum.context = sum_pixels, store_block, &run
    sum_bytes = plan_run_sum(&sum, threads_for(<double> positions(source) * source.segments * source.channels))
    scratch = thread_scratch()
    memory = <float *> scratch.reserve(sum_bytes + 2 * source.channels * sizeof(float))
    memory = <float *> (<char *> memory + sum_bytes)
    for channel in range(source.channels):
        memory[channel], memory[source.channels + channel] = 0.0, 1.0
    source.zeros, run.ones = memory, memory + source.channels
    with nogil:
        run_sum(&sum, <char *> memory - sum_bytes)
    return 0
