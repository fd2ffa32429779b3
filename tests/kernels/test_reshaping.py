"""Values that move, native against reference."""

import itertools

import numpy as np
import pytest

from nativecnn._kernels.threads import threads
from support import Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array

SHAPES = ((1,), (6,), (1, 1), (5, 4), (70, 3), (2, 3, 4), (1, 5, 1), (0, 2))
FRAMES = all_pairs(
    samples=(0, 1, 3),
    shape=SHAPES,
    channels=(0, 1, 3, 16, 33, 300),
    before=(0, 1, 3),
    after=(0, 1, 2),
    threads=(1, 2, 5),
)


def check(function, *arguments, used_threads):
    with threads(used_threads):
        actual = call_native(function, *arguments)
    assert_same_bits(actual, call_reference(function, *arguments))


@pytest.mark.parametrize("case", FRAMES, ids=identifier)
def test_padding_and_cropping(case, threads_for_any_work):
    # Another width for each axis, so that none is mistaken for another.
    before = tuple(case["before"] + axis for axis in range(len(case["shape"])))
    outer = tuple(size + 2 * first + case["after"] for size, first in zip(case["shape"], before, strict=True))
    inner_shape = (case["samples"], *case["shape"], case["channels"])
    outer_shape = (case["samples"], *outer, case["channels"])
    small, large = random_array(1, inner_shape, "special"), random_array(2, outer_shape, "special")
    check("zero_pad", small, Output(outer_shape), before, used_threads=case["threads"])
    check("crop", large, Output(inner_shape), before, used_threads=case["threads"])


REPETITIONS = all_pairs(
    samples=(0, 1, 3),
    shape=SHAPES,
    channels=(0, 1, 3, 16, 33, 300),
    factor=(1, 2, 3),
    step=(0, 1),
    values=("cancelling", "special", "tiny"),
    threads=(1, 2, 5),
)


@pytest.mark.parametrize("case", REPETITIONS, ids=identifier)
def test_repeating_and_its_gradient(case, instruction_set, threads_for_any_work):
    factors = tuple(case["factor"] + case["step"] * axis for axis in range(len(case["shape"])))
    repeated = tuple(size * factor for size, factor in zip(case["shape"], factors, strict=True))
    small, large = ((case["samples"], *shape, case["channels"]) for shape in (case["shape"], repeated))
    check("upsample", random_array(1, small, "special"), Output(large), factors, used_threads=case["threads"])
    dy = random_array(2, large, case["values"])
    check("upsample_gradient", dy, Output(small), factors, used_threads=case["threads"])


INTERPOLATIONS = all_pairs(
    samples=(0, 1, 2),
    shape=((1, 1), (5, 4), (2, 7), (1, 9)),
    channels=(0, 1, 3, 16, 33, 63, 64, 65, 130),
    factors=((1, 1), (2, 2), (3, 2), (4, 5), (1, 7)),
    values=("cancelling", "special", "tiny"),
    threads=(1, 2, 5),
)


@pytest.mark.parametrize("case", INTERPOLATIONS, ids=identifier)
def test_interpolating_and_its_gradient(case, threads_for_any_work):
    enlarged = tuple(size * factor for size, factor in zip(case["shape"], case["factors"], strict=True))
    small, large = ((case["samples"], *shape, case["channels"]) for shape in (case["shape"], enlarged))
    x, dy = random_array(1, small, case["values"]), random_array(2, large, case["values"])
    check("upsample_bilinear", x, Output(large), case["factors"], used_threads=case["threads"])
    check("upsample_bilinear_gradient", dy, Output(small), case["factors"], used_threads=case["threads"])


PERMUTED = [
    (shape, axes)
    for shape in ((2, 3, 5), (1, 7, 1), (3, 70, 65), (2, 64, 64), (2, 9, 129), (5, 1, 33), (0, 2, 3))
    for axes in itertools.permutations(range(3))
]
PERMUTED += [((2, 3, 1, 5, 4), axes) for axes in itertools.permutations(range(5)) if sum(axes[:2]) % 2]
PERMUTED += [((7,), (0,)), ((1, 1), (1, 0)), ((130, 190), (1, 0)), ((3, 5000), (1, 0)), ((5000, 3), (1, 0))]


@pytest.mark.parametrize("shape, axes", PERMUTED, ids=str)
@pytest.mark.parametrize("used_threads", [1, 3])
def test_permuting(shape, axes, used_threads, instruction_set, threads_for_any_work):
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    check("permute", x, Output(tuple(shape[axis] for axis in axes)), axes, used_threads=used_threads)
