"""The reference's dense layer against float64 arithmetic, its gradients against differences."""

import math

import numpy as np
import pytest

from nativecnn import reference
from support import random_array
from support.differences import central_differences

SHAPES = [(1, 1, 1), (2, 3, 4), (5, 17, 2), (3, 1, 7), (300, 2, 3)]


def arrays(samples, inputs, units, dtype):
    shapes = (samples, inputs), (inputs, units), (units,), (samples, units)
    return [random_array(seed, shape).astype(dtype) for seed, shape in enumerate(shapes)]


def assert_sums(actual, products, dtype):
    """Hold ``actual`` to the sums of ``products`` over their last axis, within half a unit for each operation."""
    exact = np.array([math.fsum(row) for row in products.reshape(-1, products.shape[-1])]).reshape(actual.shape)
    bound = (products.shape[-1] + 1) * np.finfo(dtype).eps * abs(products).sum(-1)
    assert (abs(actual.astype(float) - exact) <= bound).all()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_output_and_gradients_are_sums_of_products(shape, dtype):
    x, kernel, bias, dy = arrays(*shape, dtype)
    y, dx, dkernel, dbias = (np.empty_like(array) for array in (dy, x, kernel, bias))
    reference.dense(x, kernel, bias, y)
    reference.dense_input_gradient(dy, kernel, dx)
    reference.dense_kernel_gradient(x, dy, dkernel, dbias)
    x, kernel, bias, dy = (array.astype(float) for array in (x, kernel, bias, dy))
    with_bias = np.concatenate([x[:, None, :] * kernel.T, np.broadcast_to(bias[:, None], (*dy.shape, 1))], axis=-1)
    assert_sums(y, with_bias, dtype)
    assert_sums(dx, dy[:, None, :] * kernel, dtype)
    assert_sums(dkernel, x.T[:, None, :] * dy.T, dtype)
    assert_sums(dbias, dy.T, dtype)


def test_gradients_are_how_the_output_changes():
    x, kernel, bias, dy = arrays(3, 4, 2, np.float64)
    y, dx, dkernel, dbias = (np.empty_like(array) for array in (dy, x, kernel, bias))

    def weighted_output():
        reference.dense(x, kernel, bias, y)
        return (y * dy).sum()

    reference.dense_input_gradient(dy, kernel, dx)
    reference.dense_kernel_gradient(x, dy, dkernel, dbias)
    for array, gradient in ((x, dx), (kernel, dkernel), (bias, dbias)):
        np.testing.assert_allclose(gradient, central_differences(weighted_output, array), rtol=1e-7, atol=1e-8)


def test_without_bias_nothing_is_added():
    x, kernel = np.full((1, 1), -0.0, np.float32), np.ones((1, 1), np.float32)
    y = np.empty((1, 1), np.float32)
    reference.dense(x, kernel, None, y)
    assert not np.signbit(y)  # +0 + -0
    tiny = np.full((1, 1), -(2.0**-149), np.float32)
    reference.dense(tiny, kernel * np.float32(0.25), None, y)
    assert y == 0 and np.signbit(y)  # rounded once, and no +0 added to it afterwards
    reference.dense(tiny, kernel * np.float32(0.25), np.zeros(1, np.float32), y)
    assert y == 0 and not np.signbit(y)
