"""Child processes."""

import os
import signal
import sys
import traceback

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
