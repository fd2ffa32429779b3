"""Shapes and errors of the functional PReLU."""

import numpy as np
import pytest

from nativecnn import ops
from support import assert_same_bits, random_array

X, DY = random_array(1, (4, 3, 2)), random_array(2, (4, 3, 2))


@pytest.mark.parametrize("shape", [(3, 2), (1, 2), (3, 1), (1, 1)], ids=str)
def test_slopes_are_those_of_their_axes(shape):
    alpha = random_array(3, shape)
    everywhere = np.broadcast_to(alpha, (3, 2))
    assert_same_bits(ops.prelu(X, alpha), np.where(X <= 0, everywhere * X, X))
    dx, dalpha = ops.prelu_backward(DY, X, alpha)
    assert_same_bits(dx, np.where(X <= 0, everywhere * DY, DY))
    own = np.where(X <= 0, X.astype(float) * DY, 0).sum(0)
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1)
    np.testing.assert_allclose(dalpha, own.sum(axes, keepdims=True), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("alpha", [(2,), (), (3, 3), (2, 2), (1, 3, 2), (4, 3, 2), (3, 0)], ids=str)
@pytest.mark.parametrize("function", ["prelu", "prelu_backward"])
def test_slopes_of_another_shape_are_refused(function, alpha):
    message = rf"^{function}: alpha: expected shape \(3, 2\) or 1 along some of these axes, got \("
    with pytest.raises(ValueError, match=message):
        getattr(ops, function)(*([DY] if function == "prelu_backward" else []), X, np.zeros(alpha))


def test_samples_need_an_axis():
    with pytest.raises(ValueError, match=r"^prelu: x: expected an axis of samples, got shape \(\)"):
        ops.prelu(1.0, 1.0)
