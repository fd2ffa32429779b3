"""The reference's layer normalization: the order of its sums, its gradients against differences."""

import numpy as np
import pytest

from nativecnn import reference
from nativecnn.reference.layer_normalization import _lane_sums
from support import assert_same_bits, random_array
from support.differences import central_differences
from support.exact import add


def tree(values):
    return values[0] if len(values) == 1 else add(tree(values[: len(values) // 2]), tree(values[len(values) // 2 :]))


@pytest.mark.parametrize("count", [1, 5, 15, 16, 17, 50])
def test_rows_are_summed_in_sixteen_lanes(count):
    x = random_array(count, (3, count), "cancelling")
    for row, actual in zip(x, _lane_sums(lambda total, values: total + values, x), strict=True):
        lanes = [0.0] * 16
        for i, value in enumerate(row):
            lanes[i % 16] = add(lanes[i % 16], value)
        assert_same_bits(actual, np.float32(tree(lanes)))


@pytest.mark.parametrize("shape", [(3, 2, 2, 5), (2, 3, 1, 20)], ids=str)
@pytest.mark.parametrize("with_weights", [True, False])
def test_gradients_are_how_the_output_changes(shape, with_weights):
    rows, count = int(np.prod(shape[:3])), shape[3]
    x, dy = random_array(1, (rows, count)).astype(float), random_array(2, (rows, count)).astype(float)
    gamma, beta = (random_array(seed, (count,)).astype(float) if with_weights else None for seed in (3, 4))
    mean, inverse, y, dx = np.empty(rows), np.empty(rows), np.empty_like(x), np.empty_like(x)
    dgamma, dbeta = np.empty(count), np.empty(count)

    def weighted_output():
        reference.layer_normalization(x, gamma, beta, 1e-3, mean, inverse, y)
        return (y * dy).sum()

    weighted_output()
    reference.layer_normalization_input_gradient(dy, x, gamma, mean, inverse, dx)
    images = dy.reshape(shape), x.reshape(shape)
    reference.layer_normalization_weight_gradients(*images, mean, inverse, dgamma, dbeta)
    np.testing.assert_allclose(dx, central_differences(weighted_output, x), rtol=1e-6, atol=1e-7)
    if with_weights:
        for array, gradient in ((gamma, dgamma), (beta, dbeta)):
            np.testing.assert_allclose(gradient, central_differences(weighted_output, array), rtol=1e-6, atol=1e-7)
