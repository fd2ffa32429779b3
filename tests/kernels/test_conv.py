"""Convolution and both gradients, native against reference."""

from functools import cache

import pytest

from nativecnn import _kernels, reference
from nativecnn._kernels import runtime
from nativecnn._kernels.threads import threads
from nativecnn.epilogue import Epilogue
from nativecnn.reference.sums import image_runs
from support import VALUES, Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array

RELU = Epilogue(activation="relu")
CHANNELS = (1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33)
THREADS = (1, 2, 3, 5, 16)


def tile_sizes():
    """Return pixels and filters of each instruction set's register tile."""
    before = runtime.instruction_set()
    sizes = []
    for name in runtime.supported_instruction_sets():
        runtime.set_instruction_set(name)
        sizes.append(runtime.tile_sizes())
    runtime.set_instruction_set(before)
    return sizes


def around(sizes):
    return tuple(sorted({size + difference for size in sizes for difference in (-1, 0, 1)}))


def output_shape(case):
    """Return rows and columns of the output; not positive where the kernel does not fit."""
    (top, bottom), (left, right) = case["padding"]
    sides = zip(
        case["image"], ((top + bottom), (left + right)), case["kernel"], case["dilation"], case["strides"], strict=True
    )
    return tuple(
        (size + padding - (taps - 1) * dilation - 1) // stride + 1 for size, padding, taps, dilation, stride in sides
    )


DEFAULTS = {
    "batch": 1,
    "image": (5, 6),
    "channels": 3,  # of a group
    "filters": 4,  # of a group
    "kernel": (3, 3),
    "strides": (1, 1),
    "padding": ((0, 0), (0, 0)),
    "dilation": (1, 1),
    "groups": 1,
    "bias": True,
    "values": "plain",
    "threads": 2,
}


def fits(**case):
    return min(output_shape(case)) >= 1


def possible(**case):
    size = case["channels"] * case["filters"] * case["groups"] * case["kernel"][0] * case["kernel"][1]
    return fits(**case) and size * case["batch"] <= 20000


COVERING = all_pairs(
    possible,
    batch=(0, 1, 2, 5),
    image=((1, 1), (1, 13), (4, 4), (5, 7), (6, 15), (9, 3)),
    channels=CHANNELS,
    filters=CHANNELS,
    kernel=((1, 1), (3, 3), (2, 5), (4, 1), (1, 2)),
    strides=((1, 1), (2, 2), (3, 1), (4, 5)),
    padding=(((0, 0), (0, 0)), ((1, 1), (1, 1)), ((2, 0), (0, 3)), ((0, 3), (4, 1)), ((5, 5), (6, 6))),
    dilation=((1, 1), (2, 1), (3, 2)),
    groups=(1, 2, 3),
    bias=(True, False),
    values=VALUES,
    threads=THREADS,
)

