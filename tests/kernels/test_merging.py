"""Several arrays made one, native against reference."""

import numpy as np
import pytest

import nativecnn._kernels as native
from nativecnn import reference
from nativecnn._kernels.threads import threads
from support import VALUES, Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array
from support.arrays import all_magnitudes

FUNCTIONS = ("add_all", "average_all", "multiply_all", "maximum_all", "minimum_all")
GRADIENTS = ("maximum_all_gradient", "minimum_all_gradient")
SIZES = (0, 1, 7, 8, 9, 16, 17, 32, 33, 65, 8191, 8192, 8193, 20000)  # a task is 8192 elements
FEW = {"zeros": [0.0, -0.0], "equal": [1, 2, -1], "nan": [np.nan, np.inf, -np.inf, 1, -0.0, 0.0]}
CASES = all_pairs(size=SIZES, count=(2, 3, 4, 9), values=("any", *VALUES, *FEW), threads=(1, 2, 5))


def array(seed, size, values):
    if values in FEW:
        return np.random.default_rng(seed).choice(np.array(FEW[values], np.float32), size)
    return all_magnitudes(seed, size) if values == "any" else random_array(seed, size, values)


def inputs(case):
    return tuple(array(number, case["size"], case["values"]) for number in range(case["count"]))


def check(function, *arguments, used_threads=1):
    with threads(used_threads):
        actual = call_native(function, *arguments)
    assert_same_bits(actual, call_reference(function, *arguments))


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_bits_are_the_reference_s(case, instruction_set, threads_for_any_work):
    for function in FUNCTIONS:
        check(function, inputs(case), Output((case["size"],)), used_threads=case["threads"])


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_gradients_are_the_reference_s(case, instruction_set, threads_for_any_work):
    dy = array(99, case["size"], "cancelling" if case["values"] == "nan" else case["values"])
    gradients = tuple(Output((case["size"],)) if n != case["size"] % 3 else None for n in range(case["count"]))
    for function in GRADIENTS:
        check(function, dy, inputs(case), gradients, used_threads=case["threads"])


@pytest.mark.parametrize("size", SIZES)
def test_functions_of_one_and_two_arrays(size, instruction_set, threads_for_any_work):
    a, b = all_magnitudes(size, size), all_magnitudes(size + 1, size)
    check("subtract", a, b, Output(a.shape), used_threads=2)
    check("negate", a, Output(a.shape), used_threads=2)
    for divisor in (1, 2, 3, 7, 2**24 + 1):
        check("divide", a, divisor, Output(a.shape), used_threads=2)


@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_output_may_be_an_input_even_one_that_comes_twice(function, place, instruction_set):
    arrays = [random_array(seed, 1000, "special") for seed in range(4)]
    arrays[2] = arrays[0]
    (expected,) = call_reference(function, tuple(arrays), Output((1000,)))
    y = arrays[place].copy()
    passed = [y if array is arrays[place] else array for array in arrays]
    getattr(native, function)(tuple(passed), y)
    assert_same_bits(y, expected)


@pytest.mark.parametrize("function", GRADIENTS)
def test_first_gradient_may_be_the_output_s(function, instruction_set):
    arrays = tuple(random_array(seed, 1000, "special") for seed in range(3))
    dy = random_array(9, 1000)
    expected = call_reference(function, dy, arrays, (Output((1000,)),) * 3)
    for backend in (native, reference):
        gradients = (dy.copy(), np.empty_like(dy), np.empty_like(dy))
        getattr(backend, function)(gradients[0], arrays, gradients)
        assert_same_bits(gradients, expected)


CONCATENATIONS = all_pairs(
    before=((), (1,), (2, 3), (7, 64), (0,)),
    after=((), (1,), (5,), (3, 2), (64,)),
    sizes=((1, 1), (3, 5), (0, 2, 1), (16, 32, 8, 8), (300, 7)),
    unwanted=(None, 0, 1),
    threads=(1, 2, 5),
)


@pytest.mark.parametrize("case", CONCATENATIONS, ids=identifier)
def test_concatenation_and_its_gradient(case, threads_for_any_work):
    axis = len(case["before"])
    shapes = [(*case["before"], size, *case["after"]) for size in case["sizes"]]
    whole = (*case["before"], sum(case["sizes"]), *case["after"])
    parts = tuple(random_array(seed, shape, "special") for seed, shape in enumerate(shapes))
    check("concatenate", parts, Output(whole), axis, used_threads=case["threads"])
    gradients = tuple(None if n == case["unwanted"] else Output(shape) for n, shape in enumerate(shapes))
    dy = random_array(9, whole, "special")
    check("concatenate_gradient", dy, gradients, case["sizes"], axis, used_threads=case["threads"])
