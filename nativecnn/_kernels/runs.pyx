"""Runs and their tree. Threads share out blocks of the result and aligned chunks of runs, which are whole subtrees."""

from .runtime cimport active_kernels, nativecnn_kernels, share_out

cdef enum:
    RUN_LENGTH = 256  # as nativecnn.reference.sums
    TASKS_PER_THREAD = 4


cdef Runs image_runs(Py_ssize_t samples, Py_ssize_t rows, Py_ssize_t columns) noexcept nogil:
    """Return the runs over the pixels of a batch, numbered by sample, row, column."""
    cdef Runs runs
    cdef Py_ssize_t parts, rows_per_run
    runs.sample_pixels = rows * columns
    runs.pixels = samples * runs.sample_pixels
    runs.pixels_per_run = runs.runs_per_sample = runs.part_pixels = runs.count = 0
    if runs.pixels == 0:
        return runs
    if 2 * runs.sample_pixels <= RUN_LENGTH:
        runs.pixels_per_run = RUN_LENGTH // runs.sample_pixels * runs.sample_pixels
        runs.count = (runs.pixels + runs.pixels_per_run - 1) // runs.pixels_per_run
    else:
        parts = min(rows, (runs.sample_pixels + RUN_LENGTH - 1) // RUN_LENGTH)
        rows_per_run = (rows + parts - 1) // parts
        runs.runs_per_sample = (rows + rows_per_run - 1) // rows_per_run
        runs.part_pixels = rows_per_run * columns
        runs.count = samples * runs.runs_per_sample
    return runs


cdef Py_ssize_t run_start(const Runs *runs, Py_ssize_t run) noexcept nogil:
    if run >= runs.count:
        return runs.pixels
    if runs.pixels_per_run:
        return run * runs.pixels_per_run
    return run // runs.runs_per_sample * runs.sample_pixels + run % runs.runs_per_sample * runs.part_pixels


cdef void sum_runs(
    const RunSum *sum, Py_ssize_t block, Py_ssize_t from_run, Py_ssize_t to_run, float *stack, bint finish,
    char *scratch,
) noexcept nogil:
    """Sum runs by the tree into the first ``block_size`` floats of ``stack``, or the result where they ``finish`` it.

    The stack holds the sums of complete subtrees, largest first. A run that completes some of them is merged with them
    as it leaves the registers, and so is the last run with all that are there.
    """
    cdef Py_ssize_t depth = 0, done, run
    cdef Place place
    if from_run >= to_run:
        place.sums, place.merges, place.finished = stack, 0, finish
        sum.partial(sum.context, block, 0, 0, &place, scratch)
    for run in range(from_run, to_run):
        place.sums, place.merges = stack + depth * sum.block_size, 0
        done = run - from_run
        while done % 2 == 1:
            place.merges += 1
            done //= 2
        if run == to_run - 1:
            place.merges = depth
        place.finished = finish and run == to_run - 1
        sum.partial(sum.context, block, run_start(&sum.runs, run), run_start(&sum.runs, run + 1), &place, scratch)
        depth += 1 - place.merges


cdef float *merge_run(const nativecnn_kernels *kernels, Py_ssize_t block_size, const Place *place) noexcept nogil:
    """Add the sums before it to the sum of a run, which lies in its place, and return where that is then."""
    cdef float *total = place.sums
    cdef Py_ssize_t _merge
    for _merge in range(place.merges):
        kernels.add(block_size, total - block_size, total, total - block_size)
        total -= block_size
    return total


cdef Py_ssize_t plan_run_sum(RunSum *sum, int threads) noexcept nogil:
    """Decide how threads share the work; return the bytes of memory that ``run_sum`` needs."""
    cdef Py_ssize_t levels = 2, chunks = 1
    sum.kernels = active_kernels()
    sum.threads = threads
    sum.runs_per_chunk = max(1, sum.runs.count)
    if threads > 1 and sum.blocks < threads * TASKS_PER_THREAD:
        chunks = (threads * TASKS_PER_THREAD + sum.blocks - 1) // sum.blocks
        sum.runs_per_chunk = 1
        while sum.runs_per_chunk * chunks < sum.runs.count:
            sum.runs_per_chunk *= 2
    sum.chunks = max(1, (sum.runs.count + sum.runs_per_chunk - 1) // sum.runs_per_chunk)
    while (<Py_ssize_t> 1) << (levels - 2) < sum.runs_per_chunk:
        levels += 1
    sum.stack_floats = levels * sum.block_size
    return threads * sum.scratch_bytes + sum.stack_floats * (
        threads + (sum.blocks * sum.chunks if sum.chunks > 1 else 0)
    ) * <Py_ssize_t> sizeof(float)


cdef void sum_task(const void *context, Py_ssize_t task, int thread) noexcept nogil:
    cdef const RunSum *sum = <const RunSum *> context
    cdef Py_ssize_t block = task // sum.chunks, chunk = task % sum.chunks
    cdef char *scratch = sum.memory + thread * sum.scratch_bytes
    cdef float *stacks = <float *> (sum.memory + sum.threads * sum.scratch_bytes)
    # One chunk: the thread's stack is enough. Several: each keeps its own until they are combined.
    cdef float *stack = stacks + (sum.threads + task if sum.chunks > 1 else thread) * sum.stack_floats
    sum_runs(
        sum, block, chunk * sum.runs_per_chunk, min(sum.runs.count, (chunk + 1) * sum.runs_per_chunk), stack,
        sum.chunks == 1, scratch,
    )


cdef void combine_task(const void *context, Py_ssize_t block, int _thread) noexcept nogil:
    cdef const RunSum *sum = <const RunSum *> context
    cdef float *stacks = <float *> (sum.memory + sum.threads * sum.scratch_bytes)
    cdef float *first = stacks + (sum.threads + block * sum.chunks) * sum.stack_floats
    cdef Py_ssize_t distance = 1, chunk
    cdef float *left
    while distance < sum.chunks:
        chunk = 0
        while chunk + distance < sum.chunks:
            left = first + chunk * sum.stack_floats
            sum.kernels.add(sum.block_size, left, left + distance * sum.stack_floats, left)
            chunk += 2 * distance
        distance *= 2
    sum.store(sum.context, block, first)


cdef void run_sum(RunSum *sum, char *memory) noexcept nogil:
    """Sum every block and store it."""
    sum.memory = memory
    share_out(sum_task, sum, sum.blocks * sum.chunks, sum.threads)
    if sum.chunks > 1:
        share_out(combine_task, sum, sum.blocks, sum.threads)