PARTICULAR = [
    # widths around the register tile, and around a task's block of positions
    *({"image": (1, width), "kernel": (1, 1), "filters": 9} for width in around(tile[0] for tile in tile_sizes())),
    *({"image": (3, width), "kernel": (2, 2), "threads": 3} for width in around(tile[0] for tile in tile_sizes())),
    *({"image": (1, w), "kernel": (1, 2), "channels": 2} for w in (107, 108, 109, 111, 112, 113, 114, 225)),
    # numbers of filters around one tile and around eight of them
    *({"filters": n, "kernel": (1, 1), "batch": 2} for n in around(tile[1] for tile in tile_sizes())),
    *({"filters": n, "kernel": (1, 2), "channels": 2, "image": (3, 9)} for n in around(8 * t[1] for t in tile_sizes())),
    {"filters": 300, "kernel": (1, 1), "image": (9, 30), "threads": 5},
    # sums longer than one stretch: many channels, and several segments of fewer
    *({"channels": n, "kernel": (1, 1), "filters": 5, "image": (3, 5)} for n in (255, 256, 257, 511, 513, 600)),
    *({"channels": n, "filters": 17, "image": (4, 5), "values": "cancelling"} for n in (28, 29, 85, 86, 127, 129)),
    {"channels": 258, "kernel": (2, 2), "filters": 3, "image": (3, 4), "threads": 3},
    {"channels": 15, "kernel": (5, 7), "filters": 33, "image": (6, 9), "padding": ((2, 2), (3, 3))},
    # kernel gradients whose result takes several blocks of kernel rows, and of filters
    {"channels": 40, "filters": 130, "image": (4, 4), "threads": 3},
    {"channels": 64, "filters": 66, "image": (4, 5), "padding": ((1, 1), (1, 1)), "threads": 5},
    {"channels": 11, "filters": 260, "kernel": (4, 4), "image": (5, 5)},
    # kernel gradients of small windows, which are one tile, and of few channels, read from a copy with edges
    *(
        {"channels": 1, "filters": n, "kernel": (size, size), "padding": (edge, edge), "batch": 2, "image": (9, 31)}
        for n in (1, 6, 8, 9, 16, 17, 32, 33)
        for size, edge in ((3, (1, 1)), (5, (2, 2)), (3, (0, 0)))
    ),
    {"channels": 1, "filters": 6, "kernel": (5, 5), "padding": ((2, 2), (2, 2)), "image": (7, 9), "batch": 9},
    {"channels": 3, "filters": 8, "padding": ((1, 1), (1, 1)), "strides": (2, 2), "image": (9, 9), "batch": 40},
    {"channels": 2, "filters": 9, "dilation": (3, 1), "padding": ((3, 2), (0, 2)), "image": (11, 8), "threads": 3},
    {"channels": 1, "filters": 3, "kernel": (3, 3), "bias": False, "image": (12, 30), "values": "special"},
    # segments around one and two tiles of kernel rows, few and many filters
    *(
        {"channels": n, "filters": filters, "kernel": (1, 2), "image": (2, 5), "bias": bias}
        for n, bias in zip(
            (3, 4, 5, 6, 11, 12, 13, 14, 15, 27, 28, 29, 30, 56, 57), (True, True, False) * 5, strict=True
        )
        for filters in (3, 20)
    ),
    # rows of more pixels than a strip
    *({"channels": n, "image": (2, 700), "kernel": (2, 2), "padding": ((0, 1), (1, 0)), "filters": 5} for n in (1, 17)),
    # kernels larger than the image, which padding alone makes fit
    {"image": (1, 1), "kernel": (3, 3), "padding": ((1, 1), (1, 1)), "batch": 5},
    {"image": (1, 1), "kernel": (5, 7), "padding": ((2, 2), (3, 3)), "channels": 17},
    {"image": (2, 3), "kernel": (7, 5), "padding": ((5, 0), (0, 2)), "filters": 9},
    {"image": (2, 2), "kernel": (2, 2), "padding": ((9, 9), (9, 9)), "strides": (3, 2)},
    {"image": (2, 2), "kernel": (1, 1), "padding": ((4, 3), (2, 5)), "values": "special"},
    # strides larger than the kernel: some input pixels have no gradient
    {"image": (11, 13), "kernel": (2, 2), "strides": (5, 4), "batch": 2},
    {"image": (3, 3), "kernel": (1, 1), "strides": (7, 7)},
    {"image": (9, 9), "kernel": (3, 3), "strides": (2, 3), "dilation": (2, 3), "padding": ((1, 2), (0, 1))},
    {"image": (12, 12), "kernel": (3, 3), "strides": (4, 6), "dilation": (6, 4), "padding": ((3, 4), (1, 2))},
    # windows whole pages apart
    {"channels": 1024, "kernel": (1, 1), "image": (5, 6), "filters": 5},
    {"channels": 512, "kernel": (1, 1), "image": (5, 30), "strides": (2, 2), "filters": 40},
    # few channels: rows shorter and longer than those that are copied; more rows than a task copies
    *({"channels": 3, "image": (4, w), "kernel": (2, 3), "padding": ((1, 1), (1, 1)), "filters": 6} for w in (6, 7, 8)),
    {"channels": 2, "image": (5, 40), "kernel": (3, 3), "strides": (3, 2), "padding": ((4, 4), (45, 3)), "groups": 2},
    {"channels": 15, "image": (9, 300), "kernel": (3, 2), "dilation": (2, 3), "filters": 2, "threads": 3},
    {"channels": 1, "image": (3, 7000), "kernel": (2, 2), "filters": 1},
    # few filters: vectors of positions, forward and backward
    {"channels": 9, "filters": 3, "groups": 2, "image": (9, 20), "strides": (3, 1), "dilation": (1, 2), "batch": 2},
    {"channels": 70, "filters": 2, "image": (3, 12), "kernel": (2, 2), "padding": ((5, 5), (15, 9)), "threads": 3},
    {"channels": 40, "filters": 5, "image": (20, 44), "values": "cancelling", "bias": False},
    {"channels": 3, "filters": 65, "image": (11, 29), "strides": (2, 2), "padding": ((1, 1), (1, 1)), "batch": 2},
    # many short tasks for many threads
    {"image": (30, 31), "channels": 1, "filters": 5, "threads": 16},
    {"image": (6, 6), "filters": 40, "channels": 9, "batch": 3, "threads": 16, "values": "cancelling"},
    # many groups
    {"groups": 7, "channels": 3, "filters": 5, "batch": 2, "bias": False},
    {"groups": 16, "channels": 2, "filters": 17, "kernel": (1, 1)},
    # what an image of zeros does to infinite weights, and an infinite image to weights of zero
    {"image": (3, 3), "padding": ((1, 1), (1, 1)), "values": "special", "channels": 17, "filters": 17},
]

