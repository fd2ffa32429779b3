"""The geometry of sliding windows against brute force, and its errors."""

import itertools

import numpy as np
import pytest

from nativecnn.ops.windows import normalize_pair, normalize_sizes, output_size, resolve_padding

SIZES = range(1, 13)
WINDOWS = (1, 2, 3, 5)
STRIDES = (1, 2, 3, 4)
PADDINGS = ((0, 0), (1, 1), (0, 2), (3, 1))
DILATIONS = (1, 2, 3)


def covered(window, dilation, start):
    return [start + tap * dilation for tap in range(window)]


def length(size, window, stride, padding, dilation, ceil_mode=False):
    """Return the outputs along one axis, whose other has one pixel."""
    return output_size((size, 1), (window, 1), (stride, 1), (padding, (0, 0)), (dilation, 1), ceil_mode)[0]


@pytest.mark.parametrize("padding", PADDINGS, ids=str)
@pytest.mark.parametrize("dilation", DILATIONS)
def test_windows_are_those_inside_the_padded_image(padding, dilation):
    for size, window, stride in itertools.product(SIZES, WINDOWS, STRIDES):
        padded = range(-padding[0], size + padding[1])
        starts = [s for s in padded[::stride] if covered(window, dilation, s)[-1] in padded]
        if starts:
            assert length(size, window, stride, padding, dilation) == len(starts)
        else:
            with pytest.raises(ValueError, match="expected a window that fits an image of"):
                length(size, window, stride, padding, dilation)


@pytest.mark.parametrize("padding", [(0, 0), (1, 1), (0, 2), (2, 1)], ids=str)
def test_ceil_mode_adds_a_window_that_covers_pixels_the_others_leave_out(padding):
    for size, window, stride in itertools.product(SIZES, WINDOWS, STRIDES):
        if max(padding) >= window or window > size + sum(padding):
            continue
        padded = range(-padding[0], size + padding[1])
        starts = [s for s in padded[::stride] if s + window - 1 in padded]
        # The next window is kept if the others leave out pixels (padding among them) and it begins inside the image.
        if starts[-1] + window - 1 < padded[-1] and starts[-1] + stride < size:
            starts.append(starts[-1] + stride)
        assert length(size, window, stride, padding, 1, ceil_mode=True) == len(starts)
        # No window of pooling lies outside the image altogether.
        for start in starts:
            assert set(range(start, start + window)) & set(range(size))


def test_ceil_mode_without_padding_covers_every_pixel_that_strides_do_not_skip():
    for size, window, stride in itertools.product(SIZES, WINDOWS, STRIDES):
        if window > size or stride > window:
            continue
        count = length(size, window, stride, (0, 0), 1, ceil_mode=True)
        pixels = {pixel for i in range(count) for pixel in covered(window, 1, i * stride)}
        assert set(range(size)) <= pixels


def test_the_lecture_s_partial_windows():
    assert output_size((7, 7), (2, 2), (2, 2), ((0, 0), (0, 0)), ceil_mode=True) == (4, 4)
    assert output_size((4, 4), (2, 2), (2, 2), ((0, 0), (0, 0)), ceil_mode=True) == (2, 2)
    assert output_size((7, 7), (2, 2), (2, 2), ((0, 0), (0, 0))) == (3, 3)


@pytest.mark.parametrize("dilation", DILATIONS)
def test_same_yields_as_many_outputs_as_steps_fit_with_least_padding(dilation):
    for size, window, stride in itertools.product(SIZES, WINDOWS, STRIDES):
        (before, after), across = resolve_padding("same", (size, 1), (window, 1), (stride, 1), (dilation, 1))
        assert across == (0, 0)
        outputs = len(range(0, size, stride))
        assert length(size, window, stride, (before, after), dilation) == outputs
        assert after - before in (0, 1)  # the odd pixel at the end
        if before + after:
            # One pixel less, and there is one output less.
            fewer = before + after - 1
            try:
                assert length(size, window, stride, (0, fewer), dilation) < outputs
            except ValueError:
                assert outputs == 1


def test_padding_in_every_form():
    arguments = (5, 6), (3, 3), (1, 1)
    assert resolve_padding("valid", *arguments) == ((0, 0), (0, 0))
    assert resolve_padding("same", *arguments) == ((1, 1), (1, 1))
    assert resolve_padding(2, *arguments) == ((2, 2), (2, 2))
    assert resolve_padding(np.int64(2), *arguments) == ((2, 2), (2, 2))
    assert resolve_padding(((1, 2), (3, 4)), *arguments) == ((1, 2), (3, 4))
    assert resolve_padding([[1, 2], [3, 4]], *arguments) == ((1, 2), (3, 4))


@pytest.mark.parametrize("padding", ["VALID", "Same", "", "full"])
def test_unknown_names_of_padding_are_refused(padding):
    with pytest.raises(ValueError, match=f'^layer: expected "valid", "same", an integer or pairs, got {padding!r}$'):
        resolve_padding(padding, (5, 6), (3, 3), (1, 1), name="layer")


