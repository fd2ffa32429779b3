"""Layer normalization and its gradients, native against reference."""

from functools import cache

import numpy as np
import pytest

import nativecnn._kernels as native
from nativecnn._kernels.threads import threads
from support import VALUES, Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array

CASES = all_pairs(
    image=((0, 3, 3), (1, 1, 1), (3, 2, 2), (5, 16, 16), (700, 1, 1), (2, 20, 20)),
    count=(1, 3, 8, 15, 16, 17, 31, 32, 33, 100, 257),
    gamma=(True, False),
    beta=(True, False),
    values=VALUES,
    threads=(1, 2, 3, 16),
    possible=lambda image, count, **_: np.prod(image) * count < 150_000,
)


def arguments(function, case):
    shape, rows = (*case["image"], case["count"]), int(np.prod(case["image"]))
    x, dy = random_array(1, shape, case["values"]), random_array(2, shape, case["values"])
    gamma, beta = (
        random_array(seed, shape[3:], case["values"]) if case[name] else None
        for seed, name in ((3, "gamma"), (4, "beta"))
    )
    mean, inverse = random_array(5, (rows,), case["values"]), abs(random_array(6, (rows,), case["values"]))
    if function == "layer_normalization_weight_gradients":
        return function, dy, x, mean, inverse, Output(shape[3:]), Output(shape[3:])
    x, dy = x.reshape(rows, shape[3]), dy.reshape(rows, shape[3])
    if function == "layer_normalization":
        return function, x, gamma, beta, 1e-3, Output((rows,)), Output((rows,)), Output(x.shape)
    return function, dy, x, gamma, mean, inverse, Output(x.shape)


@cache
def expected(function, case):
    return call_reference(*arguments(function, dict(case)))


@pytest.mark.parametrize("case", CASES, ids=identifier)
@pytest.mark.parametrize(
    "function",
    ["layer_normalization", "layer_normalization_input_gradient", "layer_normalization_weight_gradients"],
)
def test_bits_are_the_reference_s(function, case, instruction_set):
    with threads(case["threads"]):
        assert_same_bits(call_native(*arguments(function, case)), expected(function, tuple(case.items())))


@pytest.mark.parametrize("values", VALUES)
def test_both_passes_may_be_in_place(values, instruction_set):
    x, dy = random_array(1, (9, 37), values), random_array(2, (9, 37), values)
    gamma, beta = random_array(3, (37,), values), random_array(4, (37,), values)
    mean, inverse, y = call_reference(
        "layer_normalization", x, gamma, beta, 1e-3, Output((9,)), Output((9,)), Output(x.shape)
    )
    (dx,) = call_reference("layer_normalization_input_gradient", dy, x, gamma, mean, inverse, Output(x.shape))
    in_place = dy.copy()
    native.layer_normalization_input_gradient(in_place, x, gamma, mean, inverse, in_place)
    assert_same_bits(in_place, dx)
    in_place = x.copy()
    native.layer_normalization(in_place, gamma, beta, 1e-3, mean, inverse, in_place)
    assert_same_bits(in_place, y)
