"""Plans of a model, lent to one user at a time, so that any number of threads can compute with the model at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from .plan import Plan

_KEPT_KINDS = 8


class PlanPool:
    """Keeps plans that are not in use, of the latest kinds.

    There come to be as many plans of a kind as were in use at one time. A plan that is too small for a batch is
    replaced, so memory stays bounded by the largest batches.

    Without a lock: every change of a dict or list here is a single step to all other threads. In a forked child the
    plans that other threads had on loan are gone, and others are made.
    """

    def __init__(self) -> None:
        # Without a lock: a fork could find it closed for ever, and so could whoever comes after a `with` statement that
        # got no memory to call __exit__.
        self._free: dict[Hashable, list[Plan]] = {}

    def lend(self, kind: Hashable, batch_size: int, make: Callable[[int], Plan]) -> Loan:
        """Lend a plan of a kind that takes batches of ``batch_size``, made by ``make(batch_size)`` if there is none.

        To be used as a context manager, once.
        """
        free = self._free.get(kind)
        if free is None:
            free = self._add(kind)
        try:
            plan = free.pop()
        except IndexError:
            plan = None
        if plan is None or plan.batch_size < batch_size:
            plan = None  # before there is another
            plan = make(batch_size)
        return Loan(plan, free)

    def _add(self, kind: Hashable) -> list[Plan]:
        kinds = self._free
        free = kinds.setdefault(kind, [])  # a single step to all other threads
        for oldest in list(kinds)[:-_KEPT_KINDS]:
            kinds.pop(oldest, None)
        return free

    def clear(self) -> None:
        """Forget all plans; those that are lent vanish when they come back."""
        self._free = {}

    def __reduce__(self) -> tuple[type[PlanPool], tuple[()]]:
        return PlanPool, ()  # copies of a model make plans of their own


class Loan:
    """A plan on loan: a context manager that gives it back."""

    __slots__ = ("_free", "_plan")

    def __init__(self, plan: Plan, free: list[Plan]) -> None:
        self._plan = plan
        self._free = free

    def __enter__(self) -> Plan:
        return self._plan

    def __exit__(self, kind: object, value: object, traceback: object) -> None:
        self._free.append(self._plan)
