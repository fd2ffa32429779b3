"""Dense layers and both gradients, native against reference."""

import subprocess
import sys
from functools import cache

import numpy as np
import pytest

import nativecnn._kernels as native
import nativecnn.reference as reference
from nativecnn._kernels.threads import threads
from nativecnn.epilogue import Epilogue
from support import VALUES, Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array

RELU = {True: Epilogue(activation="relu"), False: None}
SIZES = (1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 49, 65)

CASES = all_pairs(
    samples=(0, 1, 2, 3, 4, 5, 6, 7, 13, 15, 16, 17, 33),
    inputs=SIZES,
    units=SIZES,
    bias=(True, False),
    relu=(True, False),
    values=VALUES,
    threads=(1, 2, 3, 5, 16),
) + [
    {
        "samples": samples,
        "inputs": inputs,
        "units": units,
        "bias": True,
        "relu": relu,
        "values": values,
        "threads": threads,
    }
    for samples, inputs, units, relu, values, threads in (
        # sums longer than one piece of a transposed kernel
        (3, 255, 5, False, "plain", 1),
        (3, 256, 9, True, "cancelling", 2),
        (3, 257, 17, False, "plain", 3),
        (9, 1030, 3, True, "cancelling", 5),
        (1, 5, 1030, True, "cancelling", 2),
        (65, 257, 257, True, "special", 2),
        # inputs and gradients packed: several register tiles beside each other
        (2, 9, 64, True, "plain", 1),
        (2, 9, 65, False, "plain", 2),
        (7, 3, 129, True, "cancelling", 3),
        (15, 300, 257, True, "plain", 16),
        (33, 200, 145, False, "special", 1),
        (3, 241, 7, False, "cancelling", 3),
        # few units: vectors across inputs; samples shared out among threads
        (65, 65, 10, True, "cancelling", 2),
        (64, 257, 31, False, "special", 5),
        # several blocks of units, of samples
        (200, 3, 700, True, "plain", 3),
        (257, 5, 300, False, "cancelling", 2),
        # one, two, three, five, seven, eight runs of samples
        *((256 * runs - 1, 3, 5, False, "cancelling", 3) for runs in (1, 2, 3, 5, 7, 8)),
        (256, 2, 3, True, "plain", 1),
        (256, 33, 40, True, "special", 2),
        (257, 17, 2, False, "special", 16),
        (1281, 3, 17, False, "plain", 16),
    )
]


def arguments(function, case):
    seed = 3 * case["samples"] + 5 * case["inputs"] + 7 * case["units"]
    x = random_array(seed, (case["samples"], case["inputs"]), case["values"])
    kernel = random_array(seed + 1, (case["inputs"], case["units"]), case["values"])
    bias = random_array(seed + 2, (case["units"],), case["values"])
    dy = random_array(seed + 3, (case["samples"], case["units"]), case["values"])
    if function == "dense":
        return function, x, kernel, bias if case["bias"] else None, Output(dy.shape), RELU[case["relu"]]
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


@pytest.mark.parametrize("values", VALUES)
def test_fused_relu_is_relu_afterwards(values, instruction_set):
    x, kernel, bias = (
        random_array(1, (5, 30), values),
        random_array(2, (30, 67), values),
        random_array(3, (67,), values),
    )
    fused, y = np.empty((5, 67), np.float32), np.empty((5, 67), np.float32)
    native.dense(x, kernel, bias, fused, Epilogue(activation="relu"))
    native.dense(x, kernel, bias, y)
    native.relu(y, y)
    assert_same_bits(fused, y)


@cache
def large_kernel_gradient():
    """Return samples, gradients and a kernel gradient that is written past the cache, by rows of four and one more."""
    inputs, units = 2041, 4112
    x, dy = random_array(4, (2, inputs), "cancelling"), random_array(5, (2, units), "cancelling")
    dkernel, dbias = np.empty((inputs, units), np.float32), np.empty(units, np.float32)
    reference.dense_kernel_gradient(x, dy, dkernel, dbias)
    return x, dy, dkernel, dbias


@pytest.mark.parametrize("offset", [0, 1], ids=["aligned", "not aligned"])
def test_large_kernel_gradient(offset, instruction_set):
    x, dy, dkernel, dbias = large_kernel_gradient()
    memory = np.empty(dkernel.size + 33, np.float32)
    first = -memory.ctypes.data % 64 // 4 + offset
    actual, actual_bias = memory[first : first + dkernel.size].reshape(dkernel.shape), np.empty_like(dbias)
    with threads(2):
        native.dense_kernel_gradient(x, dy, actual, actual_bias)
    assert (actual.view(np.uint32) == dkernel.view(np.uint32)).all()
    assert_same_bits(actual_bias, dbias)


PEAK_MEMORY = """
import resource
import numpy as np
import nativecnn._kernels as native

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if __import__("sys").platform == "darwin" else 1024)

inputs, units, samples = 8192, 4096, 32
x, y = np.ones((samples, inputs), np.float32), np.ones((samples, units), np.float32)
kernel = np.ones((inputs, units), np.float32)
before = peak()
for count in (1, 2, samples):
    native.dense(x[:count], kernel, None, y[:count])
    native.dense_input_gradient(y[:count], kernel, x[:count])
    native.dense_kernel_gradient(x[:count], y[:count], kernel, None)
print(peak() - before, kernel.nbytes)
"""


def test_no_copy_of_the_kernel():
    pytest.importorskip("resource")
    output = subprocess.run([sys.executable, "-c", PEAK_MEMORY], capture_output=True, text=True, check=True).stdout
    more, kernel_bytes = map(int, output.split())
    assert more < kernel_bytes / 16
