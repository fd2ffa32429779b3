"""A process forked from one that has computed, or is computing, computes the same with all its threads."""

import os
import threading

import pytest

from nativecnn._kernels import runtime, threads
from support import assert_same_bits
from support.children import in_child
from support.operations import OPERATIONS
from support.sharing import meet, needs_threads

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning"),
]


@pytest.fixture
def others_computing(threads_for_any_work):
    """Keep Python threads computing on several threads each, until the test is over."""
    over = threading.Event()

    def compute():
        with threads.threads(3):
            while not over.is_set():
                OPERATIONS["conv2d"]()

    callers = [threading.Thread(target=compute) for _ in range(3)]
    for caller in callers:
        caller.start()
    yield
    over.set()
    for caller in callers:
        caller.join()


def test_bits_do_not_change_in_a_forked_child(operation, threads_for_any_work):
    with threads.threads(3):
        expected = operation()

        def child():
            assert_same_bits(operation(), expected)

        assert in_child(child) == 0
        assert_same_bits(operation(), expected)  # and the parent goes on


def test_bits_do_not_change_in_a_child_s_child(threads_for_any_work):
    with threads.threads(3):
        expected = OPERATIONS["conv2d"]()

        def grandchild():
            assert_same_bits(OPERATIONS["conv2d"](), expected)

        def child():
            grandchild()
            assert in_child(grandchild) == 0

        assert in_child(child) == 0


@needs_threads
def test_a_child_has_all_its_threads_and_so_has_its_child():
    def grandchild():
        assert runtime.pool_workers() == 0
        assert meet(4) == [0, 1, 2, 3]
        assert runtime.pool_workers() == 3

    def child():
        grandchild()
        assert in_child(grandchild) == 0

    assert meet(3) == [0, 1, 2]
    assert in_child(child) == 0
    assert meet(3) == [0, 1, 2]


@needs_threads
def test_a_child_computes_on_several_threads(threads_for_any_work):
    def child():
        with threads.threads(3):
            OPERATIONS["conv2d"]()
        assert runtime.pool_workers() == 2

    assert in_child(child) == 0


def test_bits_do_not_change_in_children_forked_while_others_compute(others_computing):
    with threads.threads(3):
        expected = OPERATIONS["conv2d"]()

        def child():
            assert_same_bits(OPERATIONS["conv2d"](), expected)
            if runtime.threads_library() is not None:
                assert meet(3) == [0, 1, 2]

        for _ in range(50):
            assert in_child(child) == 0
