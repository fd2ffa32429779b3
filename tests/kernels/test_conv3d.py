"""3-D convolution and both gradients, native against reference."""

from functools import cache

import pytest

from nativecnn import _kernels
from nativecnn._kernels.threads import threads
from nativecnn.epilogue import Epilogue
from nativecnn.ops.conv3d import conv3d_geometry
from support import VALUES, Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array

DEFAULTS = {
    "batch": 1,
    "volume": (3, 4, 5),
    "channels": 3,  # of a group
    "filters": 4,  # of a group
    "kernel": (3, 3, 3),
    "strides": (1, 1, 1),
    "padding": "same",
    "dilation": (1, 1, 1),
    "groups": 1,
    "bias": True,
    "values": "plain",
    "threads": 2,
}


def geometry(case):
    volume = (*case["volume"], case["channels"] * case["groups"])
    kernel = (*case["kernel"], case["channels"], case["filters"] * case["groups"])
    return conv3d_geometry(volume, kernel, case["strides"], case["padding"], case["dilation"], case["groups"])


def possible(**case):
    case = DEFAULTS | case
    try:
        return min(geometry(case).output) >= 1
    except ValueError:
        return False


COVERING = all_pairs(
    possible,
    batch=(0, 1, 3),
    volume=((1, 1, 1), (2, 3, 9), (5, 4, 3), (3, 1, 17)),
    channels=(1, 2, 3, 8, 16, 17),
    filters=(1, 2, 7, 8, 17, 33),
    kernel=((1, 1, 1), (3, 3, 3), (2, 1, 3), (1, 4, 2), (3, 2, 1)),
    strides=((1, 1, 1), (2, 2, 2), (1, 3, 1), (3, 1, 2), (1, 1, 2)),
    padding=("valid", "same", ((1, 2), (0, 1), (2, 0))),
    dilation=((1, 1, 1), (2, 1, 1), (1, 2, 3)),
    groups=(1, 2),
    bias=(True, False),
    values=VALUES,
    threads=(1, 2, 5),
)
PARTICULAR = [
    # depthwise, and several filters of each channel
    *(
        {"groups": n, "channels": 1, "filters": 1, "kernel": kernel, "values": values}
        for n, kernel, values in ((2, (3, 3, 3), "special"), (17, (2, 1, 2), "plain"), (33, (2, 1, 1), "tiny"))
    ),
    {"groups": 5, "channels": 1, "filters": 1, "strides": (2, 1, 2), "volume": (5, 6, 7), "kernel": (2, 2, 2)},
    {"groups": 5, "channels": 1, "filters": 3, "kernel": (2, 2, 2)},
    # rows long enough to be copied, vectors of positions, sums of several stretches
    {"channels": 2, "filters": 20, "volume": (3, 3, 40)},
    {"channels": 20, "filters": 2, "volume": (3, 3, 20), "strides": (2, 2, 1)},
    {"channels": 70, "filters": 9, "values": "cancelling"},
    {"channels": 300, "filters": 5, "kernel": (2, 1, 1), "volume": (3, 2, 3)},
    # runs of several samples, of planes' rows, around their boundaries
    *({"volume": v, "kernel": (1, 1, 1), "batch": n} for v, n in (((2, 4, 8), 5), ((4, 8, 16), 2), ((3, 43, 2), 2))),
    {"volume": (2, 5, 300), "kernel": (1, 2, 2), "channels": 1, "padding": "valid", "values": "cancelling"},
    # windows larger than the volume, pixels without a gradient
    {"volume": (1, 1, 2), "kernel": (3, 3, 3), "padding": ((2, 2), (1, 1), (4, 0))},
    {"volume": (5, 6, 7), "kernel": (1, 1, 1), "strides": (3, 4, 2), "padding": "valid"},
    {"volume": (6, 6, 6), "kernel": (2, 2, 2), "strides": (3, 3, 3), "dilation": (3, 2, 1), "batch": 2},
]
CASES = [DEFAULTS | case for case in COVERING + PARTICULAR]


def arrays(case):
    groups = case["groups"]
    x = random_array(1, (case["batch"], *case["volume"], case["channels"] * groups), case["values"])
    kernel = random_array(2, (*case["kernel"], case["channels"], case["filters"] * groups), case["values"])
    bias = random_array(3, kernel.shape[4:], case["values"]) if case["bias"] else None
    dy = random_array(4, (case["batch"], *geometry(case).output, kernel.shape[4]), case["values"])
    return x, kernel, bias, dy


def arguments(function, case):
    (x, kernel, bias, dy), settings = arrays(case), geometry(case).kernel_arguments
    if function == "conv3d":
        return function, x, kernel, bias, Output(dy.shape), *settings
    if function == "conv3d_input_gradient":
        return function, dy, kernel, Output(x.shape), *settings
    return function, x, dy, Output(kernel.shape), Output(kernel.shape[4:]) if case["bias"] else None, *settings


@cache
def expected(function, case):
    return call_reference(*arguments(function, dict(case)))


@pytest.mark.parametrize("function", ["conv3d", "conv3d_input_gradient", "conv3d_kernel_gradient"])
@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_each_pass_is_the_reference_bit_for_bit(case, function, instruction_set):
    with threads(case["threads"]):
        assert_same_bits(call_native(*arguments(function, case)), expected(function, tuple(case.items())))


@pytest.mark.parametrize("case", CASES[::4], ids=identifier)
def test_packed_weights_and_epilogues_are_the_reference_bit_for_bit(case, instruction_set):
    _, kernel, _, dy = arrays(case)
    filters = dy.shape[4:]
    epilogue = Epilogue(random_array(5, filters), random_array(6, filters), random_array(7, dy.shape), "relu")
    wanted = call_reference(*arguments("conv3d", case), epilogue)
    for packed in (None, _kernels.pack_conv2d(kernel.reshape(-1, *kernel.shape[2:]), case["groups"])):
        assert_same_bits(call_native(*arguments("conv3d", case), None, packed), expected("conv3d", tuple(case.items())))
        assert_same_bits(call_native(*arguments("conv3d", case), epilogue, packed), wanted)


def test_a_volume_of_one_plane_is_an_image(instruction_set):
    x, kernel, bias = random_array(1, (2, 1, 9, 8, 5)), random_array(2, (1, 3, 2, 5, 9)), random_array(3, (9,))
    (y,) = call_native("conv3d", x, kernel, bias, Output((2, 1, 7, 7, 9)), (1, 1, 1), (0, 0, 0), (1, 1, 1), 1)
    image = x[:, 0], kernel[0], bias, Output((2, 7, 7, 9)), (1, 1), (0, 0), (1, 1), 1
    assert_same_bits(y[:, 0], call_native("conv2d", *image)[0])
