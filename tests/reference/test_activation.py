"""The reference's activations against float64 arithmetic, their gradients against differences."""

import numpy as np
import pytest

from nativecnn import reference
from support import random_array
from support.differences import central_differences

FUNCTIONS = {
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "softmax": lambda x: (
        np.exp(x - x.max(-1, keepdims=True)) / np.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True)
    ),
}


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_output_is_the_function(function, dtype):
    x = (random_array(1, (4, 3, 10)) * 5).astype(dtype)
    y = np.empty_like(x)
    getattr(reference, function)(x, y)
    np.testing.assert_allclose(y, FUNCTIONS[function](x.astype(float)), rtol=20 * np.finfo(dtype).eps)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_gradient_is_how_the_output_changes(function):
    x, dy = random_array(1, (3, 5)).astype(float), random_array(2, (3, 5)).astype(float)
    y, dx = np.empty_like(x), np.empty_like(x)

    def weighted_output():
        getattr(reference, function)(x, y)
        return (y * dy).sum()

    weighted_output()
    getattr(reference, f"{function}_gradient")(dy, y.copy(), dx)
    np.testing.assert_allclose(dx, central_differences(weighted_output, x), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_float32_gradient_is_close_to_the_float64_one(function):
    x, dy = random_array(1, (3, 5)), random_array(2, (3, 5))
    y, dx = np.empty_like(x), np.empty_like(x)
    getattr(reference, function)(x, y)
    getattr(reference, f"{function}_gradient")(dy, y, dx)
    precise = np.empty(x.shape)
    getattr(reference, f"{function}_gradient")(dy.astype(float), y.astype(float), precise)
    np.testing.assert_allclose(dx, precise, rtol=1e-5, atol=1e-7)


def test_softmax_does_not_overflow():
    x = np.float32([[3e38, 3e38, -3e38], [-3e38, -3e38, -3e38], [89, 88, 0]])
    y = np.empty_like(x)
    with np.errstate(over="ignore"):  # -3e38 - 3e38: its exponential is 0
        reference.softmax(x, y)
    np.testing.assert_allclose(y[:2], [[0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-6)
    np.testing.assert_allclose(y.sum(-1), 1, rtol=1e-6)
