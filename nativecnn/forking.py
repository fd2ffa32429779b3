"""What becomes of locks and marks in a forked child.

A child has one thread: the one that forked. What the others were doing is never finished there, so a lock that one of
them held would stay closed, and a mark that one of them set would stay for ever. Whatever threads wait for or look at
belongs to a class of this module, which puts that right in the child.
"""

from __future__ import annotations

import os
import threading
import weakref


class ReentrantLock:
    """A lock that its holder may enter again. Copies are locks of their own.

    In a child it is open unless the thread that forked held it: what others had begun under it has to be such that it
    can be begun again.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _locks.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, kind: object, value: object, traceback: object) -> None:
        self._lock.release()

    def __reduce__(self) -> tuple[type[ReentrantLock], tuple[()]]:
        return ReentrantLock, ()

    def _in_child(self) -> None:
        if self._lock.acquire(blocking=False):
            self._lock.release()
        else:
            self._lock = threading.RLock()


class Ongoing:
    """Something that a thread does from :meth:`begin` to :meth:`end`, and that ends in a child which another forks."""

    __slots__ = ()

    def begin(self) -> bool:
        """Begin it, or return False if it is being done already."""
        mark = [threading.get_ident()]
        return _ongoing.setdefault(self, mark) is mark  # a single step to other threads and to a fork

    def end(self) -> None:
        """End it; in a child, called for what it does not do. Once more does nothing."""
        _ongoing.pop(self, None)

    def _in_child(self) -> None:
        if _ongoing[self][0] != threading.get_ident():
            self.end()


class Exclusive(Ongoing):
    """Something that only one may do at a time: whoever tries to join gets ``RuntimeError`` with the message."""

    def __init__(self, message: str) -> None:
        self._message = message

    def __enter__(self) -> None:
        if not self.begin():
            raise RuntimeError(self._message)

    def __exit__(self, kind: object, value: object, traceback: object) -> None:
        self.end()

    def __reduce__(self) -> tuple[type[Exclusive], tuple[str]]:
        return Exclusive, (self._message,)


_locks: weakref.WeakSet[ReentrantLock] = weakref.WeakSet()
_ongoing: dict[Ongoing, list[int]] = {}


def _after_fork_in_child() -> None:
    for entry in [*_locks, *_ongoing]:
        entry._in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
