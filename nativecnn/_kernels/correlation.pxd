"""Sliding a window of taps over a source image: what convolution, its gradients and dense layers have in common.

Position ``i`` of an axis meets the source at ``start + i * stride + tap * step``; outside of the source are zeros.
The rows of a volume's planes may be listed as those of an image (conv3d.pyx).
A position's window is read as segments, runs of floats that are contiguous in memory: a tap's channels or, where a tap
has few channels, a whole row of taps.
"""

from .packing cimport Weights
from .runtime cimport nativecnn_epilogue, nativecnn_kernels

cdef struct Axis:
    Py_ssize_t positions
    Py_ssize_t sources
    Py_ssize_t start
    Py_ssize_t stride
    Py_ssize_t step
    Py_ssize_t taps

cdef struct Source:
    Py_ssize_t samples
    Axis rows
    Axis columns
    const float *pixels
    Py_ssize_t channels          # floats of a tap
    Py_ssize_t channel_step      # floats from a pixel to the next in its row: channels of all groups
    Py_ssize_t segments          # the rest is set by cut_segments
    Py_ssize_t length
    bint whole_rows
    const float *zeros           # at least zeros_size(source) floats of +0
    const Py_ssize_t *row_places  # of a sample: where each of its rows lies, −1 beyond the volume; NULL: in this order
    Py_ssize_t sample_rows       # with row_places: rows of a sample as they lie

# Where the sums go: pixel (sample, row, column) of an image, filters side by side.
cdef struct Target:
    float *first
    Py_ssize_t sample
    Py_ssize_t row
    Py_ssize_t column
    Py_ssize_t filters

cdef inline const float *row_of(const Source *source, Py_ssize_t sample, Py_ssize_t row) noexcept nogil:
    """Return the first pixel of a row, NULL beyond the image."""
    if row < 0 or row >= source.rows.sources:
        return NULL
    if source.row_places is NULL:
        row += sample * source.rows.sources
    elif source.row_places[row] < 0:
        return NULL
    else:
        row = source.row_places[row] + sample * source.sample_rows
    return source.pixels + row * source.columns.sources * source.channel_step

cdef Py_ssize_t ceil_div(Py_ssize_t a, Py_ssize_t b) noexcept nogil
cdef Py_ssize_t whole_lines(Py_ssize_t size) noexcept nogil
cdef Py_ssize_t positions(const Source *source) noexcept nogil
cdef void cut_segments(Source *source) noexcept nogil
cdef void point_at_pixels(
    const Source *source, Py_ssize_t first, Py_ssize_t count, Py_ssize_t pointer_step, Py_ssize_t from_segment,
    Py_ssize_t to_segment, const float **pointers, float *patches,
) noexcept nogil
cdef void point_at_outputs(
    const Source *source, const Target *target, Py_ssize_t first, Py_ssize_t count, float **outputs,
) noexcept nogil
cdef int correlate(
    const nativecnn_kernels *kernels, Source *source, const Weights *weights, const float *packed,
    const nativecnn_epilogue *epilogue, const Target *target,
) except -1
