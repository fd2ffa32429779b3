"""Sums over the pixels of a batch: runs of consecutive pixels in order, combined by a binary tree in index order."""

cdef struct Runs:
    Py_ssize_t count
    Py_ssize_t pixels            # of the batch
    Py_ssize_t sample_pixels
    Py_ssize_t pixels_per_run    # where a run is one sample or several, else 0
    Py_ssize_t runs_per_sample   # where a sample is several runs
    Py_ssize_t part_pixels       # of each but the last of them

# Writes to `total` the sum over pixels `first` … `last - 1` of one block of the result.
ctypedef void (*partial_sum)(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, float *total, char *scratch,
) noexcept nogil

# Takes the finished sum of a block.
ctypedef void (*store_sum)(const void *context, Py_ssize_t block, const float *total) noexcept nogil

cdef struct RunSum:
    Runs runs
    Py_ssize_t blocks            # pieces of the result that are summed independently
    Py_ssize_t block_size        # floats of each
    Py_ssize_t scratch_bytes     # of each thread, for partial
    partial_sum partial
    store_sum store
    const void *context
    int threads                  # the rest is set by plan_run_sum
    Py_ssize_t chunks
    Py_ssize_t runs_per_chunk
    Py_ssize_t stack_floats

cdef Runs image_runs(Py_ssize_t samples, Py_ssize_t rows, Py_ssize_t columns) noexcept nogil
cdef void sum_runs(
    const RunSum *sum, Py_ssize_t block, Py_ssize_t from_run, Py_ssize_t to_run, float *stack, char *scratch,
) noexcept nogil
cdef Py_ssize_t plan_run_sum(RunSum *sum, int threads) noexcept nogil
cdef void run_sum(const RunSum *sum, char *memory) noexcept nogil
