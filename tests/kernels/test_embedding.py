"""Rows of a table, native against reference."""

import numpy as np
import pytest

from nativecnn._kernels.threads import threads
from support import Output, all_pairs, assert_same_bits, call_native, call_reference, identifier, random_array

CASES = all_pairs(
    tokens=((0,), (1,), (7,), (3, 5), (40, 30)),
    rows=(1, 2, 10, 300),
    columns=(1, 7, 8, 16, 17, 33, 64, 300),
    values=("cancelling", "special", "tiny"),
    threads=(1, 2, 5),
)
# What names no row: negative, too large, no integer, no number. The limit itself comes last.
NO_ROWS = np.float32([-1, -0.5, 0.5, -1e30, 1e30, 2**24, 2.0**63, np.inf, -np.inf, np.nan, 2.0**-149])


def tokens_of(case):
    tokens = np.random.default_rng(1).integers(0, case["rows"], case["tokens"]).astype(np.float32)
    wrong = np.concatenate([NO_ROWS, np.float32([case["rows"], case["rows"] - 0.5])])
    tokens.reshape(-1)[::4] = np.resize(wrong, tokens.reshape(-1)[::4].shape)
    tokens.reshape(-1)[1::9] = -0.0  # a zero
    return tokens


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_bits_are_the_reference_s(case, instruction_set, threads_for_any_work):
    tokens, size = tokens_of(case), (case["rows"], case["columns"])
    table = random_array(2, size, case["values"])
    dy = random_array(3, (*case["tokens"], case["columns"]), case["values"])
    for function, arguments in (
        ("embedding", (tokens, table, Output(dy.shape))),
        ("embedding_gradient", (dy, tokens, Output(size))),
    ):
        with threads(case["threads"]):
            actual = call_native(function, *arguments)
        assert_same_bits(actual, call_reference(function, *arguments))


def test_tokens_that_name_no_row_give_nan_and_take_no_gradient(instruction_set):
    table = random_array(1, (5, 3))
    tokens = np.append(NO_ROWS, np.float32([5, 4, 0]))
    (y,) = call_native("embedding", tokens, table, Output((len(tokens), 3)))
    assert np.isnan(y[:-2]).all()
    assert_same_bits(y[-2:], table[[4, 0]])
    (dtable,) = call_native("embedding_gradient", np.ones_like(y), tokens, Output(table.shape))
    assert_same_bits(dtable, np.float32([[1], [0], [0], [0], [1]]) * np.ones((1, 3), np.float32))
