"""Arrays of one shape merged element by element, and concatenation.

The gradient of each term of a sum is the sum's own; of a difference's second array its negative.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import integer, shown
from .arguments import check_shape, empty, float_array
from .backend import kernels
from .windows import normalize_integer


@contract_state
def add(a: object, b: object, *others: object) -> np.ndarray:
    """Return ``((a + b) + c) + …``.

    Parameters
    ----------
    a, b, *others : array
        Of one shape.

    Returns
    -------
    numpy.ndarray, float32, of the same shape

    Raises
    ------
    TypeError, ValueError
        If one is no array of real numbers, or of another shape.
    MemoryError
        If there is not enough memory for the result.
    """
    return _merged("add", (a, b, *others))


@contract_state
def subtract(a: object, b: object) -> np.ndarray:
    """Return ``a - b``, of two arrays of one shape."""
    a, b = _arrays("subtract", (a, b))
    y = empty(a.shape, "subtract")
    kernels().subtract(a, b, y)
    return y


@contract_state
def average(a: object, b: object, *others: object) -> np.ndarray:
    """Return the sum, as of :func:`add`, divided by the number of arrays."""
    return _merged("average", (a, b, *others))


@contract_state
def average_backward(dy: object, count: int) -> np.ndarray:
    """Return the gradient of each of ``count`` arrays whose :func:`average` was taken: ``dy / count``."""
    dy = float_array(dy, "average_backward: dy")
    count = normalize_integer(count, "average_backward: count")
    dx = empty(dy.shape, "average_backward")
    kernels().divide(dy, count, dx)
    return dx


@contract_state
def multiply(a: object, b: object, *others: object) -> np.ndarray:
    """Return ``((a * b) * c) * …``, of arrays of one shape."""
    return _merged("multiply", (a, b, *others))


@contract_state
def multiply_backward(dy: object, a: object, b: object, *others: object) -> tuple[np.ndarray, ...]:
    """Return the gradients of the arrays: ``dy`` times the others, one after the other in their order."""
    arrays = _arrays("multiply_backward", (a, b, *others))
    dy = _like(dy, "multiply_backward: dy", arrays)
    gradients = tuple(empty(dy.shape, "multiply_backward") for _ in arrays)
    for number, gradient in enumerate(gradients):
        kernels().multiply_all((dy, *arrays[:number], *arrays[number + 1 :]), gradient)
    return gradients


@contract_state
def maximum(a: object, b: object, *others: object) -> np.ndarray:
    """Return the largest of the elements, the first of several; a NaN counts as larger than any number."""
    return _merged("maximum", (a, b, *others))


@contract_state
def maximum_backward(dy: object, a: object, b: object, *others: object) -> tuple[np.ndarray, ...]:
    """Return the gradients of the arrays: ``dy`` where :func:`maximum` took their element, +0 elsewhere."""
    return _shared("maximum", dy, (a, b, *others))


@contract_state
def minimum(a: object, b: object, *others: object) -> np.ndarray:
    """Return the smallest of the elements, the first of several; a NaN counts as smaller than any number."""
    return _merged("minimum", (a, b, *others))


@contract_state
def minimum_backward(dy: object, a: object, b: object, *others: object) -> tuple[np.ndarray, ...]:
    """Return the gradients of the arrays: ``dy`` where :func:`minimum` took their element, +0 elsewhere."""
    return _shared("minimum", dy, (a, b, *others))


@contract_state
def concatenate(a: object, b: object, *others: object, axis: int = -1) -> np.ndarray:
    """Return the arrays one after the other along an axis; their other axes must have one size.

    Parameters
    ----------
    a, b, *others : array
    axis : int
        Counted from 0, or from the last, -1.
    """
    arrays = _float_arrays("concatenate", (a, b, *others))
    axis = normalize_axis(axis, arrays[0].ndim, "concatenate: axis")
    shape = concatenated_shape([array.shape for array in arrays], axis, "concatenate")
    y = empty(shape, "concatenate")
    kernels().concatenate(arrays, y, axis)
    return y


@contract_state
def concatenate_backward(dy: object, sizes: Sequence[int], *, axis: int = -1) -> tuple[np.ndarray, ...]:
    """Return the gradients of arrays of these ``sizes`` along the axis on which :func:`concatenate` joined them."""
    name = "concatenate_backward"
    dy = float_array(dy, f"{name}: dy")
    axis = normalize_axis(axis, dy.ndim, f"{name}: axis")
    if not isinstance(sizes, Sequence) or isinstance(sizes, str | bytes | bytearray | memoryview):
        raise TypeError(f"{name}: sizes: expected a sequence of integers, got {shown(sizes)}")
    sizes = tuple(normalize_integer(size, f"{name}: sizes", minimum=0) for size in sizes)
    if sum(sizes) != dy.shape[axis]:
        raise ValueError(f"{name}: expected sizes that add up to {dy.shape[axis]}, got {sizes}")
    gradients = tuple(empty((*dy.shape[:axis], size, *dy.shape[axis + 1 :]), name) for size in sizes)
    kernels().concatenate_gradient(dy, gradients, sizes, axis)
    return gradients


def normalize_axis(axis: object, axes: int, name: str) -> int:
    """Return the number of an axis, counted from 0, of an array with so many.

    Raises
    ------
    TypeError
        If it is no integer.
    ValueError
        If there is no such axis.
    """
    number = integer(axis, name)
    if not -axes <= number < axes:
        raise ValueError(f"{name}: expected one of the {axes} axes, from {-axes} to {axes - 1}, got {shown(number)}")
    return number % axes


def concatenated_shape(shapes: Sequence[tuple[int, ...]], axis: int, name: str) -> tuple[int, ...]:
    """Return the shape of arrays joined on an axis; raise ``ValueError`` if they differ on another."""
    first = shapes[0]
    for shape in shapes[1:]:
        others = shape[:axis] + shape[axis + 1 :]
        if len(shape) != len(first) or others != first[:axis] + first[axis + 1 :]:
            raise ValueError(
                f"{name}: expected shapes that differ on the axis of concatenation alone, got {_listed(shapes)}"
            )
    return (*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])


def _float_arrays(function: str, values: Sequence[object]) -> tuple[np.ndarray, ...]:
    names = ("a", "b", *(f"array {number}" for number in range(2, len(values))))
    return tuple(float_array(value, f"{function}: {name}") for name, value in zip(names, values, strict=True))


def _arrays(function: str, values: Sequence[object]) -> tuple[np.ndarray, ...]:
    arrays = _float_arrays(function, values)
    shapes = [array.shape for array in arrays]
    if len(set(shapes)) > 1:
        raise ValueError(f"{function}: expected arrays of one shape, got {_listed(shapes)}")
    return arrays


def _listed(shapes: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(map(str, shapes))


def _like(dy: object, name: str, arrays: Sequence[np.ndarray]) -> np.ndarray:
    dy = float_array(dy, name)
    check_shape(dy, name, arrays[0].shape)
    return dy


def _merged(function: str, values: Sequence[object]) -> np.ndarray:
    arrays = _arrays(function, values)
    y = empty(arrays[0].shape, function)
    getattr(kernels(), f"{function}_all")(arrays, y)
    return y


def _shared(function: str, dy: object, values: Sequence[object]) -> tuple[np.ndarray, ...]:
    arrays = _arrays(f"{function}_backward", values)
    dy = _like(dy, f"{function}_backward: dy", arrays)
    gradients = tuple(empty(dy.shape, f"{function}_backward") for _ in arrays)
    getattr(kernels(), f"{function}_all_gradient")(dy, arrays, gradients)
    return gradients
