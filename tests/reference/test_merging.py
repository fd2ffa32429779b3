"""The reference's merging against exact values and NumPy."""

import numpy as np
import pytest

from nativecnn import reference
from support import Output, assert_same_bits, call_reference, random_array

X = tuple(random_array(seed, (3, 50), "cancelling") for seed in range(4))


def test_sums_and_products_are_taken_in_the_order_of_the_inputs():
    for name, operation in (("add_all", np.add), ("multiply_all", np.multiply)):
        (y,) = call_reference(name, X, Output((3, 50)))
        assert_same_bits(y, operation(operation(operation(X[0], X[1]), X[2]), X[3]))
        (other,) = call_reference(name, X[::-1], Output((3, 50)))
        assert (y != other).any()  # the order shows


def test_an_average_is_divided_once():
    (y,) = call_reference("average_all", X[:3], Output((3, 50)))
    assert_same_bits(y, (X[0] + X[1] + X[2]) / np.float32(3))


NAN, INF = np.nan, np.inf


@pytest.mark.parametrize(
    "values, largest, smallest",
    [
        ((1, 2, 2), 1, 0),
        ((2, 1, 1), 0, 1),
        ((0.0, -0.0, 0.0), 0, 0),
        ((-0.0, 0.0, 0.0), 0, 0),
        ((1, NAN, INF), 1, 1),
        ((NAN, INF, NAN), 0, 0),
        ((-INF, INF, NAN), 2, 2),
        ((-INF, INF, 1), 1, 0),
    ],
)
def test_extremes_are_the_first_and_a_nan_wins(values, largest, smallest):
    inputs = tuple(np.float32([value]) for value in values)
    for name, winner in (("maximum", largest), ("minimum", smallest)):
        (y,) = call_reference(f"{name}_all", inputs, Output((1,)))
        assert_same_bits(y, inputs[winner])
        gradients = call_reference(f"{name}_all_gradient", np.float32([-0.0]), inputs, (Output((1,)),) * 3)
        assert_same_bits([g[0] for g in gradients], [np.float32(-0.0 if n == winner else 0.0) for n in range(3)])


def test_concatenation_is_numpy_s():
    parts = tuple(random_array(size, (2, size, 3)) for size in (1, 4, 2))
    (y,) = call_reference("concatenate", parts, Output((2, 7, 3)), 1)
    assert_same_bits(y, np.concatenate(parts, 1))
    gradients = call_reference("concatenate_gradient", y, tuple(Output(part.shape) for part in parts), (1, 4, 2), 1)
    assert_same_bits(gradients, parts)
    reference.concatenate_gradient(y, (None, None, None), (1, 4, 2), 1)  # nobody wants them