# One channel a group: depthwise has kernels of its own; with several filters a group it has not.
DEPTHWISE = [
    *({"groups": n, "batch": 2, "threads": 3} for n in CHANNELS if n > 1),
    *({"groups": n, "kernel": (1, 1), "image": (2, 9)} for n in (15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129)),
    *({"groups": n, "kernel": (1, 2), "image": (2, 5), "threads": 5} for n in (255, 256, 257, 520)),
    {"groups": 17, "image": (9, 15), "threads": 3},
    {"groups": 5, "image": (20, 20), "strides": (2, 2), "padding": ((0, 1), (0, 1)), "values": "cancelling"},
    {"groups": 35, "image": (7, 7), "kernel": (5, 5), "padding": ((2, 2), (2, 2)), "dilation": (1, 2), "batch": 2},
    {"groups": 9, "image": (1, 1), "padding": ((1, 1), (1, 1)), "batch": 300, "kernel": (3, 3)},
    {"groups": 9, "image": (5, 5), "strides": (4, 3), "kernel": (2, 2), "bias": False},
    {"groups": 9, "image": (8, 9), "strides": (2, 3), "dilation": (3, 2), "kernel": (2, 3)},
    # rows of more pixels than a tile, columns around the pixels that are computed together
    *({"groups": n, "image": (3, 300), "padding": ((1, 1), (1, 1)), "threads": 3} for n in (1 + 16, 40)),
    *({"groups": 33, "image": (4, n), "padding": ((1, 1), (1, 1)), "batch": 2} for n in (2, 3, 4, 5, 7, 8, 9, 13)),
    *(
        {"groups": 50, "image": (9, n), "padding": ((1, 1), (0, 1)), "strides": (2, 2), "values": "special"}
        for n in (3, 6, 7, 8, 9, 10, 14, 17)
    ),
    *({"groups": 19, "kernel": (r, s), "image": (7, 8), "batch": 3} for r in (1, 2, 3, 4, 7) for s in (1, 2, 3, 5)),
    {"groups": 300, "image": (5, 6), "batch": 50, "threads": 5, "values": "cancelling"},
    {"groups": 8, "batch": 0},
    *({"groups": 37, "image": (6, 5), "padding": ((1, 0), (2, 1)), "values": values} for values in VALUES),
    *({"groups": n, "filters": 2, "batch": 2} for n in (2, 3, 8, 17)),
    {"groups": 9, "filters": 5, "strides": (2, 2), "padding": ((1, 1), (1, 1))},
]

