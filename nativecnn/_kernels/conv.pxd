"""What other convolutions take of 2-D convolution."""

from .correlation cimport Axis, Source, Target, Weights
from .epilogue cimport Finishing
from .packing cimport PackedKernel
from .prepared cimport Prepared
from .runtime cimport nativecnn_epilogue
from .winograd cimport Images


cdef class PreparedConv2D(Prepared):
    """A convolution; ``packed`` is None or gives, at every call, the packed weights as they are then, or None."""
    cdef const float[:, :, :, ::1] x
    cdef const float[:, :, :, ::1] kernel
    cdef float[:, :, :, ::1] y
    cdef Finishing finishing
    cdef object packed
    cdef Source source
    cdef Target target
    cdef Weights weights
    cdef Images images
    cdef Images results
    cdef Py_ssize_t groups
    cdef Py_ssize_t top
    cdef Py_ssize_t left
    cdef int outputs             # of a tile's side by Winograd's algorithm, else 0
    cdef int compute_with(self, PackedKernel packed) except -1

cdef Axis window_axis(
    Py_ssize_t outputs, Py_ssize_t inputs, Py_ssize_t stride, Py_ssize_t padding, Py_ssize_t dilation, Py_ssize_t taps,
) noexcept
cdef Axis phase_axis(
    Py_ssize_t inputs, Py_ssize_t outputs, stride, padding, dilation, Py_ssize_t taps, Py_ssize_t phase,
    Py_ssize_t *last_tap, Py_ssize_t *tap_step,
)
cdef Source windows(
    const float[:, :, :, ::1] x, Py_ssize_t rows, Py_ssize_t columns, const float[:, :, :, ::1] kernel,
    strides, padding, dilation,
)
cdef int gradients_of_groups(
    Source source, Weights weights, const nativecnn_epilogue *epilogue, Target target, Py_ssize_t groups,
) except -1
cdef int kernel_gradients_of_groups(
    Source source, const float[:, :, :, ::1] dy, float[:, :, :, ::1] dkernel, float[::1] dbias, Py_ssize_t groups,
) except -1
