"""Max and average pooling and their gradients, native against reference."""

from functools import cache

import numpy as np
import pytest

from nativecnn._kernels.threads import threads
from nativecnn.ops.pooling import pooling_geometry
from support import Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array

FUNCTIONS = ["max_pool2d", "max_pool2d_gradient", "average_pool2d", "average_pool2d_gradient"]
OF_VOLUMES = {
    "max_pool2d": "max_pool3d",
    "max_pool2d_gradient": "max_pool3d_gradient",
    "average_pool2d": "average_pool3d",
    "average_pool2d_gradient": "average_pool3d_gradient",
}
WITH_RELU = "max_pool2d_gradient of what ReLU made x of"

# "equal": many pixels of a window are its maximum; "zeros": of either sign; "nan": several in a window
VALUES = ("plain", "cancelling", "tiny", "huge", "special", "equal", "zeros", "nan")


def geometry(case):
    return pooling_geometry(case["image"], case["pool_size"], case["strides"], case["padding"], case["ceil_mode"])


def possible(**case):
    try:
        geometry(case)
    except ValueError:
        return False
    return True


CASES = all_pairs(
    possible,
    batch=(0, 1, 2, 5),
    image=((1, 1), (1, 9), (7, 1), (4, 4), (7, 7), (5, 8)),
    channels=(0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33),
    pool_size=((1, 1), (2, 2), (3, 3), (2, 3), (5, 1), (4, 4), (7, 7)),
    strides=((1, 1), (2, 2), (3, 1), (2, 3), (5, 4)),
    padding=("valid", "same", 1, ((1, 0), (0, 1)), ((0, 2), (3, 1))),
    ceil_mode=(False, True),
    values=VALUES,
    threads=(1, 2, 3, 5, 16),
) + [
    {
        "batch": 2,
        "image": (5, 4),
        "channels": channels,
        "pool_size": (3, 2),
        "strides": (2, 1),
        "padding": "same",
        "ceil_mode": True,
        "values": values,
        "threads": 3,
    }
    # around the channels whose maxima the gradient keeps at a time
    for channels in (127, 128, 129, 257)
    for values in ("equal", "special")
]


def array(seed, shape, values):
    if values in ("equal", "zeros", "nan"):
        few = {"equal": [1, 2, -1], "zeros": [0.0, -0.0], "nan": [np.nan, np.inf, -np.inf, 1]}[values]
        return np.random.default_rng(seed).choice(np.array(few, np.float32), shape)
    return random_array(seed, shape, values)


def arguments(function, case):
    layout = geometry(case)
    seed = case["channels"] + 5 * case["batch"] + 7 * sum(case["image"])
    x = array(seed, (case["batch"], *case["image"], case["channels"]), case["values"])
    gradient_values = "zeros" if case["values"] == "zeros" else "special" if case["values"] == "nan" else "cancelling"
    dy = array(seed + 1, (case["batch"], *layout.output, case["channels"]), gradient_values)
    if function == "average_pool2d_gradient":
        return function, dy, Output(x.shape), *layout.kernel_arguments
    if function in ("max_pool2d_gradient", WITH_RELU):
        return "max_pool2d_gradient", dy, x, Output(x.shape), *layout.kernel_arguments, function == WITH_RELU
    return function, x, Output(dy.shape), *layout.kernel_arguments


@cache
def expected(function, case):
    return call_reference(*arguments(function, dict(case)))


@pytest.mark.parametrize("case", CASES, ids=identifier)
@pytest.mark.parametrize("function", [*FUNCTIONS, WITH_RELU])
def test_bits_are_the_reference_s(function, case, instruction_set):
    with threads(case["threads"]):
        assert_same_bits(call_native(*arguments(function, case)), expected(function, tuple(case.items())))


VOLUMES = all_pairs(
    possible,
    batch=(0, 1, 3),
    image=((1, 1, 1), (4, 4, 4), (5, 3, 6), (1, 7, 7), (6, 1, 2)),
    channels=(0, 1, 3, 8, 17, 33),
    pool_size=((1, 1, 1), (2, 2, 2), (3, 3, 3), (1, 3, 2), (3, 1, 1), (4, 4, 4)),
    strides=((1, 1, 1), (2, 2, 2), (3, 1, 2), (1, 2, 3)),
    padding=("valid", "same", ((1, 0), (0, 1), (1, 1))),
    ceil_mode=(False, True),
    values=VALUES,
    threads=(1, 2, 5),
)


@pytest.mark.parametrize("case", VOLUMES, ids=identifier)
@pytest.mark.parametrize("function", [*FUNCTIONS, WITH_RELU])
def test_bits_of_volumes_are_the_reference_s(function, case, instruction_set, threads_for_any_work):
    function, *rest = arguments(function, case)
    function = OF_VOLUMES[function]
    with threads(case["threads"]):
        assert_same_bits(call_native(function, *rest), call_reference(function, *rest))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_volume_of_one_plane_is_an_image(function, instruction_set):
    case = {"image": (7, 5), "pool_size": (3, 2), "strides": (2, 1), "padding": ((1, 0), (0, 1)), "ceil_mode": True}
    name, *rest = arguments(function, case | {"batch": 2, "channels": 9, "values": "special"})
    expected = call_native(name, *rest)
    arrays = [
        Output((2, 1, *a.shape[1:])) if isinstance(a, Output) else a[:, None] for a in rest if hasattr(a, "shape")
    ]
    windows = [(extra, *part) for extra, part in zip((1, 1, 0), filter(is_tuple, rest), strict=True)]
    actual = call_native(OF_VOLUMES[name], *arrays, *windows)
    assert_same_bits([y[:, 0] for y in actual], expected)


def is_tuple(argument):
    return type(argument) is tuple
