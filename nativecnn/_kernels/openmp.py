"""How OpenMP's idle threads wait."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_CHOICES_OF_THE_USER = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


@contextmanager
def idle_threads_asleep() -> Iterator[None]:
    """While OpenMP is loaded within the block, ask it to let idle threads sleep, unless the user chose otherwise.

    By default they wait in a busy loop for a while. On a processor that others use too, that keeps the threads they
    wait for from running: training on two threads of a machine with twice as much to do was measured six times as slow
    as on one. OpenMP reads the setting once, when it is loaded; the environment is left as it was.
    """
    if any(name in os.environ for name in _CHOICES_OF_THE_USER):
        yield
        return
    os.environ["OMP_WAIT_POLICY"] = "passive"
    try:
        yield
    finally:
        del os.environ["OMP_WAIT_POLICY"]
