"""Weights: shown to everybody, changed through one door, and what is kept of them is never outdated."""

import copy
import pickle

import numpy as np
import pytest

from nativecnn import layers
from nativecnn.layers import Weights


def example():
    weights = Weights()
    weights.add("kernel", np.arange(6, dtype=np.float32).reshape(2, 3))
    weights.add("bias", np.zeros(3, np.float32))
    return weights


def kept_copy(weights):
    return weights.kept("copy", lambda: weights["kernel"].copy())


def test_weights_are_a_mapping_in_order():
    weights = example()
    assert list(weights) == ["kernel", "bias"] and len(weights) == 2
    assert weights["kernel"].dtype == np.float32 and weights["kernel"].flags.c_contiguous
    assert weights["kernel"] is weights["kernel"]
    assert weights["kernel"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_assigning_copies_values_into_the_array_that_is_there():
    weights = example()
    before, values = weights["bias"], np.array([1, 2, 3])
    weights["bias"] = values
    values[0] = 9
    assert weights["bias"] is before and before.tolist() == [1, 2, 3] and before.dtype == np.float32


@pytest.mark.parametrize(
    "write",
    [
        lambda array: array.fill(1),
        lambda array: array.__setitem__(..., 1),
        lambda array: np.copyto(array, 1),
        lambda array: np.add(array, 1, out=array),
        lambda array: array.sort(),
        lambda array: array[:1].__setitem__(0, 1),
        lambda array: array.reshape(-1).__setitem__(0, 1),
        lambda array: array.setflags(write=True),
        lambda array: array.view().setflags(write=True),
    ],
)
def test_nobody_writes_past_the_door(write):
    weights = example()
    before = weights["kernel"].copy()
    with pytest.raises(ValueError, match="read-only|WRITEABLE"):
        write(weights["kernel"])
    assert np.array_equal(weights["kernel"], before)


@pytest.mark.parametrize(
    "name, values, error, message",
    [
        ("gamma", [1], KeyError, "expected as weight one of kernel, bias, got 'gamma'"),
        ("bias", 0, ValueError, r"weight 'bias': expected shape \(3,\), got \(\)"),
        ("bias", [1, 2], ValueError, r"expected shape \(3,\), got \(2,\)"),
        ("bias", ["a", "b", "c"], TypeError, "expected an array of real numbers"),
    ],
)
def test_what_does_not_fit_is_refused(name, values, error, message):
    weights = example()
    with pytest.raises(error, match=message):
        weights[name] = values
    assert weights["bias"].tolist() == [0, 0, 0]


def test_a_weight_may_be_set_from_itself():
    weights = example()
    weights["bias"] = [1, 2, 3]
    weights["bias"] = weights["bias"][::-1]
    assert weights["bias"].tolist() == [3, 2, 1]


# Keeping


def test_what_is_kept_is_made_once_for_all_who_ask():
    made, weights = [], example()
    first, second = (weights.kept("count", lambda: made.append(1)) for _ in range(2))
    assert first is second and not made
    for _ in range(3):
        first.current()
    assert made == [1]


def test_what_is_kept_follows_every_change():
    weights = example()
    kept = kept_copy(weights)
    for values in (weights["kernel"] + 1, np.zeros((2, 3)), np.ones((2, 3))):
        kept.current()
        weights["kernel"] = values
        assert np.array_equal(kept.current(), values)


def test_nothing_is_kept_while_weights_are_being_changed():
    weights = example()
    kept = kept_copy(weights)
    kept.current()
    change = weights.begin_change()
    assert kept.current() is None
    weights.writable("kernel")[...] = 7
    assert kept.current() is None
    change.end()
    assert (kept.current() == 7).all()


def test_overlapping_changes_end_with_the_last_one():
    weights = example()
    kept = kept_copy(weights)
    change = weights.begin_change()  # as training does
    weights["kernel"] = np.ones((2, 3))  # as a metric or another thread may do meanwhile
    assert kept.current() is None
    weights.writable("kernel")[...] = 7
    assert kept.current() is None
    change.end()
    assert (kept.current() == 7).all()


def test_a_change_while_something_is_being_made_makes_it_outdated():
    weights = example()

    def make():
        copied = weights["kernel"].copy()
        if not copied.any():
            return copied
        weights["kernel"] = copied * 0  # as another thread may do
        return copied

    kept = weights.kept("copy", make)
    kept.current()
    assert not kept.current().any()


def test_a_change_that_fails_leaves_nothing_outdated():
    weights = example()
    kept = kept_copy(weights)
    before = kept.current()
    with pytest.raises(ValueError):
        weights["kernel"] = np.ones(5)
    assert np.array_equal(kept.current(), before)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copies_share_nothing(duplicate):
    layer = layers.Dense(2, name="d")
    layer.build((3,))
    kept = layer.weights.kept("copy", layer.weights["kernel"].copy)
    kept.current()
    other = duplicate(layer)
    other.weights["kernel"] = np.ones((3, 2))
    assert not np.array_equal(layer.weights["kernel"], other.weights["kernel"])
    assert np.array_equal(kept.current(), layer.weights["kernel"])
    assert not other.weights["bias"].flags.writeable


# Of layers


def test_a_layer_s_weights_come_and_go_in_order():
    layer = layers.Dense(2)
    layer.build((3,))
    layer.set_weights([np.ones((3, 2)), [5, 6]])
    kernel, bias = layer.get_weights()
    assert kernel.tolist() == [[1, 1]] * 3 and bias.tolist() == [5, 6]
    bias[0] = 0
    assert layer.weights["bias"].tolist() == [5, 6]


@pytest.mark.parametrize(
    "values, error, message",
    [
        ([np.ones((3, 2))], ValueError, "'d'.*expected 2 weights, got 1"),
        ([np.ones((3, 2)), [1, 2, 3]], ValueError, r"'d'.*weight 'bias': expected shape \(2,\), got \(3,\)"),
        ([np.ones((3, 2)), [None, 2]], TypeError, "'d'.*real numbers"),
    ],
)
def test_a_layer_sets_all_weights_or_none(values, error, message):
    layer = layers.Dense(2, name="d")
    layer.build((3,))
    before = layer.get_weights()
    with pytest.raises(error, match=message):
        layer.set_weights(values)
    assert all(np.array_equal(a, b) for a, b in zip(before, layer.get_weights(), strict=True))
