"""Results computed ahead, by threads, and delivered in order."""

from __future__ import annotations

import contextvars
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def in_order(
    function: Callable[[Argument], Result], arguments: Iterable[Argument], workers: int, at_most: int
) -> Iterator[Result]:
    """Yield ``function`` of each argument, in their order.

    Parameters
    ----------
    function : callable
        Called by the threads, or by the caller if there are none. What it raises is raised where its result would be.
    arguments : iterable
    workers : int
        Number of threads; 0 for none.
    at_most : int
        How many results there may be that the caller has not taken yet.

    Notes
    -----
    No thread is left when the iterator ends, is closed or raises: what they had begun is finished first. In a forked
    child, where there are no threads, what was under way is begun again by threads of the child's own.
    """
    if not workers:
        for argument in arguments:
            yield function(argument)
        return
    remaining = iter(arguments)
    begun: deque[tuple[Argument, Future[Result]]] = deque()
    process, threads = os.getpid(), ThreadPoolExecutor(workers, "nativecnn-batches")
    try:
        while True:
            for argument in remaining:
                begun.append((argument, _submitted(threads, function, argument)))
                if len(begun) >= at_most:
                    break
            if not begun:
                return
            if os.getpid() != process:
                process, threads = os.getpid(), ThreadPoolExecutor(workers, "nativecnn-batches")
                begun = deque((argument, _submitted(threads, function, argument)) for argument, _ in begun)
            yield begun.popleft()[1].result()
    finally:
        if os.getpid() == process:
            threads.shutdown(cancel_futures=True)


def _submitted(
    threads: ThreadPoolExecutor, function: Callable[[Argument], Result], argument: Argument
) -> Future[Result]:
    """Let a thread call the function with the caller's context: the backend and the number of threads in force."""
    return threads.submit(contextvars.copy_context().run, function, argument)
