"""Times that can be compared: runs of two engines alternate, and a ratio is that of neighbours.

A machine's speed drifts, so times taken one after the other are not comparable, but neighbours are. A sample calls a
function so often that it lasts long enough for the clock, both of a pair equally often. A sample during which another
program was given a processor is taken again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from math import ceil, exp, fsum, log
from statistics import median
from typing import NamedTuple

try:
    import resource
except ImportError:  # Windows
    resource = None

Run = Callable[[], object]

SAMPLE_SECONDS = 0.005
_ATTEMPTS = 5
_MOST_CALLS = 100_000
_LONG_SECONDS = 0.1
"""A call that takes longer is not short: it is interrupted always, if only by the system itself."""
_SETTLING_SECONDS = 0.06
"""How long threads may spin after a call (measured: libgomp 8 ms, ONNX Runtime's pool 30 ms)."""


def _interruptions() -> int:
    """Return how often the system took a processor away from a thread of this process (0 where it does not tell)."""
    return 0 if resource is None else resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


class Clock(NamedTuple):
    """What tells time, waits, and tells whether time was lost to others."""

    now: Callable[[], float] = time.perf_counter
    sleep: Callable[[float], None] = time.sleep
    interruptions: Callable[[], int] = _interruptions


class Spread(NamedTuple):
    """A value measured several times."""

    median: float
    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of values."""
        return cls(median(values), min(values), max(values))


class Turn(NamedTuple):
    """What takes part in an alternation."""

    run: Run
    calls: int = 1
    """Calls of a sample."""
    short: bool = True
    """Whether it matters what a call finds in caches, which threads are awake, and that others interrupt it."""


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean of positive values."""
    return exp(fsum(map(log, values)) / len(values))


class Timer:
    """Takes samples.

    Parameters
    ----------
    threads : int
        With several, a sample begins after a pause: after a call, an engine's idle threads keep a processor busy for
        a while, which the other's would have to share. An untimed call then wakes the engine's own.
    clock : Clock

    Attributes
    ----------
    samples, interrupted : int
        How many samples were taken, and how many of them were interrupted at every attempt.
    """

    def __init__(self, threads: int = 1, clock: Clock | None = None) -> None:
        self.samples = 0
        self.interrupted = 0
        self._pause = _SETTLING_SECONDS if threads > 1 else 0.0
        self._clock = clock or Clock()

    def once(self, run: Run) -> float:
        """Return the seconds of one call."""
        start = self._clock.now()
        run()
        return self._clock.now() - start

    def quick(self, run: Run, calls: int = 3) -> float:
        """Return the least seconds of a few calls, after one that is not timed."""
        first = self.once(run)
        if first > 1:  # what takes seconds needs no second look
            return first
        calls = max(calls, min(50, int(2 * SAMPLE_SECONDS / max(first, 1e-9))))
        return min(self.once(run) for _ in range(calls))

    def sample(self, turn: Turn) -> float:
        """Return the seconds of one of a sample's calls; the least of all attempts where each was interrupted."""
        self.samples += 1
        attempts: list[float] = []
        while len(attempts) < _ATTEMPTS:
            seconds, interrupted = self._attempt(turn)
            attempts.append(seconds)
            if not interrupted or not turn.short:
                return seconds
        self.interrupted += 1
        return min(attempts)

    def _attempt(self, turn: Turn) -> tuple[float, bool]:
        if turn.short:
            if self._pause:
                self._clock.sleep(self._pause)
            turn.run()
        before = self._clock.interruptions()
        start = self._clock.now()
        for _ in range(turn.calls):
            turn.run()
        seconds = (self._clock.now() - start) / turn.calls
        return seconds, self._clock.interruptions() != before

    def turns(self, *runs: Run) -> list[Turn]:
        """Return turns of as many calls each that a sample lasts long enough with the fastest."""
        seconds = [self.quick(run) for run in runs]
        calls = min(_MOST_CALLS, ceil(SAMPLE_SECONDS / max(min(seconds), 1e-9)))
        return [Turn(run, calls, short=max(seconds) < _LONG_SECONDS) for run in runs]

    def alternate(self, turns: Sequence[Turn], repetitions: int) -> list[list[float]]:
        """Return the seconds of a call, turn by turn: for each turn those of all repetitions."""
        times: list[list[float]] = [[] for _ in turns]
        for _ in range(repetitions):
            for turn, seconds in zip(turns, times, strict=True):
                seconds.append(self.sample(turn))
        return times


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Return how many times as long the other takes, pair by pair."""
    return Spread.of([other / own for own, other in zip(ours, theirs, strict=True)])