IMAGES = (
    (1, 1),
    (1, 127),
    (127, 1),
    (8, 16),
    (2, 64),
    (1, 129),
    (43, 3),
    (16, 16),
    (1, 257),
    (257, 1),
    (32, 33),
    (3, 400),
)


def batch_of_runs(image, runs):
    """Return the smallest batch with at least so many runs, ending in a short run where that is possible."""
    batch = 1
    while len(image_runs(batch, *image)) - 1 < runs:
        batch += 1
    return batch


def run_boundary_cases():
    cases = {}
    for number, runs in enumerate((1, 2, 3, 5, 7, 8)):
        for image in IMAGES:
            case = {
                "image": image,
                "batch": batch_of_runs(image, runs),
                "kernel": (1, 1),
                "filters": (5, 2, 9)[number % 3],
                "values": ("plain", "cancelling")[number % 2],
                "threads": (1, 3, 16)[number % 3],
            }
            if case["batch"] * image[0] * image[1] <= 2600:
                cases[identifier(case)] = case
    return list(cases.values())


def completed(cases, **defaults):
    cases = [DEFAULTS | defaults | case for case in cases]
    assert all(fits(**case) for case in cases)
    return cases


CASES = completed(COVERING) + completed(PARTICULAR) + completed(DEPTHWISE, channels=1, filters=1)
RUN_CASES = completed(run_boundary_cases()) + completed(run_boundary_cases()[::3], channels=1, filters=1, groups=7)


def arrays(case):
    seed = sum(case["image"]) + case["channels"] + 7 * case["filters"] + 31 * case["batch"]
    groups = case["groups"]
    kernel_shape = (*case["kernel"], case["channels"], case["filters"] * groups)
    x = random_array(seed, (case["batch"], *case["image"], case["channels"] * groups), case["values"])
    kernel = random_array(seed + 1, kernel_shape, case["values"])
    bias = random_array(seed + 2, kernel_shape[3:], case["values"]) if case["bias"] else None
    dy = random_array(seed + 3, (case["batch"], *output_shape(case), kernel_shape[3]), case["values"])
    return x, kernel, bias, dy


def arguments(function, case):
    x, kernel, bias, dy = arrays(case)
    geometry = case["strides"], tuple(before for before, _ in case["padding"]), case["dilation"], case["groups"]
    if function == "conv2d":
        return function, x, kernel, bias, Output(dy.shape), *geometry
    if function == "conv2d_input_gradient":
        return function, dy, kernel, Output(x.shape), *geometry
    return function, x, dy, Output(kernel.shape), Output(kernel.shape[3:]) if case["bias"] else None, *geometry


@cache
def expected(function, case):
    return call_reference(*arguments(function, dict(case)))


def check(function, case):
    with threads(case["threads"]):
        assert_same_bits(call_native(*arguments(function, case)), expected(function, tuple(case.items())))


def check_forward(case):
    """Hold conv2d to the reference with and without relu and packed weights."""
    (y,) = expected("conv2d", tuple(case.items()))
    (relu_of_y,) = call_reference("relu", y, Output(y.shape))
    kernel = arrays(case)[1]
    with threads(case["threads"]):
        for packed in (None, _kernels.pack_conv2d(kernel, case["groups"])):
            assert_same_bits(call_native(*arguments("conv2d", case), "direct", None, packed), [y])
            assert_same_bits(call_native(*arguments("conv2d", case), "direct", RELU, packed), [relu_of_y])


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_forward_is_the_reference_bit_for_bit(case, instruction_set):
    check_forward(case)


