"""Batch normalization: statistics, coefficients, passes and gradients, native against reference."""

from functools import cache

import pytest

import nativecnn._kernels as native
from nativecnn._kernels.threads import threads
from support import (
    VALUES,
    Output,
    State,
    all_pairs,
    assert_same_bits,
    call_native,
    call_reference,
    identifier,
    random_array,
)

# Images of several to a run, of one, and cut into several runs; channels that straddle vectors and blocks of 256.
CASES = all_pairs(
    samples=(0, 1, 2, 3, 7, 40),
    image=((1, 1), (3, 5), (16, 16), (1, 300), (20, 20), (40, 30)),
    channels=(1, 3, 8, 15, 16, 17, 31, 33, 64, 65, 129),
    weights=(True, False),
    values=VALUES,
    threads=(1, 2, 3, 16),
    possible=lambda samples, image, channels, **_: samples * image[0] * image[1] * channels < 300_000,
) + [
    {"samples": samples, "image": image, "channels": channels, "weights": True, "values": values, "threads": threads}
    for samples, image, channels, values, threads in (
        (2, (3, 3), 255, "plain", 1),
        (2, (3, 3), 256, "special", 2),
        (3, (3, 3), 257, "cancelling", 5),
        (2, (9, 30), 600, "cancelling", 3),
        (1300, (1, 1), 5, "cancelling", 16),
    )
]


def arguments(function, case):
    shape = (case["samples"], *case["image"], case["channels"])
    x, dy = random_array(1, shape, case["values"]), random_array(2, shape, case["values"])
    per_channel = [random_array(seed, shape[3:], case["values"]) for seed in range(3, 9)]
    mean, variance, dgamma, dbeta = per_channel[0], abs(per_channel[1]), *per_channel[2:4]
    gamma, beta = per_channel[4:] if case["weights"] else (None, None)
    coefficients = Output(shape[3:]), Output(shape[3:])
    return (
        function,
        *{
            "batch_statistics": lambda: (x, *coefficients),
            "batch_normalization_coefficients": lambda: (gamma, beta, mean, variance, 1e-3, *coefficients),
            "scale_shift": lambda: (x, mean, dgamma if case["weights"] else None, Output(shape), case["threads"] > 2),
            "batch_normalization_weight_gradients": lambda: (dy, x, mean, variance, 1e-3, *coefficients),
            "batch_normalization_input_gradient": lambda: (
                *(dy, x, gamma, mean, variance, 1e-3, dgamma, dbeta),
                Output(shape),
            ),
            "moving_average": lambda: (State(mean), dgamma, 0.99),
        }[function](),
    )


@cache
def expected(function, case):
    return call_reference(*arguments(function, dict(case)))


@pytest.mark.parametrize("case", CASES, ids=identifier)
@pytest.mark.parametrize(
    "function",
    [
        "batch_statistics",
        "batch_normalization_coefficients",
        "scale_shift",
        "batch_normalization_weight_gradients",
        "batch_normalization_input_gradient",
        "moving_average",
    ],
)
def test_bits_are_the_reference_s(function, case, instruction_set):
    with threads(case["threads"]):
        assert_same_bits(call_native(*arguments(function, case)), expected(function, tuple(case.items())))


@pytest.mark.parametrize("values", VALUES)
def test_passes_may_be_in_place(values, instruction_set):
    shape = (3, 5, 4, 19)
    x, dy = random_array(1, shape, values), random_array(2, shape, values)
    mean, variance, gamma, dgamma, dbeta = (abs(random_array(seed, shape[3:], values)) for seed in range(3, 8))
    (y,) = call_reference("scale_shift", x, gamma, mean, Output(shape), True)
    in_place = x.copy()
    native.scale_shift(in_place, gamma, mean, in_place, True)
    assert_same_bits(in_place, y)
    settings = x, gamma, mean, variance, 1e-3, dgamma, dbeta
    (dx,) = call_reference("batch_normalization_input_gradient", dy, *settings, Output(shape))
    in_place = dy.copy()
    native.batch_normalization_input_gradient(in_place, *settings, in_place)
    assert_same_bits(in_place, dx)
