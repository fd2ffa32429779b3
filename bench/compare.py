"""One case, ours and the peers': the results are compared, then the times."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np

from engine import Prepared, Variant
from ours import run_limit
from records import PeerResult, Record
from timing import Timer, Turn, ratio

Results = list[np.ndarray]
Difference = Callable[[Results, Results], float]


class WrongAnswerError(Exception):
    """An engine's results differ from ours by more than rounding."""


@dataclass
class Case:
    """What is timed; see :class:`records.Record`."""

    group: str
    name: str
    text: str
    what: str
    samples: int
    multiply_adds: int
    count: int = 1


def relative_difference(ours: Results, theirs: Results) -> float:
    """Return the largest difference, each array's relative to its largest value. Infinite for a NaN."""
    differences = []
    for own, other in zip(ours, theirs, strict=True):
        if own.shape != other.shape:
            raise WrongAnswerError(f"expected results of shape {own.shape}, got {other.shape}")
        largest = np.abs(own).max()
        difference = np.abs(own - other).max() / (largest if largest > 0 else 1)
        differences.append(float(difference) if np.isfinite(difference) else np.inf)
    return max(differences)


@dataclass
class Comparer:
    """Compares case by case.

    Parameters
    ----------
    timer : Timer
    threads : int
    repetitions : int
        Pairs.
    tolerance : float
        Of the differences. The peers sum in other orders, and some use Winograd's algorithm; a wrong layout or a
        missing bias is larger by orders of magnitude.
    """

    timer: Timer
    threads: int
    repetitions: int
    tolerance: float
    failed: bool = False
    """Whether a peer's variant could not be run or was wrong."""

    def compare(
        self,
        case: Case,
        ours: Variant,
        peers: dict[str, list[Variant]],
        difference: Difference = relative_difference,
    ) -> Record:
        """Time a case with our engine alone and with each peer in turn."""
        own = ours.prepare()
        own.run()
        expected = own.results()
        times: list[float] = []
        limits: list[float] = []
        results = {}
        for name, variants in peers.items():
            result = PeerResult()
            chosen = self._choose(case, name, variants, expected, difference, result)
            if chosen is not None:
                mine, theirs = self.timer.turns(own.run, chosen.run)
                ours_seconds, limit_seconds, their_seconds = self.timer.alternate(
                    [mine, Turn(run_limit), theirs], self.repetitions
                )
                times += ours_seconds
                limits += limit_seconds
                result.seconds, result.ratio = median(their_seconds), ratio(ours_seconds, their_seconds)
            if variants:
                results[name] = result
        if not times:
            (mine,) = self.timer.turns(own.run)
            times, limits = self.timer.alternate([mine, Turn(run_limit)], self.repetitions)
        executed = self.threads * run_limit()
        rates = [executed / seconds for seconds in limits]
        shares = [case.multiply_adds / seconds / rate for seconds, rate in zip(times, rates, strict=True)]
        return Record(**vars(case), seconds=median(times), limit=median(rates), share=median(shares), peers=results)

    def _choose(
        self,
        case: Case,
        name: str,
        variants: list[Variant],
        expected: Results,
        difference: Difference,
        result: PeerResult,
    ) -> Prepared | None:
        """Return the fastest of the variants that compute what they should."""
        chosen, least = None, float("inf")
        for variant in variants:
            try:
                prepared = variant.prepare()
                prepared.run()
                found = difference(expected, prepared.results())
                if found > self.tolerance:
                    raise WrongAnswerError(f"expected a difference of at most {self.tolerance:g}, got {found:g}")
            except Exception as error:  # a peer may raise anything; it is told, and the run ends with a failure
                self.failed = True
                result.variants[variant.setting] = f"{type(error).__name__}: {error}"
                message = result.variants[variant.setting].splitlines()[0]
                print(f"{case.group} {case.name}, {case.what}: {name} ({variant.setting}): {message}", file=sys.stderr)
                continue
            seconds = self.timer.quick(prepared.run)
            result.variants[variant.setting] = seconds
            if seconds < least:
                chosen, least = prepared, seconds
                result.setting, result.difference = variant.setting, found
        return chosen
