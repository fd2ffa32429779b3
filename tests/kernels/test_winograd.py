"""Convolution by Winograd's algorithm and both gradients, native against reference."""

from functools import cache

import numpy as np
import pytest

from nativecnn import _kernels
from nativecnn._kernels import runtime
from nativecnn._kernels.threads import threads
from nativecnn.epilogue import Epilogue
from support import VALUES, Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array

RELU = {True: Epilogue(activation="relu"), False: None}
ALGORITHMS = ("winograd_2x2", "winograd_4x4")
DEFAULTS = {
    "algorithm": "winograd_4x4",
    "batch": 1,
    "image": (6, 7),
    "channels": 3,
    "filters": 4,
    "padding": ((1, 1), (1, 1)),
    "bias": True,
    "relu": False,
    "values": "plain",
    "threads": 2,
}


def output_shape(case):
    return tuple(size + sum(sides) - 2 for size, sides in zip(case["image"], case["padding"], strict=True))


def possible(**case):
    size = 9 * case["channels"] * case["filters"] * case["batch"] * case["image"][0] * case["image"][1]
    return min(output_shape(case)) >= 1 and size <= 300_000


COVERING = all_pairs(
    possible,
    algorithm=ALGORITHMS,
    batch=(0, 1, 2, 5),
    image=((1, 1), (3, 3), (4, 4), (5, 7), (6, 13), (9, 3), (8, 12), (1, 18)),
    channels=(1, 2, 7, 8, 9, 15, 16, 17, 31, 33),
    filters=(1, 3, 5, 8, 9, 16, 17, 31, 32, 33, 40),
    padding=(((0, 0), (0, 0)), ((1, 1), (1, 1)), ((2, 0), (0, 1)), ((0, 2), (1, 2)), ((2, 2), (2, 2))),
    bias=(True, False),
    relu=(True, False),
    values=VALUES,
    threads=(1, 2, 3, 5, 16),
)

PARTICULAR = [
    # numbers of tiles around the register tiles, and around a task's block of them
    *({"image": (4, 4 * n), "channels": 2, "filters": 2} for n in (1, 5, 6, 7, 12, 13, 14, 15, 28, 29)),
    *({"image": (2, 2 * n), "algorithm": "winograd_2x2", "channels": 1} for n in (13, 97, 98, 99, 197)),
    {"image": (40, 41), "channels": 2, "filters": 3, "threads": 3},
    {"image": (57, 57), "channels": 1, "filters": 1, "threads": 16, "values": "cancelling"},
    # sums over more channels than one chunk holds, and over many filters
    *({"channels": n, "image": (5, 6), "values": "cancelling"} for n in (63, 64, 65, 127, 128, 130, 193)),
    *({"filters": n, "image": (5, 6), "channels": 2, "threads": 5} for n in (63, 64, 65, 96, 97, 130)),
    {"channels": 70, "filters": 70, "image": (4, 4), "threads": 3, "algorithm": "winograd_2x2"},
    # kernel gradients of one sample in several runs, of runs of several samples, and of strips that end in a run
    {"image": (70, 71), "channels": 2, "filters": 3, "threads": 3},
    {"image": (34, 33), "channels": 2, "filters": 2, "algorithm": "winograd_2x2", "batch": 3, "threads": 16},
    {"image": (8, 8), "batch": 150, "channels": 1, "filters": 2, "threads": 3, "values": "cancelling"},
    {"image": (3, 3), "batch": 70, "channels": 9, "filters": 5, "algorithm": "winograd_2x2", "threads": 5},
    {"image": (5, 5), "batch": 65, "channels": 17, "filters": 9, "threads": 16},
    *({"values": values, "channels": 17, "filters": 17, "algorithm": a} for values in VALUES for a in ALGORITHMS),
]
CASES = [DEFAULTS | case for case in COVERING + PARTICULAR]


def arguments(function, case):
    seed = sum(case["image"]) + case["channels"] + 7 * case["filters"] + 31 * case["batch"]
    shape = 3, 3, case["channels"], case["filters"]
    x = random_array(seed, (case["batch"], *case["image"], case["channels"]), case["values"])
    kernel = random_array(seed + 1, shape, case["values"])
    bias = random_array(seed + 2, shape[3:], case["values"]) if case["bias"] else None
    dy = random_array(seed + 3, (case["batch"], *output_shape(case), case["filters"]), case["values"])
    geometry = (1, 1), tuple(before for before, _ in case["padding"]), (1, 1), 1, case["algorithm"]
    if function == "conv2d":
        return function, x, kernel, bias, Output(dy.shape), *geometry, RELU[case["relu"]]
    if function == "conv2d_input_gradient":
        return function, dy, kernel, Output(x.shape), *geometry
    return function, x, dy, Output(shape), Output(shape[3:]) if case["bias"] else None, *geometry


