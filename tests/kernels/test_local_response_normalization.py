"""Local response normalization and its gradient, native against reference."""

from functools import cache

import numpy as np
import pytest

import nativecnn._kernels as native
from nativecnn._kernels.threads import threads
from support import VALUES, Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array

CASES = all_pairs(
    pixels=(0, 1, 3, 700),
    channels=(1, 2, 4, 5, 8, 9, 17, 33, 96),
    size=(1, 3, 5, 9, 101),
    alpha=(1e-4, 1.0, 0.0),
    beta=(0.75, 0.5, 1.0, 0.6),
    k=(2.0, 1.0, 0.0),
    values=VALUES,
    threads=(1, 2, 3, 16),
)


def arguments(function, case):
    shape = case["pixels"], case["channels"]
    x, dy = random_array(1, shape, case["values"]), random_array(2, shape, case["values"])
    settings = [case[name] for name in ("size", "alpha", "beta", "k")]
    return function, *((dy, x) if function.endswith("gradient") else (x,)), *settings, Output(shape)


@cache
def expected(function, case):
    return call_reference(*arguments(function, dict(case)))


@pytest.mark.parametrize("case", CASES, ids=identifier)
@pytest.mark.parametrize("function", ["local_response_normalization", "local_response_normalization_gradient"])
def test_bits_are_the_reference_s(function, case, instruction_set):
    with threads(case["threads"]):
        assert_same_bits(call_native(*arguments(function, case)), expected(function, tuple(case.items())))


@pytest.mark.parametrize("values", VALUES)
def test_both_may_be_in_place(values, instruction_set):
    x, dy = random_array(1, (30, 19), values), random_array(2, (30, 19), values)
    (y,) = call_reference("local_response_normalization", x, 5, 1e-2, 0.75, 1.0, Output(x.shape))
    (dx,) = call_reference("local_response_normalization_gradient", dy, x, 5, 1e-2, 0.75, 1.0, Output(x.shape))
    in_place = np.array([x, dy])
    native.local_response_normalization_gradient(in_place[1], x, 5, 1e-2, 0.75, 1.0, in_place[1])
    native.local_response_normalization(in_place[0], 5, 1e-2, 0.75, 1.0, in_place[0])
    assert_same_bits(in_place, np.array([y, dx]))
