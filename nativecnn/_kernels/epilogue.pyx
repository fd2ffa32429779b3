"""What follows a sum before it is stored: a bias and a :class:`nativecnn.epilogue.Epilogue`."""

from .runtime cimport NATIVECNN_LINEAR, NATIVECNN_RELU, NATIVECNN_RELU6, nativecnn_epilogue

_ACTIVATIONS = {None: NATIVECNN_LINEAR, "relu": NATIVECNN_RELU, "relu6": NATIVECNN_RELU6}


cdef Finishing finishing_of(
    const float[::1] bias, epilogue, const float *result, Py_ssize_t numbers, Py_ssize_t filters,
):
    """Return what follows the sums of an array at ``result`` of so many numbers, of which filters lie side by side."""
    cdef Finishing finishing = Finishing()
    finishing.values = no_epilogue()
    finishing.values.result = result
    if bias is not None:
        finishing.bias = bias
        finishing.values.bias = &bias[0]
    if epilogue is None:
        return finishing
    finishing.values.activation = _ACTIVATIONS[epilogue.activation]
    if epilogue.scale is not None:
        finishing.scale, finishing.shift = epilogue.scale, epilogue.shift
        if finishing.scale.shape[0] != filters or finishing.shift.shape[0] != filters:
            raise ValueError(
                f"expected scale and shift of {filters} filters, got {finishing.scale.shape[0]} and "
                f"{finishing.shift.shape[0]}"
            )
        finishing.values.scale, finishing.values.shift = &finishing.scale[0], &finishing.shift[0]
    if epilogue.residual is not None:
        finishing.residual = epilogue.residual.reshape(-1)
        if finishing.residual.shape[0] != numbers:
            raise ValueError(f"expected a residual of {numbers} numbers, got {finishing.residual.shape[0]}")
        finishing.values.residual = &finishing.residual[0]
    return finishing


cdef nativecnn_epilogue no_epilogue() noexcept nogil:
    cdef nativecnn_epilogue result
    result.bias = result.scale = result.shift = result.residual = result.result = NULL
    result.activation = NATIVECNN_LINEAR
    return result


cdef nativecnn_epilogue of_filters_from(const nativecnn_epilogue *epilogue, Py_ssize_t filter) noexcept nogil:
    """Return the epilogue of the filters from one on: those of a group."""
    cdef nativecnn_epilogue result = epilogue[0]
    if result.bias is not NULL:
        result.bias += filter
    if result.scale is not NULL:
        result.scale += filter
        result.shift += filter
    return result
