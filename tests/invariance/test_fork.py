"""A process forked from one that has computed computes the same, and does not wait for threads that it has not."""

import os
import signal
import sys
import traceback

import pytest

from nativecnn._kernels import threads
from support import assert_same_bits

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")

SECONDS = 60


def in_child(function):
    """Run ``function`` in a forked child and return its exit status; a child that hangs is ended by its alarm."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(SECONDS)
            function()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_bits_do_not_change_in_a_forked_child(operation, threads_for_any_work):
    with threads.threads(3):
        expected = operation()

        def child():
            assert_same_bits(operation(), expected)

        assert in_child(child) == 0
        assert_same_bits(operation(), expected)  # and the parent goes on


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_bits_do_not_change_in_a_child_s_child(threads_for_any_work):
    from support.operations import OPERATIONS

    with threads.threads(3):
        expected = OPERATIONS["conv2d"]()

        def grandchild():
            assert_same_bits(OPERATIONS["conv2d"](), expected)

        def child():
            grandchild()
            assert in_child(grandchild) == 0

        assert in_child(child) == 0
