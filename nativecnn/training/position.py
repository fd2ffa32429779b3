"""Where a training stands between two batches: what it takes, besides weights and optimizer, to go on from there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..random import Stream


@dataclass(frozen=True)
class Run:
    """What a training keeps to from its first batch to its last.

    Attributes
    ----------
    seed : int
        The seed in force when it began, from which the orders of the samples come.
    samples, batch_size : int
        Samples in an epoch and, except at its end, in a batch.
    shuffle : bool
        Whether each epoch takes the samples in an order of its own.
    """

    seed: int
    samples: int
    batch_size: int
    shuffle: bool

    def order(self, number: int) -> np.ndarray | None:
        """Return the order (int64) of the given number, None for that of the data."""
        return Stream(self.seed, "shuffle").permutation(self.samples, step=number) if self.shuffle else None

    def check_continues(self, earlier: Run) -> None:
        """Raise ``ValueError`` unless this run takes the samples as an earlier one did, seeds apart."""
        for name, label in (("samples", "samples to train with"), ("batch_size", "batch_size"), ("shuffle", "shuffle")):
            expected, got = getattr(earlier, name), getattr(self, name)
            if expected != got:
                raise ValueError(f"fit: expected for resume=True the {label} of before, {expected}, got {got}")


@dataclass
class Sums:
    """What the batches of an epoch come to so far: sums over their samples (float64), of each metric a list."""

    samples: int = 0
    loss: float = 0.0
    metrics: dict[str, list[float]] = field(default_factory=dict)


@dataclass
class Position:
    """A place between two batches.

    Attributes
    ----------
    run : Run or None
        None before a first training.
    epoch : int
        Number of the epoch that the next batch belongs to, from 0.
    order : int
        Number of that epoch's order.
    sums : Sums
        Of the batches that the epoch has had.
    """

    run: Run | None = None
    epoch: int = 0
    order: int = 0
    sums: Sums = field(default_factory=Sums)
