"""3-D convolution: both backends and a third implementation, plain C from the contract's text."""

import ctypes

import numpy as np
import pytest

from nativecnn import ops
from support import VALUES, all_pairs, assert_same_bits, identifier, random_array

# (before, after) of each axis; what "same" stands for is the business of windows.c and its test.
PADDINGS = (((0, 0), (0, 0), (0, 0)), ((1, 1), (0, 2), (2, 1)))


def outputs(case):
    axes = zip(case["volume"], case["padding"], case["kernel"], case["dilation"], case["strides"], strict=True)
    return tuple(
        (size + before + after - (taps - 1) * dilation - 1) // stride + 1
        for size, (before, after), taps, dilation, stride in axes
    )


CASES = all_pairs(
    lambda **case: min(outputs(case)) >= 1,
    samples=(1, 3),
    volume=((3, 4, 5), (2, 9, 17), (5, 3, 3)),
    kernel=((1, 1, 1), (2, 3, 1), (2, 2, 3)),
    strides=((1, 1, 1), (2, 1, 3)),
    padding=PADDINGS,
    dilation=((1, 1, 1), (1, 2, 1)),
    groups=(1, 2),
    channels=(1, 3),
    filters=(2, 9),
    values=VALUES,
)


class Volumes(ctypes.Structure):
    """``struct volumes`` of conv3d.c."""

    _fields_ = [(name, ctypes.c_int64) for name in ("samples", "channels", "filters", "groups")] + [
        (name, ctypes.c_int64 * 3) for name in ("size", "taps", "stride", "padding", "dilation", "output")
    ]


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_every_pass_is_the_second_opinion_bit_for_bit(case, opinion):
    groups, output = case["groups"], outputs(case)
    channels, filters = groups * case["channels"], groups * case["filters"]
    x = random_array(1, (case["samples"], *case["volume"], channels), case["values"])
    kernel = random_array(2, (*case["kernel"], case["channels"], filters), case["values"])
    bias = random_array(3, (filters,), case["values"])
    dy = random_array(4, (case["samples"], *output, filters), case["values"])
    y, dx, dkernel, dbias = (np.empty_like(array) for array in (dy, x, kernel, bias))
    before = tuple(side[0] for side in case["padding"])
    axes = (case["volume"], case["kernel"], case["strides"], before, case["dilation"], output)
    volumes = ctypes.byref(Volumes(case["samples"], channels, filters, groups, *axes))
    library = opinion._library
    library.conv3d(volumes, pointer(x), pointer(kernel), pointer(bias), pointer(y))
    library.conv3d_input_gradient(volumes, pointer(dy), pointer(kernel), pointer(dx))
    library.conv3d_kernel_gradient(volumes, pointer(x), pointer(dy), pointer(dkernel), pointer(dbias))
    settings = {name: case[name] for name in ("strides", "padding", "groups")} | {"dilation_rate": case["dilation"]}
    for backend in ("native", "reference"):
        with ops.use_backend(backend), np.errstate(all="ignore"):
            results = [ops.conv3d(x, kernel, bias, **settings), *ops.conv3d_backward(dy, x, kernel, **settings)]
        assert_same_bits(results, [y, dx, dkernel, dbias])