@pytest.mark.parametrize(
    "padding",
    [None, 1.5, (1, 1), (1, (2, 2)), ((1, 1),), ((1, 1),) * 3, ((1, 1, 1), (0, 0)), ((1.5, 1), (0, 0)), True]
    + [np.zeros((2, 2), int)],
    ids=str,
)
def test_padding_of_another_type_is_refused(padding):
    with pytest.raises(TypeError, match="^layer: expected .*, got "):
        resolve_padding(padding, (5, 6), (3, 3), (1, 1), name="layer")


@pytest.mark.parametrize("padding", [-1, ((0, -1), (0, 0)), ((0, 0), (-3, 0))], ids=str)
def test_negative_padding_is_refused(padding):
    with pytest.raises(ValueError, match="^layer: expected integers of at least 0, got "):
        resolve_padding(padding, (5, 6), (3, 3), (1, 1), name="layer")


def test_pairs():
    assert normalize_pair(3, "n") == (3, 3)
    assert normalize_pair((3, 4), "n") == (3, 4)
    assert normalize_pair([3, 4], "n") == (3, 4)
    assert normalize_pair((np.int8(3), np.uint64(4)), "n") == (3, 4)
    assert normalize_pair(0, "n", minimum=0) == (0, 0)


@pytest.mark.parametrize("value", [None, 1.0, "2", "22", (1,), (1, 2, 3), (1.0, 2), (), True, (True, 1), 1j], ids=str)
def test_what_is_no_pair_of_integers_is_refused(value):
    with pytest.raises(TypeError, match="^strides: expected an integer or a pair of integers, got "):
        normalize_pair(value, "strides")


@pytest.mark.parametrize("value", [0, -1, (1, 0), (-5, 3)], ids=str)
def test_pairs_that_are_too_small_are_refused(value):
    with pytest.raises(ValueError, match="^strides: expected integers of at least 1, got "):
        normalize_pair(value, "strides")


@pytest.mark.parametrize("value", [2**31, 2**63, 2**64, (1, 2**200)], ids=str)
def test_pairs_that_are_absurdly_large_are_refused(value):
    with pytest.raises(ValueError, match="^strides: expected integers of at most 2147483647, got "):
        normalize_pair(value, "strides")


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_axes_are_independent_of_one_another(axes):
    image, window, strides, dilation = (7, 9, 5)[-axes:], (3, 2, 4)[-axes:], (2, 3, 1)[-axes:], (1, 2, 1)[-axes:]
    for padding in ("valid", "same", 1, ((1, 2), (0, 3), (2, 2))[-axes:]):
        sides = resolve_padding(padding, image, window, strides, dilation)
        assert len(sides) == axes
        outputs = output_size(image, window, strides, sides, dilation)
        assert outputs == tuple(
            length(size, taps, stride, side, step)
            for size, taps, stride, side, step in zip(image, window, strides, sides, dilation, strict=True)
        )


def test_sizes_along_one_and_three_axes():
    assert normalize_sizes(3, "n", 1) == normalize_sizes((3,), "n", 1) == (3,)
    assert normalize_sizes(3, "n", 3) == (3, 3, 3)
    assert normalize_sizes([1, 2, 3], "n", 3) == (1, 2, 3)
    for value, axes, expected in (((1, 2), 1, "an integer"), ((1, 2), 3, "an integer or three integers")):
        with pytest.raises(TypeError, match=rf"^strides: expected {expected}, got \(1, 2\)$"):
            normalize_sizes(value, "strides", axes)


def test_padding_along_one_and_three_axes():
    row, volume = ((5,), (3,), (1,)), ((5, 6, 7), (3, 3, 3), (1, 1, 1))
    for padding in ((1, 2), [1, 2], ((1, 2),), [[1, 2]]):
        assert resolve_padding(padding, *row) == ((1, 2),)
    assert resolve_padding(2, *row) == ((2, 2),)
    assert resolve_padding("same", *row) == ((1, 1),)
    assert resolve_padding(((1, 2), (3, 4), (5, 6)), *volume) == ((1, 2), (3, 4), (5, 6))
    for padding in ((1,), (1, 2, 3), ((1, 2), (3, 4)), (1, (2, 3)), b"12", (1.0, 2)):
        with pytest.raises(TypeError, match=r"^layer: expected .*, got "):
            resolve_padding(padding, *row, name="layer")
    for padding in ((1, 2), ((1, 2), (3, 4)), (1, 2, 3)):
        with pytest.raises(TypeError, match=r"^layer: expected \(\(front, back\), .*, got "):
            resolve_padding(padding, *volume, name="layer")


def test_an_image_without_pixels_is_refused():
    with pytest.raises(ValueError, match="expected an image of at least one pixel, got a side of 0"):
        length(0, 1, 1, (3, 3), 1)


def test_a_window_larger_than_the_image_says_how_large_both_are():
    with pytest.raises(
        ValueError,
        match="^pool: expected a window that fits an image of 3 pixels padded by 1 and 0, got one of 5 pixels$",
    ):
        output_size((3, 9), (3, 3), (1, 1), ((1, 0), (0, 0)), (2, 2), name="pool")
