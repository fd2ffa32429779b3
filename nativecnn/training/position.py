"""Where a training stands between two batches: what it takes, besides weights and optimizer, to go on from there."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Run:
    """What a training keeps to from its first batch to its last.

    Attributes
    ----------
    seed : int
        The seed in force when it began, from which the orders of the samples come.
    samples, batch_size : int or None
        Samples of the data and, except at their end, in a batch; None where the data come in batches.
    steps : int or None
        Batches in an epoch; None where that is not known.
    shuffle : bool
        Whether each epoch takes the samples (or the batches that they come in) in an order of its own.
    resumable : bool
        Whether an epoch can be begun in its middle; not with a generator.
    """

    seed: int
    samples: int | None
    batch_size: int | None
    steps: int | None
    shuffle: bool
    resumable: bool = True

    def check_continues(self, earlier: Run) -> None:
        """Raise ``ValueError`` unless this run takes the samples as an earlier one did, seeds apart."""
        labels = {"samples": "samples to train with", "steps": "number of batches in an epoch"}
        for name in ("samples", "batch_size", "shuffle", "steps"):
            expected, got = getattr(earlier, name), getattr(self, name)
            if expected != got:
                label = labels.get(name, name)
                raise ValueError(f"fit: expected for resume=True the {label} of before, {expected}, got {got}")


@dataclass
class Sums:
    """What the batches of an epoch come to so far: sums over their samples (float64), of each metric a list."""

    batches: int = 0
    samples: int = 0
    losses: list[float] = field(default_factory=list)
    """Of each output that has one."""
    metrics: dict[str, list[float]] = field(default_factory=dict)
    penalty: float = 0.0
    """The weights' penalty before each step, as often as its batch had samples."""


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
