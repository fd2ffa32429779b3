"""Cases: an operation, its settings and its arrays, computed by the native kernels and by the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

import nativecnn
from nativecnn._kernels import runtime
from nativecnn._kernels.threads import MOST_THREADS

from .arrays import bits, lay_out, random_array
from .draws import Draws

Settings = dict[str, Any]


class Operand(NamedTuple):
    """An array to be drawn; see :func:`nativecnn.verify.arrays.random_array`."""

    shape: tuple[int, ...]
    values: str
    form: str | int = "signed"


@dataclass(frozen=True)
class Operation:
    """Something to be computed on either backend.

    Attributes
    ----------
    compute : callable
        Takes the operands and the options by name and returns a tuple of arrays and numbers. Its source becomes part of
        the program that repeats a case: it may use what :mod:`nativecnn.verify.snippet` imports.
    draw : callable
        Returns the settings of a case: literals by name, among them "values", "layout" and "seed".
    operands : callable
        Returns operands by name for settings, None for one that is left out.
    options : tuple of str
        The settings that ``compute`` takes.
    """

    compute: Callable[..., tuple]
    draw: Callable[[Draws], Settings]
    operands: Callable[[Settings], dict[str, Operand | None]]
    options: tuple[str, ...] = ()


class Family(NamedTuple):
    """Operations that share a line of the report."""

    name: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Case:
    """An operation with settings, and with arrays unless they are to be drawn."""

    operation: Operation
    settings: Settings
    given: Mapping[str, np.ndarray | None] = field(default_factory=dict)

    def operands(self) -> dict[str, Operand | None]:
        return self.operation.operands(self.settings)

    def options(self) -> Settings:
        return {name: self.settings[name] for name in self.operation.options}

    def key(self, name: str) -> tuple[int | str, ...]:
        """Return the key of an operand's random numbers."""
        return ("verify", self.settings["seed"], name)

    def arrays(self) -> dict[str, np.ndarray | None]:
        """Return the operands' arrays by name."""
        return dict(self.given) or {
            name: None if operand is None else random_array(self.key(name), *operand)
            for name, operand in self.operands().items()
        }

    def reference(self) -> list[np.ndarray]:
        """Return the bits of the results as the reference computes them."""
        with nativecnn.use_backend("reference"):
            return self._compute(self.arrays())

    def native(self, circumstance: Circumstance) -> list[np.ndarray]:
        """Return the bits of the results as the native kernels compute them."""
        layout = self.settings["layout"]
        arrays = {
            name: array if array is None or array.dtype != np.float32 else lay_out(array, layout)
            for name, array in self.arrays().items()
        }
        with circumstance.in_force(), nativecnn.use_backend("native"):
            return self._compute(arrays)

    def _compute(self, arrays: Mapping[str, np.ndarray | None]) -> list[np.ndarray]:
        with np.errstate(all="ignore"):
            return [bits(result) for result in self.operation.compute(**arrays, **self.options())]


class Circumstance(NamedTuple):
    """What no bit may depend on."""

    instruction_set: str
    threads: int

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Compute in this way within the block, sharing out work however little."""
        work = runtime.set_work_per_thread(1)
        before = runtime.set_instruction_set(self.instruction_set)
        try:
            with nativecnn.threads(self.threads):
                yield
        finally:
            runtime.set_instruction_set(before)
            runtime.set_work_per_thread(work)

    def __str__(self) -> str:
        return f"{self.instruction_set}, {self.threads} thread{'s' * (self.threads > 1)}"


def thread_counts() -> list[int]:
    """Return the numbers of threads to try: one, a few, as many as there are processors, and more."""
    processors = nativecnn.get_num_threads()
    return sorted({1, 2, 3, processors, min(2 * processors + 1, MOST_THREADS)})


def circumstances(number: int) -> list[Circumstance]:
    """Return those of a case: every instruction set with two numbers of threads, other ones in the next case."""
    counts = thread_counts()
    return [
        Circumstance(instruction_set, counts[(number + place + step) % len(counts)])
        for place, instruction_set in enumerate(runtime.supported_instruction_sets())
        for step in (0, 2)
    ]


def draw_case(family: Family, seed: int, number: int) -> Case:
    """Return a case that depends on the arguments alone."""
    operation = family.operations[number % len(family.operations)]
    draws = Draws("verify", seed, family.name, number)
    return Case(operation, operation.draw(draws))


@dataclass(frozen=True)
class Difference:
    """A case in whose results native kernels and reference differ."""

    case: Case
    circumstance: Circumstance
    differing: int
    """Values; all of them if the native kernels raised an exception."""
    values: int


def compare(case: Case, expected: list[np.ndarray], circumstance: Circumstance) -> Difference:
    """Compute a case natively and count the values that differ from those expected."""
    values = sum(array.size for array in expected)
    try:
        actual = case.native(circumstance)
    except Exception:  # whatever it is, the reference computed
        return Difference(case, circumstance, max(values, 1), values)
    differing = sum(
        int((a != b).sum()) if a.shape == b.shape else b.size for a, b in zip(actual, expected, strict=True)
    )
    return Difference(case, circumstance, differing, values)
