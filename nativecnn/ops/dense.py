"""Dense layers: a matrix product plus bias."""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from .arguments import check_shape, empty, float_array
from .backend import kernels


@contract_state
def dense(x: object, kernel: object, bias: object = None) -> np.ndarray:
    """Return ``x · kernel + bias``.

    Parameters
    ----------
    x : array, shape (samples, inputs)
    kernel : array, shape (inputs, units)
    bias : array, shape (units,), optional

    Returns
    -------
    numpy.ndarray, float32, shape (samples, units)

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, rank or shape.
    MemoryError
        If there is not enough memory for the result.
    """
    x, kernel = _operands(x, kernel, "dense")
    if bias is not None:
        bias = float_array(bias, "dense: bias", 1)
        check_shape(bias, "dense: bias", kernel.shape[1:])
    y = empty((x.shape[0], kernel.shape[1]), "dense")
    kernels().dense(x, kernel, bias, y)
    return y


@contract_state
def dense_backward(dy: object, x: object, kernel: object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients (input, kernel, bias) of :func:`dense` from that of its output."""
    x, kernel = _operands(x, kernel, "dense_backward")
    dy = float_array(dy, "dense_backward: dy", 2)
    check_shape(dy, "dense_backward: dy", (x.shape[0], kernel.shape[1]))
    dx, dkernel, dbias = (empty(shape, "dense_backward") for shape in (x.shape, kernel.shape, kernel.shape[1:]))
    kernels().dense_input_gradient(dy, kernel, dx)
    kernels().dense_kernel_gradient(x, dy, dkernel, dbias)
    return dx, dkernel, dbias


def _operands(x: object, kernel: object, name: str) -> tuple[np.ndarray, np.ndarray]:
    x = float_array(x, f"{name}: x", 2)
    kernel = float_array(kernel, f"{name}: kernel", 2)
    if min(kernel.shape) < 1:
        raise ValueError(f"{name}: expected a kernel without empty axes, got shape {kernel.shape}")
    if x.shape[1] != kernel.shape[0]:
        raise ValueError(f"{name}: kernel {kernel.shape} expects {kernel.shape[0]} inputs, got x {x.shape}")
    return x, kernel
