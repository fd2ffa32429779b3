"""How many threads the native kernels use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from operator import index as as_index

MOST_THREADS = 256  # each takes a stack and scratch memory


def _checked(count: int, origin: str) -> int:
    try:
        count = as_index(count)
    except TypeError:
        raise TypeError(f"{origin}: expected an integer, got {count!r}") from None
    if not 1 <= count <= MOST_THREADS:
        raise ValueError(f"{origin}: expected 1 to {MOST_THREADS} threads, got {count}")
    return count


def _quota() -> float | None:
    """Return the processors that the control group allows (Linux, version 2 or 1), or None."""
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            quota, period = file.read().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        pass
    try:
        with open("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", encoding="ascii") as file:
            quota = int(file.read())
        with open("/sys/fs/cgroup/cpu/cpu.cfs_period_us", encoding="ascii") as file:
            return quota / int(file.read()) if quota > 0 else None
    except (OSError, ValueError):
        return None


def _default() -> tuple[int, str]:
    own = os.environ.get("NATIVECNN_NUM_THREADS", "").strip()
    if own:
        if not own.isdecimal():
            raise ValueError(f"NATIVECNN_NUM_THREADS: expected an integer, got {own!r}")
        return _checked(int(own), "NATIVECNN_NUM_THREADS"), "NATIVECNN_NUM_THREADS"
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()  # nested levels follow the comma
    if first.isdecimal() and int(first) > 0:
        return min(int(first), MOST_THREADS), "OMP_NUM_THREADS"
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota()
    if quota is not None and quota < affinity:
        return max(1, int(quota)), "the control group's quota"
    return min(affinity, MOST_THREADS), "the processors this process may run on"


_process_threads, _source = _default()
_context_threads: ContextVar[int | None] = ContextVar("nativecnn_threads", default=None)


def set_num_threads(count: int) -> None:
    """Let the native kernels use ``count`` threads (1 to 256) in this process. No bit of any result depends on it."""
    global _process_threads, _source
    _process_threads, _source = _checked(count, "set_num_threads"), "set_num_threads"


def get_num_threads() -> int:
    """Return how many threads the native kernels may use here."""
    chosen = _context_threads.get()
    return _process_threads if chosen is None else chosen


def default_threads_source() -> str:
    """Return what the number of threads of this process was taken from."""
    return _source


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Use ``count`` threads within the block, in this thread and context only."""
    token = _context_threads.set(_checked(count, "threads"))
    try:
        yield
    finally:
        _context_threads.reset(token)


def allowed_threads(most: float) -> int:
    """Return how many threads a kernel may use that has work for ``most`` of them, at least one."""
    return max(1, int(min(get_num_threads(), most)))
