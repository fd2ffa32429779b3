"""Python threads that call at the same time do not disturb each other."""

import threading

import numpy as np
import pytest

from nativecnn._kernels import threads
from support import assert_same_bits
from support.operations import OPERATIONS


def run_at_once(functions):
    """Call every function in a Python thread of its own, all at once; return their results in order."""
    barrier = threading.Barrier(len(functions))
    results = [None] * len(functions)

    def work(index):
        barrier.wait()
        try:
            results[index] = functions[index]()
        except BaseException as error:
            results[index] = error

    workers = [threading.Thread(target=work, args=(index,)) for index in range(len(functions))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


@pytest.mark.parametrize("count", [1, 2])
def test_bits_do_not_depend_on_other_callers(count, threads_for_any_work):
    with np.errstate(all="ignore"):
        expected = {name: list(operation()) for name, operation in OPERATIONS.items()}
    names = list(OPERATIONS)

    def caller(first):
        def call():
            with np.errstate(all="ignore"), threads.threads(count):
                return [(name, list(OPERATIONS[name]())) for name in names[first:] + names[:first]]

        return call

    for results in run_at_once([caller(3 * index % len(names)) for index in range(8)]):
        for name, result in results:
            assert_same_bits(result, expected[name])


def test_number_of_threads_is_each_caller_s_own():
    def caller(count):
        def call():
            with threads.threads(count):
                return {threads.get_num_threads() for _ in range(1000)}

        return call

    assert run_at_once([caller(count) for count in range(1, 9)]) == [{count} for count in range(1, 9)]
