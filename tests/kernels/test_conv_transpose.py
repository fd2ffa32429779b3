"""Transposed convolution and the gradient of a bias, native against reference; the rest are kernels of test_conv.py."""

import numpy as np
import pytest

from nativecnn._kernels.threads import threads
from nativecnn.epilogue import Epilogue
from nativecnn.ops.conv_transpose import conv2d_transpose_geometry
from support import VALUES, Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array

DEFAULTS = {
    "batch": 1,
    "image": (5, 6),
    "channels": 3,  # of a group
    "filters": 4,  # of a group
    "kernel": (3, 3),
    "strides": (1, 1),
    "padding": "valid",
    "dilation": (1, 1),
    "groups": 1,
    "bias": True,
    "after": None,
    "algorithm": "direct",
    "values": "plain",
    "threads": 2,
}
COVERING = all_pairs(
    batch=(1, 2, 5),
    image=((1, 1), (1, 9), (4, 5), (8, 3)),
    channels=(1, 2, 7, 8, 17, 33),
    filters=(1, 2, 3, 8, 9, 16, 17, 35),
    kernel=((1, 1), (3, 3), (2, 5), (4, 1)),
    strides=((1, 1), (2, 2), (3, 1), (4, 5)),  # with some pixels of the output that no tap reaches
    padding=("valid", "same"),
    dilation=((1, 1), (2, 1)),
    groups=(1, 2),
    bias=(True, False),
    after=(None, "relu", "all"),
    values=VALUES,
    threads=(1, 3),
)
PARTICULAR = [
    # depthwise: its kernels take bias and ReLU too
    *(
        {"groups": n, "channels": 1, "filters": 1, "after": ("all", None)[n % 2], "batch": 2}
        for n in (2, 8, 17, 33, 64)
    ),
    {"groups": 9, "channels": 1, "filters": 1, "strides": (2, 2), "image": (4, 5), "values": "special"},
    {"groups": 5, "channels": 1, "filters": 3},
    # vectors of positions, and windows of few channels
    {"filters": 2, "channels": 12, "image": (9, 20), "after": "all"},
    {"filters": 40, "channels": 2, "image": (9, 20), "strides": (1, 2)},
    {"filters": 70, "channels": 300, "image": (3, 4), "kernel": (2, 2), "values": "cancelling"},
    *(
        {"algorithm": algorithm, "image": image, "channels": 9, "filters": filters, "after": after, "padding": padding}
        for algorithm, image in (("winograd_2x2", (3, 5)), ("winograd_4x4", (9, 8)))
        for filters, after, padding in ((1, "relu", "same"), (17, None, "valid"), (33, "all", "valid"))
    ),
]
CASES = [DEFAULTS | case for case in COVERING + PARTICULAR]


def arguments(case):
    groups = case["groups"]
    image = (*case["image"], case["channels"] * groups)
    kernel = (*case["kernel"], case["filters"], image[2])
    geometry = conv2d_transpose_geometry(
        image, kernel, case["strides"], case["padding"], None, case["dilation"], groups, "direct"
    )
    bias = random_array(3, (case["filters"] * groups,), case["values"]) if case["bias"] else None
    output = (case["batch"], *geometry.output, case["filters"] * groups)
    epilogue = Epilogue(
        random_array(4, output[3:]), random_array(5, output[3:]), random_array(6, output, case["values"]), "relu6"
    )
    return (
        "conv2d_transpose",
        random_array(1, (case["batch"], *image), case["values"]),
        random_array(2, kernel, case["values"]),
        bias,
        Output(output),
        *geometry.kernel_arguments[:-1],
        case["algorithm"],
        {"relu": Epilogue(activation="relu"), "all": epilogue}.get(case["after"]),
    )


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_the_transposed_convolution_is_the_reference_bit_for_bit(case, instruction_set):
    with threads(case["threads"]):
        assert_same_bits(call_native(*arguments(case)), call_reference(*arguments(case)))


def test_pixels_that_no_tap_reaches_are_the_bias(instruction_set):
    case = DEFAULTS | {"strides": (4, 5), "image": (3, 2), "values": "special"}
    name, x, kernel, _, y, *rest = arguments(case)
    bias = np.float32([-0.0, 1.5, np.inf, -2])
    (y,) = call_native(name, x, kernel, bias, y, *rest)
    assert_same_bits(y[:, 3, :], np.broadcast_to(np.float32([0.0, 1.5, np.inf, -2]), y[:, 3, :].shape))
    (rectified,) = call_native(name, x, kernel, bias, Output(y.shape), *rest[:-1], Epilogue(activation="relu"))
    assert_same_bits(rectified[:, 3, 0], np.broadcast_to(np.float32([0.0, 1.5, np.inf, 0]), rectified[:, 3, 0].shape))


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize(
    "shape", [(1, 1, 1, 1), (0, 3, 3, 5), (3, 1, 257, 7), (5, 12, 11, 33), (40, 2, 3, 70)], ids=str
)
def test_the_gradient_of_a_bias_is_the_reference_bit_for_bit(shape, values, instruction_set):
    dy = random_array(1, shape, values)
    expected = call_reference("bias_gradient", dy, Output(shape[3:]))
    for count in (1, 3):
        with threads(count):
            assert_same_bits(call_native("bias_gradient", dy, Output(shape[3:])), expected)
