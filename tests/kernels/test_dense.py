"""Dense layers and both gradients, native against reference."""

from functools import cache

import pytest

from nativecnn._kernels.threads import threads
from support import VALUES, Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array

SIZES = (1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33)

CASES = all_pairs(
    samples=(0, 1, 2, 4, 5, 6, 7, 13, 15),
    inputs=SIZES,
    units=SIZES,
    bias=(True, False),
    values=VALUES,
    threads=(1, 2, 3, 5, 16),
) + [
    {"samples": samples, "inputs": inputs, "units": units, "bias": True, "values": values, "threads": threads}
    for samples, inputs, units, values, threads in (
        # sums longer than one stretch
        (3, 255, 5, "plain", 1),
        (3, 256, 9, "cancelling", 2),
        (3, 257, 17, "plain", 3),
        (9, 1030, 3, "cancelling", 5),
        # more units than eight tiles
        (2, 9, 64, "plain", 1),
        (2, 9, 65, "plain", 2),
        (7, 3, 129, "cancelling", 3),
        (15, 300, 257, "plain", 16),
        # samples around a task's block
        *((samples, 5, 9, "plain", 3) for samples in (107, 109, 111, 113, 225)),
        # one, two, three, five, seven, eight runs of samples
        *((256 * runs - 1, 3, 5, "cancelling", 3) for runs in (1, 2, 3, 5, 7, 8)),
        (256, 2, 3, "plain", 1),
        (257, 17, 2, "special", 16),
        (1281, 3, 17, "plain", 16),
    )
]


def arguments(function, case):
    seed = 3 * case["samples"] + 5 * case["inputs"] + 7 * case["units"]
    x = random_array(seed, (case["samples"], case["inputs"]), case["values"])
    kernel = random_array(seed + 1, (case["inputs"], case["units"]), case["values"])
    bias = random_array(seed + 2, (case["units"],), case["values"])
    dy = random_array(seed + 3, (case["samples"], case["units"]), case["values"])
    if function == "dense":
        return function, x, kernel, bias if case["bias"] else None, Output(dy.shape)
    if function == "dense_input_gradient":
        return function, dy, kernel, Output(x.shape)
    return function, x, dy, Output(kernel.shape), Output(bias.shape) if case["bias"] else None


@cache
def expected(function, case):
    return call_reference(*arguments(function, dict(case)))


@pytest.mark.parametrize("case", CASES, ids=identifier)
@pytest.mark.parametrize("function", ["dense", "dense_input_gradient", "dense_kernel_gradient"])
def test_bits_are_the_reference_s(function, case, instruction_set):
    with threads(case["threads"]):
        assert_same_bits(call_native(*arguments(function, case)), expected(function, tuple(case.items())))
