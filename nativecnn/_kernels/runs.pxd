"""Sums over the pixels of a batch: runs of consecutive pixels in order, combined by a binary tree in index order."""

from .runtime cimport nativecnn_kernels

cdef struct Runs:
    Py_ssize_t count
    Py_ssize_t pixels            # of the batch
    Py_ssize_t sample_pixels
    Py_ssize_t pixels_per_run    # where a run is one sample or several, else 0
    Py_ssize_t runs_per_sample   # where a sample is several runs
    Py_ssize_t part_pixels       # of each but the last of them

# Where the sum of a run goes.
cdef struct Place:
    float *sums                  # block_size floats of the run's own
    Py_ssize_t merges            # how many sums before it, block_size floats apart, are added, the nearest first
    bint finished                # that makes the result, else what lies at sums - merges * block_size

# Sums pixels `first` … `last - 1` of one block of the result, from +0 where there are none, and merges:
# total = sums[-block_size] + total, then sums[-2 * block_size] + total, …
ctypedef void (*partial_sum)(
    const void *context, Py_ssize_t block, Py_ssize_t first, Py_ssize_t last, const Place *place, char *scratch,
) noexcept nogil

# Takes the sum of a block that was combined from several chunks.
ctypedef void (*store_sum)(const void *context, Py_ssize_t block, const float *total) noexcept nogil

cdef struct RunSum:
    const nativecnn_kernels *kernels
    Runs runs
    Py_ssize_t blocks            # pieces of the result that are summed independently
    Py_ssize_t block_size        # floats of each
    Py_ssize_t scratch_bytes     # of each thread, for partial
    partial_sum partial
    store_sum store
    const void *context
    int threads                  # from here on set by plan_run_sum
    Py_ssize_t chunks
    Py_ssize_t runs_per_chunk
    Py_ssize_t stack_floats
    char *memory                 # set by run_sum

cdef Runs image_runs(Py_ssize_t samples, Py_ssize_t rows, Py_ssize_t columns) noexcept nogil
cdef void sum_runs(
    const RunSum *sum, Py_ssize_t block, Py_ssize_t from_run, Py_ssize_t to_run, float *stack, bint finish,
    char *scratch,
) noexcept nogil
cdef float *merge_run(const nativecnn_kernels *kernels, Py_ssize_t block_size, const Place *place) noexcept nogil
cdef Py_ssize_t plan_run_sum(RunSum *sum, int threads) noexcept nogil
cdef void run_sum(RunSum *sum, char *memory) noexcept nogil