@cache
def expected(function, case):
    return call_reference(*arguments(function, dict(case)))


@pytest.mark.parametrize("function", ("conv2d", "conv2d_input_gradient", "conv2d_kernel_gradient"))
@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_native_is_the_reference_bit_for_bit(case, function, instruction_set):
    with threads(case["threads"]):
        assert_same_bits(call_native(*arguments(function, case)), expected(function, tuple(case.items())))


@pytest.mark.parametrize("form", ["packed", "transformed"])
@pytest.mark.parametrize("channels, filters", [(33, 40), (8, 8), (130, 7), (5, 65)])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_weights_packed_or_transformed_change_no_bit(algorithm, channels, filters, form, instruction_set):
    x, kernel = random_array(1, (2, 9, 9, channels)), random_array(2, (3, 3, channels, filters))
    kept = _kernels.pack_conv2d(kernel, 1, algorithm if form == "transformed" else "direct")
    y, geometry = Output((2, 9, 9, filters)), ((1, 1), (1, 1), (1, 1), 1, algorithm, RELU[True])
    with threads(1):
        expected = call_native("conv2d", x, kernel, None, y, *geometry)
    for count in (1, 3):
        with threads(count):
            # Weights other than the kept ones show which of them were read.
            assert_same_bits(call_native("conv2d", x, kernel * 0, None, y, *geometry, kept), expected)


@pytest.mark.parametrize("algorithm", ["winograd_2x2", "winograd_4x4"])
@pytest.mark.parametrize(
    "samples, image", [(1, (1, 3)), (1, (4, 8)), (3, (2, 2)), (1, (7, 7)), (1, (3, 4)), (5, (2, 2))]
)
@pytest.mark.parametrize("channels, filters", [(8, 8), (33, 40), (130, 7), (32, 65)])
def test_few_tiles_of_packed_weights(algorithm, samples, image, channels, filters, instruction_set):
    x, kernel = random_array(1, (samples, *image, channels)), random_array(2, (3, 3, channels, filters))
    y, bias = Output((samples, *image, filters)), random_array(3, (filters,))
    arguments = x, kernel, bias, y, (1, 1), (1, 1), (1, 1), 1, algorithm, RELU[True]
    packed = _kernels.pack_conv2d(kernel, 1)
    expected = call_reference("conv2d", *arguments)
    for count in (1, 3):
        with threads(count):
            assert_same_bits(call_native("conv2d", *arguments, packed), expected)


def test_only_small_transforms_are_kept():
    def kept(channels, algorithm):
        return _kernels.pack_conv2d(np.zeros((3, 3, channels, 64), np.float32), 1, algorithm).nbytes

    assert 36 * 64 * 64 * 4 <= kept(64, "winograd_4x4") <= 1 << 20
    assert kept(512, "winograd_4x4") == kept(512, "direct") == 9 * 512 * 64 * 4


def test_transforms_for_another_algorithm_are_an_error():
    x, kernel, y = random_array(1, (1, 9, 9, 8)), random_array(2, (3, 3, 8, 8)), Output((1, 9, 9, 8))
    kept = _kernels.pack_conv2d(kernel, 1, "winograd_4x4")
    for algorithm in ("direct", "winograd_2x2"):
        with pytest.raises(ValueError, match="own algorithm, got those for winograd_4x4"):
            call_native("conv2d", x, kernel, None, y, (1, 1), (1, 1), (1, 1), 1, algorithm, None, kept)


def test_transforms_of_another_instruction_set_are_not_read():
    x, kernel, y = random_array(1, (1, 9, 9, 9)), random_array(2, (3, 3, 9, 9)), Output((1, 9, 9, 9))
    geometry = (1, 1), (1, 1), (1, 1), 1, "winograd_4x4", None
    expected = call_native("conv2d", x, kernel, None, y, *geometry)
    before = runtime.instruction_set()
    try:
        for making in runtime.supported_instruction_sets():
            runtime.set_instruction_set(making)
            kept = _kernels.pack_conv2d(kernel, 1, "winograd_4x4")
            for running in runtime.supported_instruction_sets():
                runtime.set_instruction_set(running)
                assert_same_bits(call_native("conv2d", x, kernel, None, y, *geometry, kept), expected)
    finally:
        runtime.set_instruction_set(before)
