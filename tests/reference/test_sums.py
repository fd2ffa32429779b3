"""Runs and their tree against docs/arithmetic.md, restated as plainly as possible."""

import numpy as np
import pytest

from nativecnn.reference.sums import image_runs, sum_in_runs, tree_sum
from support import assert_same_bits, random_array
from support.exact import add


def tree(values):
    if len(values) == 1:
        return values[0]
    left = 1
    while 2 * left < len(values):
        left *= 2
    return add(tree(values[:left]), tree(values[left:]))


def runs_of_pixels(samples, rows, columns):
    """Return the runs as lists of pixel numbers."""
    pixels = rows * columns
    runs = []
    if 2 * pixels <= 256:
        samples_per_run = 256 // pixels
        for first in range(0, samples, samples_per_run):
            last = min(first + samples_per_run, samples)
            runs.append(list(range(first * pixels, last * pixels)))
    else:
        parts = min(rows, (pixels + 255) // 256)
        rows_per_run = (rows + parts - 1) // parts
        for sample in range(samples):
            for first in range(0, rows, rows_per_run):
                last = min(first + rows_per_run, rows)
                runs.append(list(range(sample * pixels + first * columns, sample * pixels + last * columns)))
    return runs


@pytest.mark.parametrize("count", [*range(1, 18), 31, 32, 33, 100])
def test_tree_s_left_part_is_the_largest_power_of_two(count):
    values = random_array(count, count, "cancelling")
    assert_same_bits(tree_sum(values), np.float32(tree(values.tolist())))


def test_tree_of_arrays_and_of_nothing():
    values = random_array(1, (7, 2, 3))
    expected = [[tree(values[:, i, j].tolist()) for j in range(3)] for i in range(2)]
    assert_same_bits(tree_sum(values), np.array(expected, np.float32))
    assert_same_bits(tree_sum(np.zeros((0, 2), np.float32)), np.zeros(2, np.float32))


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 8, 11, 12, 13, 16, 17, 28, 50, 127, 128, 129, 300])
@pytest.mark.parametrize("columns", [1, 2, 5, 8, 11, 12, 16, 23, 127, 128, 129, 256, 257, 600])
def test_runs_are_whole_samples_or_equal_parts_of_one(rows, columns):
    for samples in (1, 2, 5, 200 if rows * columns < 256 else 3):
        runs = runs_of_pixels(samples, rows, columns)
        expected = [run[0] for run in runs] + [samples * rows * columns]
        assert image_runs(samples, rows, columns).tolist() == expected


def test_no_pixels_are_no_runs():
    for shape in ((0, 5, 5), (3, 0, 5), (3, 5, 0)):
        assert image_runs(*shape).tolist() == [0]


@pytest.mark.parametrize("shape", [(3, 1, 1), (300, 1, 1), (3, 16, 16), (2, 20, 20), (5, 9, 9), (700, 1, 1)], ids=str)
def test_sum_in_runs_adds_in_order_and_by_the_tree(shape):
    values = random_array(1, int(np.prod(shape)), "cancelling")
    sums = []
    for run in runs_of_pixels(*shape):
        total = 0.0
        for pixel in run:
            total = add(total, values[pixel])
        sums.append(total)
    actual = sum_in_runs(image_runs(*shape), (), np.float32, lambda terms, total: total + values[terms])
    assert_same_bits(actual, np.float32(tree(sums)))
    assert_same_bits(sum_in_runs(image_runs(0, 1, 1), (2,), np.float32, None), np.zeros(2, np.float32))


def test_runs_do_not_depend_on_the_number_of_samples():
    few, many = image_runs(3, 23, 31), image_runs(40, 23, 31)
    assert many[: len(few)].tolist() == few.tolist()
