"""What became of a training."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """What became of a training.

    Attributes
    ----------
    history : dict of str to list of float
        For each finished epoch the loss, the metrics, and those of the validation under "val_…". The values of the
        training samples are means over the epoch, while the weights changed.
    epoch : list of int
        The numbers of the finished epochs, from 0.
    interrupted : bool
        Whether Ctrl-C ended the training.
    """

    history: dict[str, list[float]] = field(default_factory=dict)
    epoch: list[int] = field(default_factory=list)
    interrupted: bool = False

    def append(self, epoch: int, values: dict[str, float]) -> None:
        """Add the values of a finished epoch."""
        self.epoch.append(epoch)
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)
