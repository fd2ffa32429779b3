"""ReLU with learned slopes, native against reference."""

import numpy as np
import pytest

from nativecnn import _kernels
from nativecnn._kernels.threads import threads
from support import VALUES, Output, assert_same_bits, call_native, call_reference, random_array

# Samples' shape, number of samples, shape of the slopes.
CASES = [
    ((6, 7, 3), 2, (1, 1, 3)),  # a slope for each channel: fewer than a vector, some vectors, many blocks
    ((5, 4, 8), 3, (1, 1, 8)),
    ((3, 3, 39), 70, (1, 1, 39)),
    ((30, 21, 33), 3, (1, 1, 33)),  # a sample is several runs
    ((2, 2, 2100), 2, (1, 1, 2100)),
    ((40, 17), 5, (1, 17)),
    ((5,), 1, (5,)),  # one for each element
    ((4, 5, 6), 3, (4, 5, 6)),
    ((9000,), 3, (9000,)),
    ((7,), 2000, (7,)),
    ((6, 7, 3), 2, (1, 1, 1)),  # one for all
    ((), 600, ()),
    ((1, 300, 3), 2, (1, 1, 3)),
    ((6, 7, 3), 4, (6, 7, 1)),  # shared along axes that are not the first ones
    ((6, 7, 3), 4, (6, 1, 3)),
    ((20, 30, 2), 2, (1, 30, 1)),
    ((6, 7, 3), 0, (1, 1, 3)),  # nothing at all
    ((6, 0, 3), 2, (1, 1, 3)),
    ((6, 0, 3), 2, (6, 0, 3)),
    ((6, 2, 0), 2, (1, 1, 0)),
]


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("sample, samples, slopes", CASES, ids=str)
def test_bits_are_the_reference_s(sample, samples, slopes, values, instruction_set):
    shape = (samples, *sample)
    x, dy, alpha = (np.asarray(random_array(i, s, values), np.float32) for i, s in enumerate((shape, shape, slopes)))
    for function, arguments in (
        ("prelu", (x, alpha, Output(shape))),
        ("prelu_input_gradient", (dy, x, alpha, Output(shape))),
        ("prelu_alpha_gradient", (x, dy, Output(slopes))),
    ):
        expected = call_reference(function, *arguments)
        for count in (1, 3):
            with threads(count):
                assert_same_bits(call_native(function, *arguments), expected)


def test_results_may_overwrite_arguments(instruction_set):
    x, dy, alpha = random_array(1, (3, 5, 37)), random_array(2, (3, 5, 37)), random_array(3, (1, 37))
    (expected,) = call_reference("prelu", x, alpha, Output(x.shape))
    (expected_gradient,) = call_reference("prelu_input_gradient", dy, x, alpha, Output(x.shape))
    _kernels.prelu_input_gradient(dy, x, alpha, dy)
    _kernels.prelu(x, alpha, x)
    assert_same_bits([x, dy], [expected, expected_gradient])


def test_nan_stays_and_takes_no_part_in_the_slope_s_gradient(instruction_set):
    x = np.array([[np.nan], [-2.0], [3.0], [0.0]], np.float32)
    dy = np.array([[5.0], [7.0], [np.inf], [11.0]], np.float32)
    (y,) = call_native("prelu", x, np.array([0.5], np.float32), Output(x.shape))
    assert_same_bits(y, np.array([[np.nan], [-1.0], [3.0], [0.0]], np.float32))
    (dalpha,) = call_native("prelu_alpha_gradient", x, dy, Output((1,)))
    assert_same_bits(dalpha, np.array([-14.0], np.float32))
