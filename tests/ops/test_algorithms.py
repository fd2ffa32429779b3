"""Which algorithm a convolution gets, and which it cannot have."""

import numpy as np
import pytest

from nativecnn import ops, use_backend
from nativecnn.ops.conv import conv2d_geometry
from support import assert_same_bits, random_array

X, KERNEL = random_array(1, (2, 7, 6, 4)), random_array(2, (3, 3, 4, 6))
FUNCTIONS = {
    "conv2d": ops.conv2d,
    "conv2d_backward": lambda x, kernel, **options: ops.conv2d_backward(np.zeros((2, 5, 4, 6)), x, kernel, **options),
}


def chosen(image, filters=16, kernel=(3, 3), groups=1, **options):
    """Return the algorithm for an image (rows, columns, channels)."""
    shape = (*kernel, image[2] // groups, filters)
    return conv2d_geometry(image, shape, groups=groups, **options).algorithm


@pytest.mark.parametrize(
    "image, expected",
    [
        ((3, 3, 1), "winograd_2x2"),
        ((4, 4, 1), "winograd_2x2"),
        ((5, 5, 1), "winograd_4x4"),
        ((6, 6, 1), "winograd_4x4"),
        ((7, 7, 1), "winograd_2x2"),  # 5 × 5 outputs: as many multiplications either way
        ((8, 8, 64), "winograd_2x2"),
        ((9, 9, 64), "winograd_4x4"),
        ((4, 9, 1), "winograd_2x2"),
        ((3, 200, 1), "winograd_2x2"),
        ((6, 200, 64), "winograd_4x4"),
        ((58, 58, 64), "winograd_4x4"),
    ],
)
def test_winograd_takes_the_tile_with_fewer_multiplications(image, expected):
    assert chosen(image, algorithm="winograd") == expected


@pytest.mark.parametrize(
    "image, options, expected",
    [
        ((56, 56, 64), {}, "winograd_4x4"),
        ((6, 6, 16), {}, "winograd_4x4"),
        ((3, 3, 16), {}, "direct"),
        ((3, 60, 16), {}, "direct"),  # one row of outputs
        ((4, 3, 16), {}, "direct"),
        ((4, 4, 16), {}, "winograd_2x2"),
        ((5, 5, 16), {}, "winograd_4x4"),
        ((7, 7, 512), {"padding": "same"}, "winograd_4x4"),
        ((56, 56, 8), {"filters": 8}, "winograd_4x4"),
        ((56, 56, 7), {}, "direct"),
        ((56, 56, 16), {"filters": 7}, "direct"),
        ((56, 56, 16), {"padding": 2}, "winograd_4x4"),
        ((56, 56, 16), {"padding": ((0, 0), (0, 3))}, "direct"),
        ((56, 56, 16), {"strides": (1, 2)}, "direct"),
        ((56, 56, 16), {"dilation_rate": 2}, "direct"),
        ((56, 56, 64), {"groups": 2, "filters": 64}, "direct"),
        ((56, 56, 16), {"kernel": (3, 5)}, "direct"),
        ((56, 56, 16), {"kernel": (1, 1)}, "direct"),
    ],
    ids=str,
)
def test_auto_follows_the_rule(image, options, expected):
    assert chosen(image, **options) == expected


def test_direct_is_direct():
    assert chosen((56, 56, 64), algorithm="direct") == "direct"


@pytest.fixture(params=FUNCTIONS)
def function(request):
    return request.param


@pytest.mark.parametrize(
    "kernel, options, message",
    [
        (KERNEL, {"strides": (1, 2)}, r"got kernel \(3, 3\), strides \(1, 2\), dilation \(1, 1\) and 1 group$"),
        (KERNEL, {"dilation_rate": 2}, r"got kernel .*, dilation \(2, 2\) and 1 group$"),
        (KERNEL[:, :, :2], {"groups": 2}, "got kernel .* and 2 groups$"),
        (KERNEL[:2], {}, r"got kernel \(2, 3\), strides"),
    ],
)
def test_winograd_where_it_is_impossible_is_refused(function, kernel, options, message):
    message = rf'^{function}: algorithm "winograd" expects kernel \(3, 3\), .*{message}'
    with pytest.raises(ValueError, match=message):
        FUNCTIONS[function](X, kernel, algorithm="winograd", **options)


def test_other_names_and_types_are_refused(function):
    expected = f'^{function}: algorithm: expected "auto", "direct" or "winograd", got '
    for value in ("Winograd", "winograd_4x4", ""):
        with pytest.raises(ValueError, match=expected + repr(value)):
            FUNCTIONS[function](X, KERNEL, algorithm=value)
    for value in (None, 4, ["direct"]):
        with pytest.raises(TypeError, match=expected):
            FUNCTIONS[function](X, KERNEL, algorithm=value)


def test_both_functions_pass_the_algorithm_on():
    dy = random_array(3, (2, 5, 4, 6))
    with use_backend("reference"):
        results = {
            name: (ops.conv2d(X, KERNEL, algorithm=name), *ops.conv2d_backward(dy, X, KERNEL, algorithm=name))
            for name in ("direct", "winograd")
        }
    for by_winograd, directly in zip(results["winograd"][:3], results["direct"][:3], strict=True):
        assert by_winograd.tobytes() != directly.tobytes()
        np.testing.assert_allclose(by_winograd, directly, atol=1e-4)
    assert_same_bits(results["winograd"][3], results["direct"][3])


@pytest.mark.parametrize("algorithm", ["auto", "direct", "winograd"])
def test_an_empty_batch_is_possible(algorithm):
    x = np.zeros((0, 20, 20, 16), np.float32)
    kernel = random_array(1, (3, 3, 16, 16))
    with use_backend("reference"):
        assert ops.conv2d(x, kernel, algorithm=algorithm).shape == (0, 18, 18, 16)
        dx, dkernel, dbias = ops.conv2d_backward(np.zeros((0, 18, 18, 16)), x, kernel, algorithm=algorithm)
    assert dx.shape == x.shape and not dkernel.any() and not dbias.any()
