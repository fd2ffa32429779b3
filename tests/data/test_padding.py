import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nativecnn.data import pad_sequences

SENTENCES = [[7, 8], [], [1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [[0, 0, 7, 8], [0, 0, 0, 0], [1, 2, 3, 4]]),
        ({"padding": "post"}, [[7, 8, 0, 0], [0, 0, 0, 0], [1, 2, 3, 4]]),
        ({"maxlen": 3}, [[0, 7, 8], [0, 0, 0], [2, 3, 4]]),
        ({"maxlen": 3, "truncating": "post", "value": -1}, [[-1, 7, 8], [-1, -1, -1], [1, 2, 3]]),
        ({"maxlen": 0}, [[], [], []]),
    ],
)
def test_sequences_are_filled_up_and_cut_at_the_side_asked_for(settings, expected):
    padded = pad_sequences(SENTENCES, **settings)
    assert padded.dtype == np.int32 and padded.tolist() == expected


@given(
    st.lists(st.lists(st.integers(-99, 99), max_size=6), max_size=5),
    st.none() | st.integers(0, 8),
    st.sampled_from(["pre", "post"]),
    st.sampled_from(["pre", "post"]),
)
def test_any_sequences_are_padded_as_lists_are(sequences, maxlen, padding, truncating):
    length = max(map(len, sequences), default=0) if maxlen is None else maxlen
    expected = []
    for sequence in sequences:
        kept = sequence[len(sequence) - min(length, len(sequence)) :] if truncating == "pre" else sequence[:length]
        filling = [5] * (length - len(kept))
        expected.append(filling + kept if padding == "pre" else kept + filling)
    padded = pad_sequences(sequences, maxlen, padding=padding, truncating=truncating, value=5)
    assert padded.shape == (len(sequences), length) and padded.tolist() == expected


def test_steps_may_have_a_shape_and_values_be_of_any_kind():
    sequences = [np.ones((2, 3)), [], np.full((1, 3), 0.1)]
    padded = pad_sequences(sequences, dtype="float32", padding="post", value=np.nan)
    assert padded.shape == (3, 2, 3) and padded.dtype == np.float32
    assert np.array_equal(padded[2], [[np.float32(0.1)] * 3, [np.nan] * 3], equal_nan=True)
    assert np.isnan(padded[1]).all() and (padded[0] == 1).all()
    assert pad_sequences(iter([[True], [2.0]])).tolist() == [[1], [2]]


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_whole_numbers_are_kept_to_the_last_digit(dtype):
    limits = np.iinfo(dtype)
    sequences = [np.array([limits.max, limits.min], dtype), [(1 << 53) + 1]]
    assert pad_sequences(sequences, dtype=dtype).tolist() == [[limits.max, limits.min], [0, (1 << 53) + 1]]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[1], 2],), TypeError, r"sequences\[1\]: expected a sequence of numbers, got 2"),
        (([[1], ["a"]],), TypeError, r"sequences\[1\]: expected numbers, got <U1"),
        (([[1], [0.5]],), TypeError, r"sequences\[1\]: expected whole numbers for dtype int32, got others"),
        (([[np.nan]],), TypeError, "expected whole numbers"),
        (([[1 << 31]],), ValueError, "expected numbers from -2147483648 to 2147483647, got 2147483648"),
        (([[-1]], None, "uint8"), ValueError, "expected numbers from 0 to 255, got -1"),
        (([[1]], None, "complex64"), TypeError, "expected a dtype of whole or floating-point numbers, got complex64"),
        (([[1]], -1), ValueError, "maxlen: expected an integer of at least 0, got -1"),
        (([[1]], 2.0), TypeError, "maxlen: expected an integer, got 2.0"),
        (([[1]], None, "int32", "left"), ValueError, "padding one of post, pre, got 'left'"),
        (([[1]], None, "int32", "pre", "right"), ValueError, "truncating one of post, pre, got 'right'"),
        (([[1]], None, "int32", "pre", "pre", [1]), TypeError, r"value: expected one number, got \[1\]"),
        (([[1]], None, "int32", "pre", "pre", None), TypeError, "value: expected numbers, got object"),
        (([[1], [[1, 2]]],), ValueError, r"sequences\[1\]: expected steps of shape \(\), got \(2,\)"),
        (([[[1], [1, 2]]],), ValueError, r"sequences\[0\]: expected an array of numbers, got"),
    ],
)
def test_what_cannot_be_padded_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        pad_sequences(*arguments)