@pytest.mark.parametrize("channels", (3, 17, 300), ids="{} channels".format)  # by rows, by taps, in several stretches
@pytest.mark.parametrize("positions", range(1, 30), ids="{} positions".format)
def test_tiles_of_any_size_are_the_reference_bit_for_bit(positions, channels, instruction_set):
    # Up to 28 positions are one tile; widths are those of one vector, of two, and parts of them.
    for filters in (3, 8, 11, 16, 19, 32):
        check_forward(
            DEFAULTS
            | {"image": (1, positions), "kernel": (1, 1), "channels": channels, "filters": filters, "threads": 1}
        )


@pytest.mark.parametrize("filters", range(1, 9), ids="{} filters".format)
def test_vectors_of_positions_are_the_reference_bit_for_bit(filters, instruction_set):
    for width in (7, 8, 9, 15, 16, 17, 31, 32, 33):
        for height in (1, 2, 5, 7):
            check_forward(
                DEFAULTS
                | {"image": (height, width), "kernel": (3, 3), "channels": 8, "filters": filters, "threads": 1}
                | {"padding": ((1, 1), (1, 1))}
            )


def test_packed_weights_of_another_instruction_set_are_not_read():
    case = DEFAULTS | {"filters": 40, "channels": 17, "groups": 2}
    before = runtime.instruction_set()
    try:
        for packing in runtime.supported_instruction_sets():
            runtime.set_instruction_set(packing)
            packed = _kernels.pack_conv2d(arrays(case)[1], 2)
            for running in runtime.supported_instruction_sets():
                runtime.set_instruction_set(running)
                y = call_native(*arguments("conv2d", case), "direct", None, packed)
                assert_same_bits(y, expected("conv2d", tuple(case.items())))
    finally:
        runtime.set_instruction_set(before)


def test_packed_weights_of_another_kernel_are_an_error():
    case = DEFAULTS | {"filters": 8}
    kernel = arrays(case)[1]
    for packed in (_kernels.pack_conv2d(kernel[:2].copy(), 1), _kernels.pack_conv2d(kernel, 2)):
        with pytest.raises(ValueError, match=r"^conv2d: expected packed weights of .* \(1, 3, 3, 27, 8\), got \("):
            call_native(*arguments("conv2d", case), "direct", None, packed)


def test_packed_weights_are_whole_blocks_of_filters(instruction_set):
    _, filters = runtime.tile_sizes()
    kernel = random_array(0, (2, 3, 5, filters + 1))
    assert _kernels.pack_conv2d(kernel, 1).nbytes == 2 * 3 * 5 * 2 * filters * 4


def test_depthwise_weights_and_the_reference_s_are_not_packed():
    assert _kernels.pack_conv2d(random_array(0, (3, 3, 1, 8)), 8) is None
    assert reference.pack_conv2d(random_array(0, (3, 3, 5, 8)), 1) is None


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_input_gradient_is_the_reference_bit_for_bit(case, instruction_set):
    check("conv2d_input_gradient", case)


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_kernel_gradient_is_the_reference_bit_for_bit(case, instruction_set):
    check("conv2d_kernel_gradient", case)


@pytest.mark.parametrize("case", RUN_CASES, ids=identifier)
def test_kernel_gradient_over_run_boundaries_is_the_reference_bit_for_bit(case, instruction_set):
    check("conv2d_kernel_gradient", case)


def test_products_that_underflow_leave_negative_zeros(instruction_set):
    # -2^-100 · 2^-100 is nearest to -0, and +0 + that is rounded once: -0 it stays.
    x = random_array(0, (1, 2, 2, 1)) * 0 - 2.0**-100
    kernel = x[:1, :1, :1] * 0 + 2.0**-100
    geometry = (1, 1), (0, 0), (1, 1), 1
    (y,) = call_native("conv2d", x, kernel, None, Output((1, 2, 2, 1)), *geometry)
    assert (y == 0).all()
    assert_same_bits(y, -abs(y))
    assert_same_bits(call_reference("conv2d", x, kernel, None, Output((1, 2, 2, 1)), *geometry), [y])
